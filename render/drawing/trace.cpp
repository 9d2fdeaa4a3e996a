#include "render/drawing/trace.h"

#include <limits>

namespace cairn::render {

Trace::Trace(std::size_t capacity) : capacity_(capacity), last_(std::numeric_limits<double>::quiet_NaN()) {
  x_.reserve(capacity);
  y_.reserve(capacity);
}

double Trace::last() const {
  return last_;
}

void Trace::add(double x, double y) {
  last_ = y;
  if (gathered_ > 0 && gathered_ < each_) {
    const double share = 1.0 / static_cast<double>(++gathered_);
    x_.back() += share * (x - x_.back());
    y_.back() += share * (y - y_.back());
    return;
  }
  if (x_.size() == capacity_) {
    const std::size_t half = capacity_ / 2;
    for (std::size_t i = 0; i < half; ++i) {
      x_[i] = 0.5 * (x_[2 * i] + x_[2 * i + 1]);
      y_[i] = 0.5 * (y_[2 * i] + y_[2 * i + 1]);
    }
    x_.resize(half);
    y_.resize(half);
    each_ *= 2;
  }
  x_.push_back(x);
  y_.push_back(y);
  gathered_ = 1;
}

}  // namespace cairn::render
