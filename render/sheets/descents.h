#pragma once

#include <string>
#include <vector>

#include "render/drawing/chart.h"
#include "render/drawing/picture.h"

namespace cairn::render {

/// One update rule's way down a function of the plane: each list has an entry before the first step and one after each.
struct Descent {
  std::string name{}, note{};                      ///< the rule; its rate
  std::vector<double> x{}, y{};                    ///< where it was
  std::vector<double> gaps{};                      ///< the loss there above the optimum's
  std::vector<double> momentum_x{}, momentum_y{};  ///< the gradient that the rule remembers; empty where it does not
  Color color = envs::palette::orange;             ///< of its way
};

/// Rules side by side on one landscape.
struct DescentSheet {
  std::string title, subtitle;      ///< above the landscape
  Landscape landscape;              ///< of the function
  Point optimum{0, 0};              ///< in the function's coordinates
  std::vector<Descent> descents{};  ///< from the same start, as many steps each
  /// Steps of each descent; there must be one.
  std::size_t steps() const { return descents.front().x.size() - 1; }
};

inline constexpr float descents_width = 960, descents_height = 540;  ///< units

/// What stands still: the title and the landscape. Returns where the plane lies.
Box draw_landscape(Picture& picture, const DescentSheet& sheet);

/// The rest, on top of it, after so many steps: trails, with arrows at their heads, the loss, and the legend.
void draw_descents(Picture& picture, Box plane, const DescentSheet& sheet, std::size_t step);

}  // namespace cairn::render
