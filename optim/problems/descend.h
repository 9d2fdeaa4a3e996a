#pragma once

#include "optim/optimizer.h"
#include "optim/problems/problem.h"

namespace cairn::optim {

/// What is seen of a descent before its first step (0) and after each.
struct DescentView {
  std::int64_t step = 0;      ///< steps done
  std::span<const double> x;  ///< the point to evaluate at
  StepReport report;          ///< of the step that led here
  /// The mean gradient that the rule remembers, where it does (as `m` or `momentum`); otherwise empty.
  std::span<const double> momentum{};
};

/// Follows `rule` for so many steps from `start` (the problem's own where empty), looking at the problem as steps see
/// it. Returns the point to evaluate at. `watch` may stop it by returning false.
std::vector<double> descend(const Problem& problem, const Rule& rule, std::int64_t steps,
                            std::span<const double> start = {},
                            const std::function<bool(const DescentView&)>& watch = nullptr);

}  // namespace cairn::optim
