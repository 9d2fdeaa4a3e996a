#include "apps/comparison/statistics.h"

#include <algorithm>
#include <array>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "agents/training/evaluation.h"
#include "envs/random.h"

namespace cairn::comparison {

namespace {

constexpr double level = 0.95;

/// The share of resamples below the interval, for n runs (Hesterberg 2015, section 5.3).
double lower_share(std::size_t runs) {
  const auto n = static_cast<double>(runs);
  const double t = boost::math::quantile(boost::math::students_t(n - 1), (1 + level) / 2);
  return boost::math::cdf(boost::math::normal(), -std::sqrt(n / (n - 1)) * t);
}

/// Of the stratum with the fewest runs, which sets how much can be known.
double lower_share(const Strata& scores) {
  std::size_t runs = std::numeric_limits<std::size_t>::max();
  for (const std::vector<double>& stratum : scores) runs = std::min(runs, stratum.size());
  return lower_share(runs);
}

constexpr Interval unknown{std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::quiet_NaN()};

bool single(const Strata& scores) {
  return std::ranges::any_of(scores, [](const auto& stratum) { return stratum.size() < 2; });
}

Interval middle(std::vector<double>& resampled, double below) {
  std::ranges::sort(resampled);
  return {quantile(resampled, below), quantile(resampled, 1 - below)};
}

void require_runs(const Strata& scores) {
  if (scores.empty() || std::ranges::any_of(scores, [](const auto& stratum) { return stratum.empty(); }))
    throw std::invalid_argument("Statistics need at least one run in every setting.");
}

double gap_of(double score) {
  return std::max(0.0, 1 - score);
}

/// All runs in rising order, each with how often a resample drew it: statistics of a resample need no sorting.
struct Pool {
  std::vector<double> values;
  std::vector<std::vector<std::size_t>> places;    // of each stratum's runs among them, rising
  std::vector<std::vector<std::size_t>> place_of;  // the same, by number of the run
  std::vector<int> times;

  explicit Pool(const Strata& scores) {
    struct Run {
      std::size_t stratum, number;
      double score;
    };
    std::vector<Run> all;
    for (std::size_t s = 0; s < scores.size(); ++s) {
      for (std::size_t i = 0; i < scores[s].size(); ++i) all.push_back({s, i, scores[s][i]});
      place_of.emplace_back(scores[s].size());
    }
    std::ranges::stable_sort(all, {}, &Run::score);
    places.resize(scores.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      places[all[i].stratum].push_back(i);
      place_of[all[i].stratum][all[i].number] = i;
      values.push_back(all[i].score);
    }
    times.assign(values.size(), 1);
  }
  void resample(envs::Random random) {
    std::ranges::fill(times, 0);
    for (const std::vector<std::size_t>& stratum : places)
      for (std::size_t i = 0; i < stratum.size(); ++i)
        ++times[stratum[random.below(static_cast<std::uint32_t>(stratum.size()))]];
  }
  double mean() const {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += times[i] * values[i];
    return sum / static_cast<double>(values.size());
  }
  /// The integral of the quantile function over [1/4, 3/4], doubled; each run is a stretch of 1 / n of it.
  double interquartile_mean() const {
    const auto n = static_cast<double>(values.size());
    const double low = n / 4, high = 3 * n / 4;
    double sum = 0, before = 0;
    for (std::size_t i = 0; i < values.size() && before < high; ++i) {
      const double after = before + times[i];
      const double inside = std::min(after, high) - std::max(before, low);
      if (inside > 0) sum += inside * values[i];
      before = after;
    }
    return sum / (high - low);
  }
  double gap() const {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += times[i] * gap_of(values[i]);
    return sum / static_cast<double>(values.size());
  }
  double share_above(double threshold) const {
    const auto first = std::ranges::upper_bound(values, threshold) - values.begin();
    return std::accumulate(times.begin() + first, times.end(), 0.0) / static_cast<double>(values.size());
  }
};

/// Counts runs, and those whose value is the most frequent one of their stratum.
template <class ValueOf>
void count_alike(Estimate& estimate, const Strata& scores, ValueOf&& value_of) {
  for (const std::vector<double>& stratum : scores) {
    std::map<double, int> times;
    int most = 0;
    for (const double score : stratum) most = std::max(most, ++times[value_of(score)]);
    estimate.runs += static_cast<int>(stratum.size());
    estimate.alike += most;
  }
}

/// `value_of`: what the statistic takes of each score.
template <class Statistic, class ValueOf = std::identity>
Estimate bootstrap(const Strata& scores, const Resampling& resampling, Statistic&& statistic, ValueOf&& value_of = {}) {
  require_runs(scores);
  Pool pool(scores);
  Estimate estimate{.value = statistic(pool), .interval = unknown};
  count_alike(estimate, scores, value_of);
  if (single(scores)) return estimate;
  std::vector<double> resampled;
  for (int r = 0; r < resampling.resamples; ++r) {
    pool.resample(draws(resampling, r));
    resampled.push_back(statistic(pool));
  }
  estimate.interval = middle(resampled, lower_share(scores));
  return estimate;
}

/// +1, 1/2 or 0 for each pair of a run of one and a run of the other, as a table: resampling only adds up.
double mean_of_strata(const Strata& a, const Strata& b) {
  double sum = 0;
  for (std::size_t s = 0; s < a.size(); ++s) sum += mean(wins(a[s], b[s]));
  return sum / static_cast<double>(a.size());
}

/// Newcombe 2006, method 5: all theta with |theta - estimate| <= z sqrt(V(theta)), V as Hanley and McNeil 1982 give it
/// for exponential scores. At an estimate of one, the lower bound solves a quadratic's reduced form; by symmetry at
/// zero.
double newcombe_bound_at_one(double m, double n) {
  const double z = boost::math::quantile(boost::math::normal(), (1 + level) / 2), more = (m + n) / 2 - 1;
  double low = 0, high = 1;
  for (int i = 0; i < 60; ++i) {
    const double theta = (low + high) / 2;
    const double variance_per_gap = theta * (1 + more * ((1 - theta) / (2 - theta) + theta / (1 + theta))) / (m * n);
    (1 - theta > z * z * variance_per_gap ? low : high) = theta;
  }
  return low;
}

/// Where no stratum leaves resampling anything to vary, since its runs are separated or all equal: each separated one's
/// Newcombe distance on the side where there is room, squares added up (Zou and Donner 2008).
std::optional<Interval> interval_of_separated(const Strata& a, const Strata& b, double value) {
  double below = 0, above = 0;  // squares
  for (std::size_t s = 0; s < a.size(); ++s) {
    const auto [lowest, highest] = std::ranges::minmax(wins(a[s], b[s]));
    if (lowest != highest) return std::nullopt;
    if (lowest == 0.5) continue;
    const double gap = 1 - newcombe_bound_at_one(static_cast<double>(a[s].size()), static_cast<double>(b[s].size()));
    (lowest == 1 ? below : above) += gap * gap;
  }
  if (below == 0 && above == 0) return std::nullopt;
  const auto strata = static_cast<double>(a.size());
  return Interval{value - std::sqrt(below) / strata, value + std::sqrt(above) / strata};
}

/// Two samples by where their scores stand among all of both: wins are then counted without looking at each pair.
class Levels {
 public:
  Levels(std::span<const double> a, std::span<const double> b) {
    std::vector<double> all(a.begin(), a.end());
    all.insert(all.end(), b.begin(), b.end());
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    const auto level = [&](double x) {
      return static_cast<std::size_t>(std::ranges::lower_bound(all, x) - all.begin());
    };
    std::ranges::transform(a, std::back_inserter(a_), level);
    std::ranges::transform(b, std::back_inserter(b_), level);
    rows_.resize(a_.size());
    beaten_.resize(all.size());
    times_.resize(all.size());
  }

