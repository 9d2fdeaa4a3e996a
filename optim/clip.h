#pragma once

#include <string>
#include <string_view>

namespace cairn::optim {

/// What the length of a gradient means: the sum of magnitudes, the Euclidean norm, the largest magnitude.
enum class Norm { one, two, inf };
std::string_view to_string(Norm norm);  ///< `1`, `2`, `inf`
bool parse(std::string_view text, Norm& norm);

/// What is done to a gradient before the rule sees it. A value; `none` by default.
struct Clip {
  /// Which clip; `none` looks at the gradient and leaves it, `unchecked` does not look.
  enum class Kind { none, global_norm, value, agc, unchecked };
  Kind kind = Kind::none;            ///< the others are read as it needs them
  double limit = 0;                  ///< largest norm or magnitude; for agc a ratio
  Norm norm = Norm::two;             ///< of global_norm
  double eps = 0;                    ///< of agc
  std::string description = "none";  ///< the clip with all its options, as a checkpoint stores it
};

/// Scales the whole gradient so that its norm is at most `max` (Pascanu et al. 2013). The factor is
/// min(1, max / (norm + 1e-6)), as in PyTorch; Optax has no 1e-6.
struct GlobalNormOptions {
  double max = 0.5;
  Norm norm = Norm::two;
  template <class V>
  void fields(V&& v) {
    v("max", max, "(0,inf)", "largest norm of the gradient");
    v("norm", norm, "1|2|inf", "which norm");
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

/// Adaptive gradient clipping (Brock et al. 2021): each unit's gradient is at most `ratio` times as long as its
/// weights.
///
///     ‖g‖ ≤ ratio max(‖θ‖, eps)
///
/// A unit is a row of a matrix (the weights into one neuron), or a whole vector (a layer's biases).
struct AgcOptions {
  double ratio = 0.01, eps = 1e-3;
  template <class V>
  void fields(V&& v) {
    v("ratio", ratio, "(0,inf)", "longest gradient of a unit, in lengths of its weights");
    v("eps", eps, "(0,inf)", "least length of weights, so that zeros can move");
  }
};
Clip agc(const AgcOptions& options = {});

/// Hands the gradient on unseen, which saves the pass over it: the report's norms are NaN, and a gradient that is not
/// finite is not refused but spoils the parameters.
struct UncheckedOptions {
  template <class V>
  void fields(V&&) {}
};
Clip unchecked(const UncheckedOptions& options = {});

}  // namespace cairn::optim
