#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "optim/layout.h"

namespace cairn::optim {

/// The part of the plane that a picture of a two-dimensional problem shows.
struct DrawingRange {
  double x_low, x_high, y_low, y_high;
};

/// An objective function to try update rules on, with its gradient and all that is known of it. A value, as rules and
/// schedules are.
struct Problem {
  /// The value at a point; writes the gradient there unless `gradient` is empty.
  using Objective = std::function<double(std::span<const double> x, std::span<double> gradient)>;
  /// The same for what a step sees of it: a minibatch, noise, this round's function. `step` counts from 0.
  using Sample = std::function<double(std::int64_t step, std::span<const double> x, std::span<double> gradient)>;

  std::string description;                           ///< the problem with all its options, `name:key=value,…`
  Layout layout;                                     ///< parameters, as a rule is bound to them
  std::vector<double> start;                         ///< where to begin, unless one knows better
  std::vector<double> optimum;                       ///< a point of the lowest value
  std::vector<std::vector<double>> other_optima{};   ///< the others, where it has any
  std::string formula{};                             ///< a line of text, by the options' names; may be empty
  std::optional<DrawingRange> range = std::nullopt;  ///< of two-dimensional ones
  Objective objective;                               ///< what is to be minimised
  Sample sample = nullptr;                           ///< what steps see, where that is not the objective itself
  double bound = 0;                                  ///< after each step, components are clamped to ±bound; 0: free

  double value(std::span<const double> x) const { return objective(x, {}); }
  double lowest() const { return value(optimum); }
  /// What step number `step` sees at x: a pure function of both and of the problem's seed.
  double sampled(std::int64_t step, std::span<const double> x, std::span<double> gradient) const {
    return sample ? sample(step, x, gradient) : objective(x, gradient);
  }
};

/// A function of the plane: its value and partial derivatives at a point.
struct Tilt {
  double value, dx, dy;
};
struct PlanePoint {
  double x, y;
};

/// The Problem of a function of the plane, without its formula.
Problem plane_problem(std::string description, std::function<Tilt(double x, double y)> function, PlanePoint start,
                      PlanePoint optimum, DrawingRange range);

}  // namespace cairn::optim
