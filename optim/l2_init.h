#pragma once

#include "optim/adam.h"
#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Regularisation towards the initial parameters (L2 Init, Kumar et al. 2023), which keeps a network able to learn when
/// its problem goes on changing: `rule` sees the gradient of the loss plus strength/2 ‖θ - θ₀‖².
///
///     g + strength (θ - θ₀)
struct L2InitOptions {
  Rule rule = adam();
  double strength = 1e-3;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("rule", rule, "optimizer", "what takes the steps");
    v("strength", strength, "[0,inf)", "pull towards the initial parameters");
    v("decay", decay, "all|weights", "which parameters are pulled");
  }
};
Rule l2_init(const L2InitOptions& options = {});

}  // namespace cairn::optim
