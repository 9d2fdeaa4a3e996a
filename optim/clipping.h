#pragma once

// The reductions over a gradient that come before every step: is it finite, how long is it, what does the clip make of
// it. Private to optim's .cpp files.

#include <algorithm>
#include <cmath>
#include <limits>

#include "optim/optimizer.h"

namespace cairn::optim {

/// The gradient as the clip leaves it, made where it is read, so that clipping costs no pass of its own.
template <class S>
struct ClippedGradient {
  const S* raw;                                         ///< as it came
  S factor = 1, limit = std::numeric_limits<S>::max();  ///< multiplier, then the largest magnitude of a component
  // The clamp is one minimum and one maximum, each of which is a machine instruction.
  /// Component i, clipped.
  S operator[](std::size_t i) const {
    S g = raw[i] * factor;
    g = g < limit ? g : limit;
    return g > -limit ? g : -limit;
  }
};

/// Gradients are summed in runs of this many components: each in their own precision, which vectorises, and the runs'
/// sums in double, in order.
inline constexpr std::size_t summed_at_once = 4096;

/// Σ term(values) of one run. Where it overflows single precision it is summed again in double.
template <class S, class Term>
double sum_of_run(std::span<const S> values, Term&& term) {
  const Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, 1>> run(values.data(),
                                                                 static_cast<Eigen::Index>(values.size()));
  const auto sum = static_cast<double>(term(run).sum());
  return std::isfinite(sum) ? sum : term(run.template cast<double>()).sum();
}

/// Σ term(values).
template <class S, class Term>
double sum(std::span<const S> values, Term&& term) {
  double total = 0;
  for (std::size_t first = 0; first < values.size(); first += summed_at_once)
    total += sum_of_run(values.subspan(first, std::min(summed_at_once, values.size() - first)), term);
  return total;
}

/// Σ values².
template <class S>
double sum_of_squares(std::span<const S> values) {
  return sum(values, [](const auto& part) { return part.square(); });
}

/// Σ g (to - from), summed likewise.
template <class S>
double sum_along(std::span<const S> gradient, std::span<const S> from, std::span<const S> to) {
  constexpr std::size_t run = summed_at_once;
  double total = 0;
  for (std::size_t first = 0; first < gradient.size(); first += run) {
    const auto stretch = [&](std::span<const S> values) {
      return Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, 1>>(
          values.data() + first, static_cast<Eigen::Index>(std::min(run, gradient.size() - first)));
    };
    total += static_cast<double>((stretch(gradient) * (stretch(to) - stretch(from))).sum());
  }
  return total;
}

/// A clip bound to a layout.
template <class S>
class Clipper {
 public:
  /// Allocates all that `clip` takes for gradients of this layout.
  Clipper(const Clip& clip, const Layout& layout);

  /// What the rule is to read; `report` learns the norms, and that the step does not apply where they are not finite.
  ClippedGradient<S> operator()(std::span<const S> gradient, std::span<const S> parameters, StepReport& report);

 private:
  struct Unit {
    std::size_t first, size;
  };

  double length(std::span<const S> gradient, double euclidean) const;
  void clip_units(std::span<const S> gradient, std::span<const S> parameters);

  Clip clip_;
  std::vector<Unit> units_;  // of agc
  std::vector<S> clipped_;
};

extern template class Clipper<float>;
extern template class Clipper<double>;

}  // namespace cairn::optim
