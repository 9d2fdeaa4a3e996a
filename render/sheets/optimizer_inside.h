#pragma once

#include <span>
#include <string>

#include "optim/inspect.h"
#include "render/drawing/chart_page.h"

namespace cairn::render {

/// What an optimizer does to each block of a network, at its latest inspected update: how many of the parameters moved
/// how far, and how far beside their own size, on logarithmic axes. `rate`: the learning rate, marked where positive.
/// `page`: the histograms are added to it, for a mouse to ask.
void draw_optimizer_inside(Picture& picture, Box box, std::span<const optim::BlockInspection> blocks, double rate,
                           ChartPage* page = nullptr);

}  // namespace cairn::render
