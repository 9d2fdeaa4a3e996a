#pragma once

#include <cstddef>
#include <vector>

namespace cairn::render {

/// A curve that grows for as long as a run lasts and never takes more memory than it had from the beginning: once it is
/// full, neighbours are averaged, and from then on each point stands for twice as many samples.
class Trace {
 public:
  /// Keeps at most `capacity` points.
  explicit Trace(std::size_t capacity = 1024);
  /// One more sample, x not below the one before.
  void add(double x, double y);
  /// All points, the latest possibly of fewer samples than the others.
  const std::vector<double>& x() const { return x_; }
  /// The values there.
  const std::vector<double>& y() const { return y_; }
  double last() const;  ///< the latest sample itself; NaN before the first

 private:
  std::size_t capacity_, each_ = 1, gathered_ = 0;  // samples a point stands for; those the last point has so far
  std::vector<double> x_, y_;
  double last_;
};

}  // namespace cairn::render
