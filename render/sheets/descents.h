#pragma once

#include <string>
#include <vector>

#include "render/drawing/chart.h"
#include "render/drawing/picture.h"

namespace cairn::render {

/// One update rule's way down a function of the plane: each list has an entry before the first step and one after each.
struct Descent {
  std::string name{}, note{};  ///< the rule; its rate
  std::vector<double> x{}, y{};
  std::vector<double> gaps{};                      ///< the loss there above the optimum's
  std::vector<double> momentum_x{}, momentum_y{};  ///< the gradient that the rule remembers; empty where it does not
  Color color = envs::palette::orange;
};

/// Rules side by side on one landscape, or, of functions of other than two parameters, only their losses.
struct DescentSheet {
  std::string title, subtitle;
  std::string sentence{}, formula{};  ///< what the function is like, and what it is; may be empty
  Landscape landscape;                ///< its field is empty where there is no plane
  std::vector<Point> optima{};
  std::vector<Descent> descents{};  ///< from the same start, as many steps each
  bool plane() const { return landscape.field.columns > 0; }
  std::size_t steps() const { return descents.front().gaps.size() - 1; }
};

/// Where a loss has come to: its mean over the last tenth of the steps, one at least, and its standard deviation there.
struct LateLoss {
  double mean, spread;
  std::size_t steps;
};
LateLoss late_loss(const std::vector<double>& gaps, std::size_t step);

inline constexpr float descents_width = 960, descents_height = 540;  ///< units

/// What stands still: the title and the landscape with its height scale. Returns where the plane lies.
Box draw_landscape(Picture& picture, const DescentSheet& sheet);

/// The rest, on top of it, after so many steps: trails, with arrows at their heads, the loss, and the legend.
void draw_descents(Picture& picture, Box plane, const DescentSheet& sheet, std::size_t step);

}  // namespace cairn::render
