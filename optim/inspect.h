#pragma once

#include <array>

#include "optim/optimizer.h"

namespace cairn::optim {

/// How a step moved the parameters: what takes passes of its own to find out, and so is asked for, not always told.
struct StepInspection {
  StepReport report;
  double update_norm = 0;       ///< ‖Δθ‖
  double update_to_weight = 0;  ///< ‖Δθ‖ / ‖θ‖, before the step; 0 where all parameters are
  /// Of the size |Δθᵢ| of each parameter's step: the smallest, the quartiles and the largest.
  std::array<double, 5> step_quantiles{};
};

/// Takes steps and looks at them. Of use now and then: an inspected step costs some ten times a plain one.
template <class Scalar>
class Inspector {
 public:
  /// The step itself has the same bits as a plain one. Allocates at the first call.
  StepInspection step(Optimizer<Scalar>& optimizer, std::span<Scalar> parameters, std::span<const Scalar> gradient);

 private:
  std::vector<Scalar> before_;
};

}  // namespace cairn::optim
