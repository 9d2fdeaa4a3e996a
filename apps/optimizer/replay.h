#pragma once

#include <span>
#include <string>
#include <vector>

#include "apps/command_line/options.h"
#include "apps/optimizer/trace.h"
#include "optim/layout.h"
#include "optim/optimizer.h"

namespace cairn::apps {

/// The options of `cairn optimizer replay` and of a recorded case that say which rule follows the gradients.
const std::vector<Option>& rule_options();
/// That rule. Throws UsageError.
optim::Rule replayed_rule(const Arguments& arguments);

/// Follows the rule through the gradients in S, float or double. After step k, counted from 1, calls
/// `visit(k, report, parameters)`.
template <class S, class Visit>
void follow(const optim::Rule& rule, const optim::Layout& layout, const GradientTrace& trace, Visit&& visit) {
  const auto optimizer = rule.bind<S>(layout, {.updates = static_cast<std::int64_t>(trace.gradients.size())});
  std::vector<S> parameters(trace.start.begin(), trace.start.end()), gradient(parameters.size());
  for (std::size_t step = 1; step <= trace.gradients.size(); ++step) {
    for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = static_cast<S>(trace.gradients[step - 1][i]);
    const optim::StepReport report = optimizer->step(parameters, gradient);
    visit(step, report, std::span<const S>(parameters));
  }
}

}  // namespace cairn::apps
