#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "optim/optimizer.h"

namespace cairn::optim {

/// A part of a network that learns at times of its own: all blocks with this tag, one behind the other.
struct NetworkPart {
  std::string tag;  ///< which all blocks of the part have
  Horizon horizon;  ///< updates of this part in the whole run
};

/// One optimizer for a network whose parts learn at different times, such as critics and an actor that moves at every
/// second of their updates. Each part has an optimizer of its own, bound from the same rule, with its own count, clock,
/// state, schedule and clip; `step_part(tag, …)` moves it alone, and leaves all else as it is. Where the rule is a
/// `partition`, or speaks of tags otherwise, each part takes what concerns its own blocks.
///
/// `step` moves all parts, unless a gradient is not finite. `updates()` are the first part's; `set_updates` gives the
/// others theirs in proportion to their horizons. `description()` is the rule's.
///
/// Throws std::invalid_argument where the rule does not suit the layout, std::logic_error where the parts, in this
/// order, are not the whole of it.
template <class Scalar>
std::unique_ptr<Optimizer<Scalar>> bind_in_parts(const Rule& rule, const Layout& layout,
                                                 const std::vector<NetworkPart>& parts);

}  // namespace cairn::optim
