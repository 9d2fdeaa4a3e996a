#pragma once

// The reductions over a gradient that come before every step: is it finite, how long is it, what does the clip make of
// it. Private to optim's .cpp files.

#include <algorithm>
#include <cmath>
#include <limits>

#include "optim/crew.h"
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

  /// The length of a gradient is then found by the crew.
  void share_work(Crew crew) {
    crew_ = std::move(crew);
    squares_.assign((crew_.size() + summed_at_once - 1) / summed_at_once, 0);
  }

  /// What the rule is to read; `report` learns the norms, and that the step does not apply where they are not finite.
  ClippedGradient<S> operator()(std::span<const S> gradient, std::span<const S> parameters, StepReport& report) {
    ClippedGradient<S> clipped{.raw = gradient.data()};
    if (clip_.kind == Clip::Kind::unchecked) {
      report.gradient_norm = report.clipped_norm = std::numeric_limits<double>::quiet_NaN();
      return clipped;
    }
    report.gradient_norm = report.clipped_norm = euclidean_length(gradient);
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

  double euclidean_length(std::span<const S> gradient) {
    if (crew_.alone()) return std::sqrt(sum_of_squares(gradient));
    crew_.for_each_stretch([&](std::size_t from, std::size_t to) {
      for (std::size_t run = 0; run < squares_.size(); ++run) {
        const std::size_t first = run * summed_at_once, size = std::min(summed_at_once, gradient.size() - first);
        const std::size_t middle = first + size / 2;  // whoever has most of a run sums it
        if (middle >= from && middle < to)
          squares_[run] = sum_of_run(gradient.subspan(first, size), [](const auto& part) { return part.square(); });
      }
    });
    double total = 0;
    for (const double of_run : squares_) total += of_run;
    return std::sqrt(total);
  }

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
  Crew crew_;
  std::vector<double> squares_;  // with a crew: of each run
};

}  // namespace cairn::optim
