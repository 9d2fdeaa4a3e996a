#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

// Schedule-free learning (Defazio et al. 2024): an average of all iterates does the work of a decaying schedule,
// without a horizon. Gradients are taken at y, between the fast iterate z and its average x; x is the point to evaluate
// at (Optimizer::evaluation_point).
//
//     z ← z - η (d + weight_decay y),  d the gradient, or Adam's g / (√v̂ + eps)
//     x ← (1 - c) x + c z,  c = w / Σw,  w = tʳ (largest η so far)^weight_lr_power
//     y = β1 x + (1 - β1) z,  η = lr min(1, t / warmup)
//
// Parameters hold y and the state z; x follows from both. A decaying schedule on top defeats the purpose.

/// Schedule-free AdamW. beta1 = 0 would leave nothing to tell x from.
struct ScheduleFreeAdamWOptions {
  double lr = 2.5e-3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  std::int64_t warmup = 0;
  double r = 0, weight_lr_power = 2;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "(0,1)", "where gradients are taken: 1 at the average, 0 at the fast iterate");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "added to the root");
    v("warmup", warmup, "[0,inf)", "updates of a straight climb of the rate");
    v("r", r, "[0,inf)", "power of time in the average's weights");
    v("weight_lr_power", weight_lr_power, "[0,inf)", "power of the largest rate in the average's weights");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule schedule_free_adamw(const ScheduleFreeAdamWOptions& options = {});

/// Schedule-free SGD.
struct ScheduleFreeSgdOptions {
  double lr = 1;
  double beta = 0.9;
  std::int64_t warmup = 0;
  double r = 0, weight_lr_power = 2;
  double weight_decay = 0;
  Decay decay = Decay::all;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta", beta, "(0,1)", "where gradients are taken: 1 at the average, 0 at the fast iterate");
    v("warmup", warmup, "[0,inf)", "updates of a straight climb of the rate");
    v("r", r, "[0,inf)", "power of time in the average's weights");
    v("weight_lr_power", weight_lr_power, "[0,inf)", "power of the largest rate in the average's weights");
    v("weight_decay", weight_decay, "[0,inf)", "decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
  }
};
Rule schedule_free_sgd(const ScheduleFreeSgdOptions& options = {});

}  // namespace cairn::optim
