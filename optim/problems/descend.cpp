#include "optim/problems/descend.h"

#include <algorithm>
#include <string>

namespace cairn::optim {

namespace {

std::span<const double> momentum_of(Optimizer<double>& optimizer, std::size_t size) {
  for (const StateArray<double>& array : optimizer.arrays()) {
    const std::string name = array.name.substr(array.name.rfind('/') + 1);
    if ((name == "m" || name == "momentum") && array.values.size() == size) return array.values;
  }
  return {};
}

}  // namespace

std::vector<double> descend(const Problem& problem, const Rule& rule, std::int64_t steps, std::span<const double> start,
                            const std::function<bool(const DescentView&)>& watch) {
  std::vector<double> x(problem.start);
  if (!start.empty()) std::ranges::copy(start, x.begin());
  std::vector<double> gradient(x.size()), seen(x);
  const auto optimizer = rule.bind<double>(problem.layout, {.updates = steps});
  const std::span<const double> momentum = momentum_of(*optimizer, x.size());
  StepReport report;
  for (std::int64_t step = 0;; ++step) {
    if (watch && !watch({step, seen, report, momentum})) break;
    if (step == steps) break;
    problem.sampled(step, x, gradient);
    report = optimizer->step(x, gradient);
    if (problem.bound > 0)
      for (double& component : x) component = std::clamp(component, -problem.bound, problem.bound);
    optimizer->evaluation_point(x, seen);
  }
  return seen;
}

}  // namespace cairn::optim
