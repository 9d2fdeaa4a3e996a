#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// Shampoo (Gupta, Koren and Singer 2018): Adagrad that sees how the rows and the columns of a matrix go together.
///
///     L ← L + G Gᵀ, R ← R + Gᵀ G, both eps I at first;  W ← W - lr L^(-1/4) G R^(-1/4)
///
/// Vectors keep the diagonal alone, which is Adagrad: s ← s + g², s₀ = eps; θ ← θ - lr g / √s. The roots are taken in
/// double precision, every `every` steps.
struct ShampooOptions {
  double lr = 0.1;
  double eps = 1e-4;
  std::int64_t every = 1;
  double weight_decay = 0;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("eps", eps, "(0,inf)", "on the diagonals at first");
    v("every", every, "[1,inf)", "steps between new roots");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
  }
};
Rule shampoo(const ShampooOptions& options = {});

}  // namespace cairn::optim
