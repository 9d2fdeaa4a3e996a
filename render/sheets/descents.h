#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "render/drawing/chart_page.h"
#include "render/drawing/slider.h"

namespace cairn::render {

/// One update rule's way down a function of the plane: each list has an entry before the first step and one after each.
struct Descent {
  std::string name{}, note{};                      ///< the rule; its rate
  std::vector<double> x{}, y{};                    ///< where it was
  std::vector<double> gaps{};                      ///< the loss there above the optimum's
  std::vector<double> momentum_x{}, momentum_y{};  ///< the gradient that the rule remembers; empty where it does not
  Color color = envs::palette::orange;             ///< of its way
  bool hidden = false;                             ///< put away: only its row of the legend is there
  std::vector<Slider> knobs{};                     ///< what a person may turn of it
};

/// Rules side by side on one landscape, or, of functions of other than two parameters, only their losses.
struct DescentSheet {
  std::string title, subtitle;        ///< above the landscape
  std::string sentence{}, formula{};  ///< what the function is like, and what it is; may be empty
  Landscape landscape;                ///< its field is empty where there is no plane
  std::vector<Point> optima{};        ///< in the function's coordinates
  std::vector<Descent> descents{};    ///< from the same start, as many steps each
  /// What the landscape is of: a part of it that a person zooms to is then as fine as the whole.
  std::function<double(double x, double y)> function{};
  std::optional<std::size_t> turned{};  ///< the descent whose knobs are shown; none: no room is left for any
  /// Whether the function has two parameters, and with them a landscape.
  bool plane() const { return landscape.field.columns > 0; }
  /// Steps of each descent; there must be one.
  std::size_t steps() const { return descents.front().gaps.size() - 1; }
};

/// Where a loss has come to: its mean over the last tenth of the steps, one at least, and its standard deviation there.
struct LateLoss {
  double mean, spread;  ///< above the optimum's
  std::size_t steps;    ///< that they are of
};
/// `step`: the latest that counts.
LateLoss late_loss(const std::vector<double>& gaps, std::size_t step);

inline constexpr float descents_width = 960, descents_height = 540;  ///< units

/// Where what stands beside the landscape lies.
struct DescentPlaces {
  Box losses, legend;      ///< the chart; the table below it
  std::vector<Box> rows;   ///< of the table, one a descent
  std::vector<Box> knobs;  ///< of the descent that is turned
};
/// On a picture of this size.
DescentPlaces lay_out_descents(float width, float height, const DescentSheet& sheet);
inline constexpr float descent_key_width = 30;  ///< units of a row, from its left end, in which its colour stands

/// What stands still: the title and the landscape with its height scale. Returns where the plane lies. `page`: the
/// landscape is added to it, for a mouse to ask, and drawn as it was zoomed.
Plot draw_landscape(Picture& picture, const DescentSheet& sheet, ChartPage* page = nullptr);

/// The rest, on top of it, after so many steps: trails, with arrows at their heads, the loss, and the legend. `page`:
/// likewise of the losses. `held`: which of the knobs is.
void draw_descents(Picture& picture, const Plot& plane, const DescentSheet& sheet, std::size_t step,
                   ChartPage* page = nullptr, std::optional<std::size_t> held = {});

}  // namespace cairn::render
