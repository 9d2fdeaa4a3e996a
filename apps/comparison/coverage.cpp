#include <boost/math/distributions/exponential.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "apps/comparison/statistics.h"
#include "envs/random.h"

namespace cairn::comparison {

namespace {

namespace math = boost::math;

/// Scores by their quantile function: drawing is inverting, and the truth is an average over a grid.
struct Shape {
  std::string_view name;
  double (*quantile)(double share);
};

double normal(double share) {
  return math::quantile(math::normal(), share);
}
double skewed(double share) {
  return std::exp(0.5 * normal(share));
}
double exponential(double share) {
  return math::quantile(math::exponential(), share);
}
double heavy_tailed(double share) {
  return math::quantile(math::students_t(3), share);
}
/// CartPole: returns cannot pass 500.
double capped(double share) {
  return std::min(500.0, 430 + 90 * normal(share));
}
/// A sparse task: some runs find the reward.
template <int solved_percent>
double two_heaps(double share) {
  constexpr double failed = 1 - solved_percent / 100.0;
  return share < failed ? 100 + 30 * normal(share / failed) : 450 + 30 * normal((share - failed) / (1 - failed));
}

constexpr Shape shapes[] = {{"normal", &normal},
                            {"skewed", &skewed},
                            {"exponential", &exponential},
                            {"heavy tails", &heavy_tailed},
                            {"capped", &capped},
                            {"two heaps, 60 % solved", &two_heaps<60>},
                            {"two heaps, 35 % solved", &two_heaps<35>}};

constexpr int grid_points = 20'000;

}  // namespace

std::vector<Coverage> measured_coverage(int runs, int repeats, int resamples) {
  std::vector<Coverage> all;
  for (const Shape& shape : shapes) {
    std::vector<double> fine(grid_points);
    for (int i = 0; i < grid_points; ++i) fine[static_cast<std::size_t>(i)] = shape.quantile((i + 0.5) / grid_points);
    const double iqm = interquartile_mean(fine), expected = mean(fine);
    int iqm_inside = 0, mean_inside = 0;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      envs::Random random(1, envs::Stream::resampling, 1 + static_cast<std::uint32_t>(all.size()),
                          static_cast<std::uint32_t>(repeat));
      Strata scores(1);
      for (int i = 0; i < runs; ++i)
        scores[0].push_back(fine[random.below(grid_points)]);  // the grid is the population, so its truth is exact
      const Resampling resampling{.resamples = resamples, .seed = static_cast<std::uint64_t>(repeat)};
      const Interval of_iqm = bootstrap_iqm(scores, resampling).interval;
      const Interval of_mean = bootstrap_mean(scores, resampling).interval;
      iqm_inside += of_iqm.low <= iqm && iqm <= of_iqm.high;
      mean_inside += of_mean.low <= expected && expected <= of_mean.high;
    }
    all.push_back({shape.name, static_cast<double>(iqm_inside) / repeats, static_cast<double>(mean_inside) / repeats});
  }
  return all;
}

}  // namespace cairn::comparison
