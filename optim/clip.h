#pragma once

#include <string>

namespace cairn::optim {

/// What is done to a gradient before the rule sees it. A value; `none` by default.
struct Clip {
  enum class Kind { none, global_norm, value };
  Kind kind = Kind::none;
  double limit = 0;
  std::string description = "none";
};

/// Scales the whole gradient so that its Euclidean norm is at most `max` (Pascanu et al. 2013). The factor is
/// min(1, max / (norm + 1e-6)), as in PyTorch; Optax has no 1e-6.
struct GlobalNormOptions {
  double max = 0.5;
  template <class V>
  void fields(V&& v) {
    v("max", max, "(0,inf)", "largest norm of the gradient");
  }
};
Clip global_norm(const GlobalNormOptions& options = {});

/// Clamps each component to ±max.
struct ClipValueOptions {
  double max = 1;
  template <class V>
  void fields(V&& v) {
    v("max", max, "(0,inf)", "largest magnitude of a component");
  }
};
Clip clip_value(const ClipValueOptions& options = {});

}  // namespace cairn::optim
