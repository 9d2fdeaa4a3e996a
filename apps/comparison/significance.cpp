#include "apps/comparison/significance.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace cairn::comparison {

double permutation_p_value(const Strata& a, const Strata& b, const Resampling& resampling) {
  require_pairs(a, b);
  // Shuffling moves runs, not scores, so which beats which is found once: a run's half ranks among all of its stratum.
  // The sum of a's ranks is the number of its wins plus a constant.
  struct Stratum {
    std::vector<double> ranks;  // a's runs first
    std::size_t a;
    double weight, expected;
  };
  std::vector<Stratum> strata;
  double observed = 0;
  for (std::size_t s = 0; s < a.size(); ++s) {
    std::vector<double> all = a[s];
    all.insert(all.end(), b[s].begin(), b[s].end());
    const auto m = static_cast<double>(a[s].size()), n = static_cast<double>(b[s].size());
    Stratum& stratum = strata.emplace_back(Stratum{{}, a[s].size(), 1 / (m * n), m * (m + n) / 2});
    for (const double x : all) stratum.ranks.push_back(mean(wins(std::array{x}, all)) * (m + n));
    double sum = 0;
    for (std::size_t i = 0; i < stratum.a; ++i) sum += stratum.ranks[i];
    observed += stratum.weight * (sum - stratum.expected);
  }
  // Ranks are halves and strata few: differences below this are rounding.
  const double as_far = std::abs(observed) * (1 - 1e-12) - 1e-12;
  int farther = 0;
  for (int r = 0; r < resampling.resamples; ++r) {
    envs::Random random = draws(resampling, r);
    double shuffled = 0;
    for (Stratum& stratum : strata) {
      double sum = 0;
      for (std::size_t i = 0; i < stratum.a; ++i) {
        const auto left = static_cast<std::uint32_t>(stratum.ranks.size() - i);
        std::swap(stratum.ranks[i], stratum.ranks[i + random.below(left)]);
        sum += stratum.ranks[i];
      }
      shuffled += stratum.weight * (sum - stratum.expected);
    }
    farther += std::abs(shuffled) >= as_far;
  }
  return (1.0 + farther) / (1.0 + resampling.resamples);  // Phipson and Smyth 2010: never zero
}

double least_p_value(int workloads, int runs, const Resampling& resampling) {
  double ways = 1;  // C(2n, n)
  for (int i = 1; i <= runs; ++i) ways *= static_cast<double>(runs + i) / i;
  return std::max(2 / std::pow(ways, workloads), 1 / (1.0 + resampling.resamples));
}

std::vector<double> holm(std::span<const double> p_values) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, static_cast<double>(order.size() - rank) * p_values[order[rank]]);
    adjusted[order[rank]] = std::min(1.0, largest);
  }
  return adjusted;
}

std::string_view to_string(Difference difference) {
  switch (difference) {
    case Difference::better:
      return "better";
    case Difference::worse:
      return "worse";
    case Difference::not_distinguishable:
      return "not distinguishable";
  }
  return "";
}

Difference difference(double probability_of_improvement, double adjusted_p_value) {
  if (adjusted_p_value >= significance || probability_of_improvement == 0.5) return Difference::not_distinguishable;
  return probability_of_improvement > 0.5 ? Difference::better : Difference::worse;
}

}  // namespace cairn::comparison
