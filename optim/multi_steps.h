#pragma once

#include "optim/adam.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Gradient accumulation: `rule` takes a step with the mean of every k gradients, as if they were one batch. Between,
/// parameters stay; what is not finite is left out of the mean and counted.
struct MultiStepsOptions {
  Rule rule = adam();
  std::int64_t k = 2;
  template <class V>
  void fields(V&& v) {
    v("rule", rule, "optimizer", "what takes the steps");
    v("k", k, "[1,inf)", "gradients a step");
  }
};
Rule multi_steps(const MultiStepsOptions& options = {});

}  // namespace cairn::optim
