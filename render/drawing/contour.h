#pragma once

#include <array>
#include <functional>
#include <vector>

#include "render/drawing/picture.h"

namespace cairn::render {

/// A function of two variables on a regular grid over [x_low, x_high] x [y_low, y_high].
struct ScalarField {
  int columns = 0, rows = 0;                            ///< at least 2 each, where there are values
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;  ///< coordinates of the first and last column and row
  std::vector<double> values{};                         ///< columns x rows, a row after the other from y_low

  /// Of a column.
  double x(int column) const { return x_low + (x_high - x_low) * column / (columns - 1); }
  /// Of a row.
  double y(int row) const { return y_low + (y_high - y_low) * row / (rows - 1); }
  /// The value at a point of the grid.
  double at(int column, int row) const {
    return values[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column)];
  }
};

/// `function` on such a grid.
ScalarField sample(const std::function<double(double x, double y)>& function, double x_low, double x_high, double y_low,
                   double y_high, int columns = 160, int rows = 160);

/// Where the field, linear along the edges of its cells, equals `level`: straight pieces (x, y of both ends). Marching
/// squares (Lorensen and Cline 1987, in the plane); a saddle is cut as its middle says. Cells with a corner that is not
/// finite have none.
std::vector<std::array<double, 4>> contour(const ScalarField& field, double level);

/// A corner of a polygon on a field's plane: x, y.
using FieldPoint = std::array<double, 2>;

/// Where the field is at least `level`, its border the line of `contour`: polygons that only touch, all wound alike, so
/// that filled together they are one shape. Cells with a corner that is not finite belong to none.
std::vector<std::vector<FieldPoint>> region_above(const ScalarField& field, double level);

/// `count` levels whose distances from the field's least value grow by a constant factor, which shows both the valley
/// and the slopes.
std::vector<double> geometric_levels(const ScalarField& field, int count);

/// From 0, the night sky, over blue to yellow at 1: brightness alone tells the order.
Color ramp(double share);
/// From 0, the night sky, to a dark grey-blue at 1: a ground on which every colour of the palette can be followed.
Color dusk(double share);

}  // namespace cairn::render
