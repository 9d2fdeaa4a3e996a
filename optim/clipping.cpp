#include "optim/clipping.h"

namespace cairn::optim {

template <class S>
Clipper<S>::Clipper(const Clip& clip, const Layout& layout) : clip_(clip) {
  if (clip.kind != Clip::Kind::agc) return;
  clipped_.resize(static_cast<std::size_t>(layout.size));
  for (const Block& block : layout.blocks) {
    const bool vector = block.cols == 1;
    for (Eigen::Index i = 0; i < (vector ? 1 : block.rows); ++i)
      units_.push_back({static_cast<std::size_t>(block.offset + i * block.cols),
                        static_cast<std::size_t>(vector ? block.rows : block.cols)});
  }
}

template <class S>
ClippedGradient<S> Clipper<S>::operator()(std::span<const S> gradient, std::span<const S> parameters,
                                          StepReport& report) {
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

template <class S>
double Clipper<S>::length(std::span<const S> gradient, double euclidean) const {
  if (clip_.norm == Norm::two) return euclidean;
  if (clip_.norm == Norm::one) return sum(gradient, [](const auto& part) { return part.abs(); });
  S largest = 0;
  for (const S g : gradient) largest = std::max(largest, std::abs(g));
  return static_cast<double>(largest);
}

template <class S>
void Clipper<S>::clip_units(std::span<const S> gradient, std::span<const S> parameters) {
  for (const auto [first, size] : units_) {
    const double slope = std::sqrt(sum_of_squares(gradient.subspan(first, size)));
    const double most = clip_.limit * std::max(std::sqrt(sum_of_squares(parameters.subspan(first, size))), clip_.eps);
    const S factor = slope > most ? static_cast<S>(most / slope) : S(1);
    for (std::size_t i = first; i < first + size; ++i) clipped_[i] = factor * gradient[i];
  }
}

template class Clipper<float>;
template class Clipper<double>;

}  // namespace cairn::optim
