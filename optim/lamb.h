#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// LAMB (You et al. 2020): Adam whose step is as long as the block's weights are.
///
///     m ← β1 m + (1 - β1) g;  v ← β2 v + (1 - β2) g²
///     r = m̂ / (√v̂ + eps) + weight_decay θ
///     θ ← θ - lr (‖θ‖ / ‖r‖) r,  block by block; the ratio is 1 where either norm is 0
///
/// The paper bounds ‖θ‖ by a function φ, the identity here as in its experiments.
struct LambOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-6;
  double weight_decay = 1e-2;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate: the length of a step, in lengths of the weights");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "added to the root");
    v("weight_decay", weight_decay, "[0,inf)", "decay, part of what is made as long as the weights");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule lamb(const LambOptions& options = {});

}  // namespace cairn::optim