  /// The share of pairs that a wins, ties as halves, where both samples are drawn anew, with replacement.
  double resampled_wins(envs::Random& random) {
    const auto m = static_cast<std::uint32_t>(a_.size()), n = static_cast<std::uint32_t>(b_.size());
    for (std::size_t& row : rows_) row = a_[random.below(m)];
    std::ranges::fill(times_, 0);
    for (std::uint32_t i = 0; i < n; ++i) ++times_[b_[random.below(n)]];
    double below = 0;
    for (std::size_t level = 0; level < times_.size(); ++level) {
      beaten_[level] = below + 0.5 * times_[level];
      below += times_[level];
    }
    double won = 0;  // halves: exact in any order
    for (const std::size_t row : rows_) won += beaten_[row];
    return won / (m * n);
  }

 private:
  std::vector<std::size_t> a_, b_;  // levels of the runs
  std::vector<std::size_t> rows_;   // of those of a that were drawn
  std::vector<double> beaten_;      // by a run of each level
  std::vector<int> times_;          // how often a run of b of each level was drawn
};

}  // namespace

bool Estimate::spreadless() const {
  constexpr double rounding = 1e-12;
  return runs > 1 && interval.high - interval.low <= rounding * std::max(1.0, std::abs(value));
}

std::string alike_text(const Estimate& estimate, std::string_view one) {
  const std::string number = std::to_string(estimate.runs);
  return (estimate.alike == estimate.runs ? "all " : std::to_string(estimate.alike) + " of ") + number + ' ' +
         std::string(one) + "s alike";
}

envs::Random draws(const Resampling& resampling, int resample) {
  return {resampling.seed, envs::Stream::resampling, 0, static_cast<std::uint32_t>(resample)};
}

std::vector<double> wins(std::span<const double> a, std::span<const double> b) {
  std::vector<double> table;
  for (const double x : a)
    for (const double y : b) table.push_back(x > y ? 1 : x == y ? 0.5 : 0);
  return table;
}

void require_pairs(const Strata& a, const Strata& b) {
  require_runs(a), require_runs(b);
  if (a.size() != b.size()) throw std::invalid_argument("Two methods are compared on the same settings only.");
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double interquartile_mean(std::span<const double> values) {
  return Pool(Strata{{values.begin(), values.end()}}).interquartile_mean();
}

double quantile(std::span<const double> sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double more = place - static_cast<double>(below);
  return more == 0 ? sorted[below] : sorted[below] + more * (sorted[below + 1] - sorted[below]);
}

Interval wilson(int successes, int n) {
  const auto [low, high] = agents::wilson_interval(static_cast<double>(successes) / n, n);
  return {low, high};
}

Estimate bootstrap_mean(const Strata& scores, const Resampling& resampling) {
  return bootstrap(scores, resampling, [](const Pool& pool) { return pool.mean(); });
}

Estimate bootstrap_iqm(const Strata& scores, const Resampling& resampling) {
  return bootstrap(scores, resampling, [](const Pool& pool) { return pool.interquartile_mean(); });
}

Estimate bootstrap_gap(const Strata& scores, const Resampling& resampling) {
  return bootstrap(
      scores, resampling, [](const Pool& pool) { return pool.gap(); }, gap_of);
}

Estimate bootstrap_share(std::span<const double> shares, const Resampling& resampling) {
  Estimate estimate = bootstrap_mean(Strata{{shares.begin(), shares.end()}}, resampling);
  if (shares.size() < 2 || std::ranges::adjacent_find(shares, std::ranges::not_equal_to{}) != shares.end())
    return estimate;
  estimate.value = shares.front();
  const auto [low, high] = agents::wilson_interval(estimate.value, static_cast<double>(shares.size()));
  estimate.interval = {low, high};
  return estimate;
}

std::vector<Estimate> performance_profile(const Strata& scores, std::span<const double> thresholds,
                                          const Resampling& resampling) {
  require_runs(scores);
  Pool pool(scores);
  std::vector<Estimate> profile;
  for (const double threshold : thresholds) {
    Estimate& point = profile.emplace_back(Estimate{.value = pool.share_above(threshold), .interval = unknown});
    count_alike(point, scores, std::identity());
  }
  if (single(scores)) return profile;
  std::vector<std::vector<double>> resampled(thresholds.size());
  for (int r = 0; r < resampling.resamples; ++r) {
    pool.resample(draws(resampling, r));  // once for all thresholds
    for (std::size_t t = 0; t < thresholds.size(); ++t) resampled[t].push_back(pool.share_above(thresholds[t]));
  }
  for (std::size_t t = 0; t < thresholds.size(); ++t) profile[t].interval = middle(resampled[t], lower_share(scores));
  return profile;
}

Estimate paired_iqm_difference(const Strata& a, const Strata& b, const Resampling& resampling) {
  require_pairs(a, b);
  for (std::size_t s = 0; s < a.size(); ++s)
    if (a[s].size() != b[s].size()) throw std::invalid_argument("Runs pair up only where there are as many of each.");
  Pool first(a), second(b);
  const auto difference = [&] { return first.interquartile_mean() - second.interquartile_mean(); };
  Estimate estimate{.value = difference(), .interval = unknown};
  if (single(a)) return estimate;
  std::vector<double> resampled;
  for (int r = 0; r < resampling.resamples; ++r) {
    envs::Random random = draws(resampling, r);
    std::ranges::fill(first.times, 0);
    std::ranges::fill(second.times, 0);
    for (std::size_t s = 0; s < a.size(); ++s)
      for (std::size_t i = 0; i < a[s].size(); ++i) {
        const std::size_t run = random.below(static_cast<std::uint32_t>(a[s].size()));
        ++first.times[first.place_of[s][run]];
        ++second.times[second.place_of[s][run]];
      }
    resampled.push_back(difference());
  }
  estimate.interval = middle(resampled, lower_share(a));
  Strata differences = a;
  for (std::size_t s = 0; s < a.size(); ++s) std::ranges::transform(a[s], b[s], differences[s].begin(), std::minus());
  count_alike(estimate, differences, [](double score) { return std::round(1e9 * score); });  // not by rounding errors
  return estimate;
}

Estimate probability_of_improvement(const Strata& a, const Strata& b, const Resampling& resampling) {
  require_pairs(a, b);
  Estimate estimate{.value = mean_of_strata(a, b), .interval = unknown};
  Strata both = a;
  for (std::size_t s = 0; s < a.size(); ++s) both[s].insert(both[s].end(), b[s].begin(), b[s].end());
  count_alike(estimate, both, std::identity());
  const bool one_sided = estimate.value == 1 || estimate.value == 0;
  if (!one_sided && (single(a) || single(b))) return estimate;
  if (const auto interval = interval_of_separated(a, b, estimate.value)) {
    estimate.interval = *interval;
    return estimate;
  }
  std::vector<Levels> levels;
  for (std::size_t s = 0; s < a.size(); ++s) levels.emplace_back(a[s], b[s]);
  std::vector<double> resampled;
  for (int r = 0; r < resampling.resamples; ++r) {
    envs::Random random = draws(resampling, r);
    double sum = 0;
    for (Levels& one : levels) sum += one.resampled_wins(random);
    resampled.push_back(sum / static_cast<double>(a.size()));
  }
  estimate.interval = middle(resampled, std::max(lower_share(a), lower_share(b)));
  return estimate;
}

}  // namespace cairn::comparison
