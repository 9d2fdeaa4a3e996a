#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "render/drawing/contour.h"
#include "render/drawing/picture.h"

namespace cairn::render {

/// Points of a chart, joined by a line, marked, or both. What is not finite leaves a gap.
struct Series {
  std::string name{};                 ///< in the legend; empty: not there
  std::vector<double> x{}, y{};       ///< as many of one as of the other
  std::vector<double> low{}, high{};  ///< a band about the line, where given
  Color color = envs::palette::blue;  ///< of line, markers and band
  float width = 2;                    ///< of the line; 0: none
  float marker = 0;                   ///< radius of a disc at each point; 0: none
  bool dashed = false;                ///< the line
  bool hidden = false;                ///< put away: only its entry in the legend is there
  bool quiet = false;                 ///< behind another one, which says its values to a mouse
};

/// A histogram's bars: bar i reaches from edge i to edge i + 1.
struct Bars {
  std::string name{};                      ///< in the legend; empty: not there
  std::vector<double> edges{}, heights{};  ///< edges: one more than heights, rising
  Color color = envs::palette::blue;       ///< of all bars
};

/// A dashed line across the chart at a value of y, or of x where `vertical`, with what it means (a threshold, a
/// change).
struct ReferenceLine {
  double at = 0;                       ///< in the axis's own unit
  bool vertical = false;               ///< at a value of x
  std::string label{};                 ///< what it means
  Color color = envs::palette::faint;  ///< of line and label
};

/// A function's landscape behind everything else.
struct Landscape {
  ScalarField field;               ///< over the chart's axes
  std::vector<double> levels{};    ///< of the contour lines, rising
  bool shaded = false;             ///< fills what lies between two levels with its colour
  Color (*shade)(double) = &ramp;  ///< colour of a share in [0, 1] of the levels
  std::string meaning{};           ///< of its values, for a mouse
};

/// A chart's axis.
struct Axis {
  std::string label{};                  ///< with the unit, where there is one
  std::optional<double> low{}, high{};  ///< by default what is shown just fits
  bool log = false;                     ///< what is not positive leaves a gap
};

/// One chart: plain data, drawn by draw_chart.
struct Chart {
  std::string title{};                           ///< above the axes
  std::string note{};                            ///< beside the title, such as the latest value
  Axis x{}, y{};                                 ///< to the right, upwards
  std::optional<Landscape> landscape{};          ///< where there is one
  std::vector<Bars> bars{};                      ///< behind the series
  std::vector<Series> series{};                  ///< the last one on top
  std::vector<ReferenceLine> reference_lines{};  ///< across the chart
  bool legend = true;                            ///< whether series that have names stand in one
  float text_height = 7;                         ///< of a capital letter; the title's is larger
  Color background = envs::palette::sky;         ///< of the whole chart
};

/// Where the legend names series: several where their points are the same.
struct LegendEntry {
  std::vector<std::string> names;  ///< of the series
  Box box;                         ///< where it stands
};

/// Where the axes' own box came to lie, and from where to where they go.
struct Plot : Box {
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;  ///< ends of the axes
  bool x_log = false, y_log = false;                    ///< logarithmic
  std::vector<LegendEntry> legend{};                    ///< of the series that have names
  Point at(double x, double y) const;                   ///< NaN for what a logarithmic axis does not have
  double x_at(float place) const;                       ///< the value there, beyond the ends too
  double y_at(float place) const;                       ///< likewise
};

/// Draws `chart` with title, legend and axes into `box`. `over_landscape` draws above the landscape and below the rest.
Plot draw_chart(Picture& picture, Box box, const Chart& chart,
                const std::function<void(const Plot&)>& over_landscape = {});

/// Fills where the field, over the plot's axes, is at least `level`.
void fill_above(Picture& picture, const Plot& plot, const ScalarField& field, double level, Color color);

/// Colours for things side by side, told apart with any colour vision; the ninth is the first again, so dash it.
Color series_color(int index);

}  // namespace cairn::render
