#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "envs/random.h"

namespace cairn::comparison {

// What a few runs of each of several methods allow to be said, after Agarwal et al. 2021 ("Deep reinforcement learning
// at the edge of the statistical precipice"). Scores are finite, higher is better, and come in strata: one a workload
// (a task learned by an agent), one number a run. Every random draw is Philox with a fixed seed: the same scores give
// the same bits.

using Strata = std::vector<std::vector<double>>;

struct Interval {
  double low = 0, high = 0;
};
struct Estimate {
  double value = 0;
  Interval interval;  ///< 95 %; NaN where a workload has one run, which says nothing of the next
  /// How many it is made from, and how many of them are equal to most others of their workload: runs, or pairs of runs.
  int runs = 0, alike = 0;

  /// Whether resampling found no spread, because (nearly) all runs are alike: an interval of no width would read as
  /// certainty about runs that were never made.
  bool spreadless() const;
};
/// `all 5 runs alike`, `19 of 20 runs alike`: what a spreadless estimate is printed with in an interval's place.
std::string alike_text(const Estimate& estimate, std::string_view one = "run");

/// How intervals are made.
struct Resampling {
  int resamples = 2000;
  std::uint64_t seed = 0;
};

double mean(std::span<const double> values);
/// The mean of the middle half: the quantile function averaged over [1/4, 3/4], runs at the borders counted in part.
/// For a multiple of four runs that is SciPy's trim_mean(0.25).
double interquartile_mean(std::span<const double> values);
/// Linear interpolation between order statistics (Hyndman and Fan's type 7, as NumPy). `sorted` rises.
double quantile(std::span<const double> sorted, double share);

/// 95 % interval for a proportion (Wilson 1927).
Interval wilson(int successes, int n);

/// Of all runs together; resampled within each stratum. The interval is the percentile bootstrap's, widened for small
/// samples as Hesterberg 2015 does: the outer quantiles are those that Student's t on n - 1 degrees asks for, times
/// sqrt(n / (n - 1)). Plain percentiles cover 90 % at 5 runs and 91 to 94 % at 20; studentised ones fail on bimodal
/// scores (75 %). For the mean of strongly skewed scores nothing helps at 20 runs; prefer the IQM.
Estimate bootstrap_mean(const Strata& scores, const Resampling& resampling = {});
Estimate bootstrap_iqm(const Strata& scores, const Resampling& resampling = {});
/// Optimality gap: by how much runs fall short of a score of 1 on average, the mean of max(0, 1 - score), so that a
/// score above 1 in one workload makes up for nothing elsewhere.
Estimate bootstrap_gap(const Strata& scores, const Resampling& resampling = {});

/// The mean of shares in [0, 1], one a run: how often runs succeed. Where all runs have the same share (most often all
/// or nothing), resampling says nothing, and Wilson's interval for as many trials as runs stands in: no shares vary
/// more than ones and zeros of that mean.
Estimate bootstrap_share(std::span<const double> shares, const Resampling& resampling = {});

/// Share of all runs whose score exceeds each threshold, with an interval at each.
std::vector<Estimate> performance_profile(const Strata& scores, std::span<const double> thresholds,
                                          const Resampling& resampling = {});

/// IQM of `a` less that of `b`, where run i of a stratum of one belongs to run i of the other's, because they share a
/// seed. Resampled by pairs, so that what a pair shares cancels.
Estimate paired_iqm_difference(const Strata& a, const Strata& b, const Resampling& resampling = {});

/// Probability that a run of `a` scores higher than one of `b`, ties counted half; the mean over strata, of which both
/// have as many. Where in every stratum all runs of one lie above all of the other, resampling says nothing, and
/// Newcombe's 2006 interval for the area under the curve stands in.
Estimate probability_of_improvement(const Strata& a, const Strata& b, const Resampling& resampling = {});

/// How often intervals made from `runs` runs contain the truth, measured on synthetic scores.
struct Coverage {
  std::string_view shape;
  double iqm = 0, mean = 0;
};
/// Shapes that runs take: normal, skewed, heavy-tailed, capped at a ceiling, and bimodal (solved or not).
std::vector<Coverage> measured_coverage(int runs, int repeats = 400, int resamples = 500);

// For what compares two methods run by run (significance.h).

/// The random numbers of one resample.
envs::Random draws(const Resampling& resampling, int resample);
/// For each run of `a` and each of `b`: 1 where the first is higher, 1/2 where both are equal, else 0.
std::vector<double> wins(std::span<const double> a, std::span<const double> b);
/// Throws std::invalid_argument unless both have runs, and of the same settings.
void require_pairs(const Strata& a, const Strata& b);

}  // namespace cairn::comparison
