#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Signum (Bernstein et al. 2018): the sign of the mean gradient.
///
///     m ← β m + (1 - β) g;  θ ← (1 - lr weight_decay) θ - lr sign(m)
struct SignumOptions {
  double lr = 1e-3;
  double beta = 0.9;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate: the size of every step");
    v("beta", beta, "[0,1)", "memory of the mean gradient; 0: signSGD");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule signum(const SignumOptions& options = {});

}  // namespace cairn::optim
