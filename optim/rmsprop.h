#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// RMSProp (Tieleman and Hinton 2012).
///
///     v ← α v + (1 - α) g²;  d = g / (√v + eps);  b ← momentum b + d;  θ ← θ - lr b
///
/// `epsilon_inside` divides by √(v + eps) instead, as TensorFlow does (with initial_v = 1), and Nature's DQN (centred,
/// α = .95, eps = .01). `centered` subtracts the square of the mean gradient from v (Graves 2013). A2C needs
/// TensorFlow's form.
struct RmspropOptions {
  double lr = 1e-2;
  double alpha = 0.99, eps = 1e-8;
  double momentum = 0;
  bool centered = false, epsilon_inside = false;
  double initial_v = 0;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("alpha", alpha, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "keeps the denominator from zero");
    v("momentum", momentum, "[0,1)", "how much of the last step is kept");
    v("centered", centered, "true|false", "divide by the deviation instead of the mean square");
    v("epsilon_inside", epsilon_inside, "true|false", "add eps under the root");
    v("initial_v", initial_v, "[0,inf)", "mean square before the first step");
    v("weight_decay", weight_decay, "[0,inf)", "L2 regularisation");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule rmsprop(const RmspropOptions& options = {});

}  // namespace cairn::optim
