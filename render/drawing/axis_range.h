#pragma once

#include <limits>

#include "render/drawing/chart.h"

namespace cairn::render {

/// One axis as drawn: from values to shares of its length, and back.
struct AxisRange {
  double low = 0, high = 1;          ///< at its ends
  bool log = false;                  ///< logarithmic
  double share(double value) const;  ///< 0 at the low end; NaN for what a logarithmic axis does not have
  double value(double share) const;  ///< the other way round, beyond the ends too
};

/// The least and the greatest of the values added.
struct Extent {
  double low = std::numeric_limits<double>::infinity();    ///< the least
  double high = -std::numeric_limits<double>::infinity();  ///< the greatest
  /// One more; what is not finite, or has no place on a logarithmic axis, counts for nothing.
  void add(double value, bool log);
};

/// What an axis shows: the extent and, on either side, `room` times as much; bounds of the axis' own hold as they are.
AxisRange range_of(const Extent& extent, const Axis& axis, double room);

}  // namespace cairn::render
