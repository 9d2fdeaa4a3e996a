#include "render/drawing/axis_range.h"

#include <algorithm>
#include <cmath>

namespace cairn::render {

double AxisRange::share(double value) const {
  if (log) return value > 0 ? std::log(value / low) / std::log(high / low) : std::numeric_limits<double>::quiet_NaN();
  return (value - low) / (high - low);
}

double AxisRange::value(double share) const {
  return log ? low * std::pow(high / low, share) : low + share * (high - low);
}

void Extent::add(double value, bool log) {
  if (!std::isfinite(value) || (log && value <= 0)) return;
  low = std::min(low, value), high = std::max(high, value);
}

AxisRange range_of(const Extent& extent, const Axis& axis, double room) {
  AxisRange range{extent.low, extent.high, axis.log};
  if (!(range.low <= range.high)) range.low = axis.log ? 0.1 : 0, range.high = 1;
  if (range.low == range.high) {
    const double half = axis.log ? 0 : range.low == 0 ? 1 : 0.1 * std::abs(range.low);
    range.low = axis.log ? range.low / 2 : range.low - half, range.high = axis.log ? range.high * 2 : range.high + half;
  } else if (axis.log) {
    const double factor = std::pow(range.high / range.low, room);
    range.low /= factor, range.high *= factor;
  } else {
    const double more = room * (range.high - range.low);
    range.low -= more, range.high += more;
  }
  if (axis.low) range.low = *axis.low;
  if (axis.high) range.high = *axis.high;
  if (!(range.high > range.low)) range.high = axis.log ? range.low * 10 : range.low + 1;
  return range;
}

}  // namespace cairn::render
