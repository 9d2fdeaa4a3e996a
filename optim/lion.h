#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Lion (Chen et al. 2023): the sign of a mean that looks ahead, found by program search.
///
///     θ ← (1 - lr weight_decay) θ - lr sign(β1 m + (1 - β1) g);  then m ← β2 m + (1 - β2) g
struct LionOptions {
  double lr = 1e-4;
  double beta1 = 0.9, beta2 = 0.99;
  double weight_decay = 0;
  Decay decay = Decay::all;
  bool cautious = false;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate: the size of every step");
    v("beta1", beta1, "[0,1)", "weight of the mean in this step");
    v("beta2", beta2, "[0,1)", "memory of the mean gradient");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
    v("cautious", cautious, "true|false", "move only where the gradient agrees");
  }
};
Rule lion(const LionOptions& options = {});

}  // namespace cairn::optim
