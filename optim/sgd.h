#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Gradient descent with momentum (Sutskever et al. 2013), in PyTorch's form: the rate stays outside the buffer.
///
///     d = g + weight_decay θ;  b ← momentum b + (1 - dampening) d  (b = d at the first step)
///     θ ← θ - lr b,  or with Nesterov θ - lr (d + momentum b)
struct SgdOptions {
  double lr = 1e-2;
  double momentum = 0, dampening = 0;
  bool nesterov = false;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("momentum", momentum, "[0,1)", "how much of the last step is kept");
    v("dampening", dampening, "[0,1]", "share of a new gradient that the buffer leaves out");
    v("nesterov", nesterov, "true|false", "look ahead along the buffer");
    v("weight_decay", weight_decay, "[0,inf)", "L2 regularisation");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
/// Throws std::invalid_argument for nesterov without momentum or with dampening.
Rule sgd(const SgdOptions& options = {});

}  // namespace cairn::optim
