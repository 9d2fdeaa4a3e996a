#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "render/drawing/picture.h"

namespace cairn::render {

/// A line over a run's steps so far, with a mark at each kept policy and a handle at the one that flies the worlds.
struct PolicyStrip {
  std::span<const std::int64_t> moments;  ///< steps of the kept policies, rising; the last is the newest's
  std::optional<std::int64_t> moment{};   ///< that a person went back to; none: the newest
  std::optional<Box> over{};              ///< the plot of a chart over the same steps, for the line to lie below it
};

inline constexpr float strip_height = 34;  ///< units

/// The line of moments, with a handle where the worlds' policy stands.
void draw_policy_strip(Picture& picture, Box box, const PolicyStrip& strip);

/// The moment under `x` of the strip drawn in `box`; none: its right end, the newest policy.
std::optional<std::int64_t> moment_under(float x, Box box, const PolicyStrip& strip);

}  // namespace cairn::render
