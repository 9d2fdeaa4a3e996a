#pragma once

#include "envs/environment.h"
#include "render/drawing/chart.h"

namespace cairn::render {

/// Draws a world's walls on a map over two places, x to the right and y upwards: what its own picture fills in the
/// colour of the ground, or outlines in that of walls. Nothing where the picture shows another area than the bounds of
/// the two: its coordinates may then be others. Returns whether it drew any.
bool draw_walls(Picture& picture, const Plot& plot, const envs::Environment& world, const envs::Component& x,
                const envs::Component& y);

}  // namespace cairn::render
