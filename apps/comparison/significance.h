#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "apps/comparison/statistics.h"

namespace cairn::comparison {

/// Two-sided p-value of probability_of_improvement differing from one half, by shuffling which run belongs to which
/// within each stratum: exact for independent runs, but for the number of shuffles. Pairing by seed is not used: where
/// shared seeds make runs alike, the p-value is somewhat too large.
double permutation_p_value(const Strata& a, const Strata& b, const Resampling& resampling = {.resamples = 10'000});
/// The smallest p-value that this test can give, when all of `runs` runs are better in each of `workloads` workloads:
/// two of all C(2n, n)^workloads shuffles are as extreme.
double least_p_value(int workloads, int runs, const Resampling& resampling = {.resamples = 10'000});

/// Holm 1979: the p-values, adjusted so that the chance of any false verdict among all of them stays below the level.
std::vector<double> holm(std::span<const double> p_values);

enum class Difference { better, worse, not_distinguishable };
std::string_view to_string(Difference difference);

/// Level at which a difference counts.
inline constexpr double significance = 0.05;
Difference difference(double probability_of_improvement, double adjusted_p_value);

}  // namespace cairn::comparison
