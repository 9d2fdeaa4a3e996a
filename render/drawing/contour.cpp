#include "render/drawing/contour.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace cairn::render {

ScalarField sample(const std::function<double(double, double)>& function, double x_low, double x_high, double y_low,
                   double y_high, int columns, int rows) {
  ScalarField field{columns, rows, x_low, x_high, y_low, y_high, {}};
  for (int row = 0; row < rows; ++row)
    for (int column = 0; column < columns; ++column) field.values.push_back(function(field.x(column), field.y(row)));
  return field;
}

namespace {

/// A cell of the grid. Corners go counter-clockwise from the lower left; edge i joins corner i and the next.
struct Cell {
  std::array<FieldPoint, 4> corners;
  std::array<bool, 4> high;             ///< corners at least as high as the level
  std::array<bool, 4> crossed;          ///< edges that the level's line crosses
  std::array<FieldPoint, 4> crossings;  ///< where it does
  bool finite, middle_high;             ///< all corners; the mean of them

  Cell(const ScalarField& field, int column, int row, double level) {
    const std::array<std::pair<int, int>, 4> at{
        {{column, row}, {column + 1, row}, {column + 1, row + 1}, {column, row + 1}}};
    std::array<double, 4> values;
    for (std::size_t i = 0; i < 4; ++i) {
      values[i] = field.at(at[i].first, at[i].second);
      corners[i] = {field.x(at[i].first), field.y(at[i].second)};
      high[i] = values[i] >= level;
    }
    finite = std::ranges::all_of(values, [](double v) { return std::isfinite(v); });
    middle_high = values[0] + values[1] + values[2] + values[3] >= 4 * level;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t next = (i + 1) % 4;
      crossed[i] = high[i] != high[next];
      if (!crossed[i]) continue;
      const double share = (level - values[i]) / (values[next] - values[i]);
      for (std::size_t k = 0; k < 2; ++k) crossings[i][k] = corners[i][k] + share * (corners[next][k] - corners[i][k]);
    }
  }
  bool saddle() const { return std::ranges::count(crossed, true) == 4; }
};

/// 1 where all corners of a cell are at least as high as the level, -1 where all are lower; else, and where one is not
/// finite, 0.
int side(const ScalarField& field, int column, int row, double level) {
  const double a = field.at(column, row), b = field.at(column + 1, row);
  const double c = field.at(column, row + 1), d = field.at(column + 1, row + 1);
  if (!std::isfinite(a + b + c + d)) return 0;
  const int high = (a >= level) + (b >= level) + (c >= level) + (d >= level);
  return high == 4 ? 1 : high == 0 ? -1 : 0;
}

}  // namespace

std::vector<std::array<double, 4>> contour(const ScalarField& field, double level) {
  std::vector<std::array<double, 4>> pieces;
  for (int row = 0; row + 1 < field.rows; ++row)
    for (int column = 0; column + 1 < field.columns; ++column) {
      if (side(field, column, row, level) != 0) continue;
      const Cell cell(field, column, row, level);
      if (!cell.finite) continue;
      const auto join = [&](std::size_t a, std::size_t b) {
        pieces.push_back({cell.crossings[a][0], cell.crossings[a][1], cell.crossings[b][0], cell.crossings[b][1]});
      };
      if (cell.saddle()) {
        // The middle belongs with corner 0 and 2, or with 1 and 3: the pieces cut off the other two.
        const bool with_first = cell.middle_high == cell.high[0];
        join(0, with_first ? 1 : 3);
        join(2, with_first ? 3 : 1);
        continue;
      }
      const auto first = std::ranges::find(cell.crossed, true);
      if (first == cell.crossed.end()) continue;
      const auto second = std::find(first + 1, cell.crossed.end(), true);
      join(static_cast<std::size_t>(first - cell.crossed.begin()),
           static_cast<std::size_t>(second - cell.crossed.begin()));
    }
  return pieces;
}

std::vector<std::vector<FieldPoint>> region_above(const ScalarField& field, double level) {
  std::vector<std::vector<FieldPoint>> polygons;
  for (int row = 0; row + 1 < field.rows; ++row) {
    int begin = 0;  // of cells that are high as a whole, which are one box
    const auto close = [&](int end) {
      if (begin < end)
        polygons.push_back({{field.x(begin), field.y(row)},
                            {field.x(end), field.y(row)},
                            {field.x(end), field.y(row + 1)},
                            {field.x(begin), field.y(row + 1)}});
      begin = end + 1;
    };
    for (int column = 0; column + 1 < field.columns; ++column) {
      const int side_of_level = side(field, column, row, level);
      if (side_of_level > 0) continue;
      close(column);
      if (side_of_level < 0) continue;
      const Cell cell(field, column, row, level);
      if (!cell.finite) continue;
      if (cell.saddle() && !cell.middle_high) {  // two corners, each by itself
        for (std::size_t i = 0; i < 4; ++i)
          if (cell.high[i]) polygons.push_back({cell.crossings[(i + 3) % 4], cell.corners[i], cell.crossings[i]});
        continue;
      }
      std::vector<FieldPoint> polygon;
      for (std::size_t i = 0; i < 4; ++i) {
        if (cell.high[i]) polygon.push_back(cell.corners[i]);
        if (cell.crossed[i]) polygon.push_back(cell.crossings[i]);
      }
      if (!polygon.empty()) polygons.push_back(std::move(polygon));
    }
    close(field.columns - 1);
  }
  return polygons;
}

std::vector<double> geometric_levels(const ScalarField& field, int count) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : field.values)
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  std::vector<double> levels;
  if (!(high > low)) return levels;
  constexpr double nearest = 1e-4;  // of the range, the first level above the least value
  for (int i = 0; i < count; ++i) levels.push_back(low + (high - low) * std::pow(nearest, 1 - (i + 0.5) / count));
  return levels;
}

namespace {

Color mixed(std::span<const Color> stops, double share) {
  if (!std::isfinite(share)) return envs::palette::ground;
  const double place = std::clamp(share, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
  const auto i = std::min(static_cast<std::size_t>(place), stops.size() - 2);
  const double rest = place - static_cast<double>(i);
  const auto mix = [&](unsigned char from, unsigned char to) {
    return static_cast<unsigned char>(std::lround(from + rest * (to - from)));
  };
  return {mix(stops[i].r, stops[i + 1].r), mix(stops[i].g, stops[i + 1].g), mix(stops[i].b, stops[i + 1].b)};
}

}  // namespace

Color ramp(double share) {
  using namespace envs::palette;
  constexpr std::array<Color, 4> stops{sky, deep_blue, blue, yellow};
  return mixed(stops, share);
}

Color dusk(double share) {
  constexpr std::array<Color, 2> stops{envs::palette::sky, Color{68, 78, 110}};
  return mixed(stops, share);
}

}  // namespace cairn::render
