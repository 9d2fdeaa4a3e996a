#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "optim/layout.h"

namespace cairn::agents {

/// Thrown where numbers of a run stop being finite: gradients past the agent's limit; weights, targets, losses and
/// values at once. The sentence says which, and after how many steps; the advice is added to it.
struct Diverged : std::runtime_error {
  /// What every such sentence ends with.
  static constexpr std::string_view advice =
      " A smaller learning rate or reward_scale, or a gradient clip, usually helps.";
  /// `sentence`: what is not finite, and when; without advice.
  explicit Diverged(const std::string& sentence) : std::runtime_error(sentence + std::string(advice)) {}
};

/// In one vectorised pass.
bool all_finite(std::span<const float> values);
/// Likewise in double.
bool all_finite(std::span<const double> values);

/// Throws Diverged naming `what` and the first block that holds a number that is not finite, where there is one.
/// `steps`: environment steps so far.
void require_finite(std::string_view what, const optim::Layout& layout, std::span<const float> values, long long steps);
/// Throws Diverged naming the tensor, for whoever is about to write it.
void require_finite(const std::string& name, std::span<const float> values);
/// Throws Diverged naming `name` where a value is not finite.
void require_finite(const std::string& name, std::span<const double> values);

}  // namespace cairn::agents
