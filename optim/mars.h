#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// MARS (Yuan et al. 2024), its AdamW in the approximate form: gradients corrected by how they changed since the last
/// step, which takes from their variance.
///
///     c = g + gamma β1 / (1 - β1) (g - g₋), g₋ the last step's gradient, 0 at the first;  c ← c / max(1, ‖c‖) a block
///     m ← β1 m + (1 - β1) c;  v ← β2 v + (1 - β2) c²
///     θ ← θ - lr (m̂ / (√v̂ + eps) + weight_decay θ)
///
/// Vectors take plain AdamW's steps with a rate of their own, which the schedule scales alike, unless `vectors` is set;
/// the authors also give them a decay of their own, 0.1. The authors' code refers to g₋ instead of keeping it, so that
/// where gradients are zeroed in place it sees no change; here g₋ is a copy.
struct MarsOptions {
  double lr = 3e-3;
  double beta1 = 0.95, beta2 = 0.99, eps = 1e-8;
  double gamma = 0.025;
  double weight_decay = 0;
  bool vectors = false;
  double adam_lr = 3e-3, adam_beta1 = 0.9, adam_beta2 = 0.95;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "(0,inf)", "learning rate of matrices");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "added to the root");
    v("gamma", gamma, "[0,inf)", "share of the change that is corrected for");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("vectors", vectors, "true|false", "treat vectors as matrices too");
    v("adam_lr", adam_lr, "[0,inf)", "learning rate of vectors");
    v("adam_beta1", adam_beta1, "[0,1)", "there: memory of the mean gradient");
    v("adam_beta2", adam_beta2, "[0,1)", "there: memory of the mean square");
  }
};
Rule mars(const MarsOptions& options = {});

}  // namespace cairn::optim
