#pragma once

#include <algorithm>

namespace cairn::agents {

// Agents that squash their actions learn in (-1, 1), whatever the world's bounds; only what goes to the world, and what
// comes from it, is scaled.

/// Where an action in [-1, 1] lies between finite bounds.
inline float to_box(float action, float low, float high) {
  return std::clamp(0.5F * (low + high) + 0.5F * (high - low) * action, low, high);
}

/// The inverse; actions beyond the bounds, which a world would clamp, end at ±1.
inline float from_box(float action, float low, float high) {
  return std::clamp((action - 0.5F * (low + high)) / (0.5F * (high - low)), -1.0F, 1.0F);
}

}  // namespace cairn::agents
