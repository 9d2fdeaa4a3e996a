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
  const S* raw;
  S factor = 1, limit = std::numeric_limits<S>::max();
  // The clamp is one minimum and one maximum, each of which is a machine instruction.
  S operator[](std::size_t i) const {
    S g = raw[i] * factor;
    g = g < limit ? g : limit;
    return g > -limit ? g : -limit;
  }
};

/// Σ term(values): runs are summed in the values' own precision, which vectorises, and the runs' sums in double, in a
/// fixed order. Where a run overflows single precision it is summed again in double.
template <class S, class Term>
double sum(std::span<const S> values, Term&& term) {
  constexpr std::size_t run = 4096;
  double total = 0;
  for (std::size_t first = 0; first < values.size(); first += run) {
    const auto count = static_cast<Eigen::Index>(std::min(run, values.size() - first));
    const Eigen::Map<const Eigen::Array<S, Eigen::Dynamic, 1>> part(values.data() + first, count);
    auto of_run = static_cast<double>(term(part).sum());
    if (!std::isfinite(of_run)) of_run = term(part.template cast<double>()).sum();
    total += of_run;
  }
  return total;
}

template <class S>
double sum_of_squares(std::span<const S> values) {
  return sum(values, [](const auto& part) { return part.square(); });
}

/// Σ g (to - from), summed likewise.
template <class S>
double sum_along(std::span<const S> gradient, std::span<const S> from, std::span<const S> to) {
  constexpr std::size_t run = 4096;
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

template <class S>
class Clipper {
 public:
  Clipper(const Clip& clip, const Layout& layout) : clip_(clip) {
    if (clip.kind != Clip::Kind::agc) return;
    clipped_.resize(static_cast<std::size_t>(layout.size));
    for (const Block& block : layout.blocks) {
      const bool vector = block.cols == 1;
      for (Eigen::Index i = 0; i < (vector ? 1 : block.rows); ++i)
        units_.push_back({static_cast<std::size_t>(block.offset + i * block.cols),
                          static_cast<std::size_t>(vector ? block.rows : block.cols)});
    }
  }

  /// What the rule is to read; `report` learns the norms, and that the step does not apply where they are not finite.
  ClippedGradient<S> operator()(std::span<const S> gradient, std::span<const S> parameters, StepReport& report) {
    ClippedGradient<S> clipped{.raw = gradient.data()};
    if (clip_.kind == Clip::Kind::unchecked) {
      report.gradient_norm = report.clipped_norm = std::numeric_limits<double>::quiet_NaN();
      return clipped;
    }
    report.gradient_norm = report.clipped_norm = std::sqrt(sum_of_squares(gradient));
    report.applied = std::isfinite(report.gradient_norm);
    if (!report.applied) return clipped;
    if (clip_.kind == Clip::Kind::global_norm) {
      const double factor = std::min(1.0, clip_.limit / (length(gradient, report.gradient_norm) + 1e-6));
      clipped.factor = static_cast<S>(factor);
      report.clipped_norm *= factor;
    } else if (clip_.kind == Clip::Kind::value) {
      clipped.limit = static_cast<S>(clip_.limit);
      report.clipped_norm = std::sqrt(sum(gradient, [&]<class Part>(const Part& part) {
        return part.abs().cwiseMin(static_cast<typename Part::Scalar>(clip_.limit)).square();
      }));
    } else if (clip_.kind == Clip::Kind::agc) {
      clip_units(gradient, parameters);
      clipped.raw = clipped_.data();
      report.clipped_norm = std::sqrt(sum_of_squares(std::span<const S>(clipped_)));
    }
    return clipped;
  }

 private:
  struct Unit {
    std::size_t first, size;
  };

  double length(std::span<const S> gradient, double euclidean) const {
    if (clip_.norm == Norm::two) return euclidean;
    if (clip_.norm == Norm::one) return sum(gradient, [](const auto& part) { return part.abs(); });
    S largest = 0;
    for (const S g : gradient) largest = std::max(largest, std::abs(g));
    return static_cast<double>(largest);
  }

  void clip_units(std::span<const S> gradient, std::span<const S> parameters) {
    for (const auto [first, size] : units_) {
      const double slope = std::sqrt(sum_of_squares(gradient.subspan(first, size)));
      const double most = clip_.limit * std::max(std::sqrt(sum_of_squares(parameters.subspan(first, size))), clip_.eps);
      const S factor = slope > most ? static_cast<S>(most / slope) : S(1);
      for (std::size_t i = first; i < first + size; ++i) clipped_[i] = factor * gradient[i];
    }
  }

  Clip clip_;
  std::vector<Unit> units_;  // of agc
  std::vector<S> clipped_;
};

}  // namespace cairn::optim
