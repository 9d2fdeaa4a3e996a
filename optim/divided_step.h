#pragma once

#include <cstddef>
#include <span>

#include "optim/optimizer.h"

namespace cairn::optim {

/// A step in two parts, for threads that each keep a stretch of the parameters in their core's cache: one begins it,
/// then each moves its stretch when it next comes by. The bits are those of Optimizer::step. Optimizers that move each
/// parameter by itself offer it (dynamic_cast finds out which); it saves PPO on two threads a tenth of its time in
/// small worlds.
template <class Scalar>
class DividedStep {
 public:
  virtual ~DividedStep() = default;

  /// As Optimizer::step, but moves no parameter: all that comes before, counts and the gradient's length included.
  /// `parameters` and `gradient` must stay where and as they are until all is moved.
  virtual StepReport begin_step(std::span<Scalar> parameters, std::span<const Scalar> gradient) = 0;
  /// Moves parameters [first, end) by the step that was begun; nothing where it did not apply. Each parameter once,
  /// before anything else that needs the parameters or the optimizer's state; stretches perhaps at the same time.
  virtual void move(std::size_t first, std::size_t end) = 0;
};

}  // namespace cairn::optim
