#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// Muon (Jordan et al. 2024): on matrices, momentum whose singular values are all made about 1.
///
///     m ← momentum m + (1 - momentum) g;  u = momentum m + (1 - momentum) g (nesterov), or m
///     X = u / (‖u‖ + 1e-7);  five times: A = X Xᵀ, X ← 3.4445 X + (-4.7750 A + 2.0315 A²) X
///     θ ← (1 - lr weight_decay) θ - lr √max(1, rows/cols) X
///
/// The five Newton-Schulz iterations run in the parameters' own precision; the authors use bfloat16. Vectors, and
/// output layers (blocks tagged `output`) as the authors advise, take AdamW's steps with a rate of their own, which the
/// schedule scales alike.
struct MuonOptions {
  double lr = 0.02;
  double momentum = 0.95;
  bool nesterov = true;
  double weight_decay = 0;
  double adam_lr = 3e-4, beta1 = 0.9, beta2 = 0.95, eps = 1e-10;
  bool output_layers = false;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "(0,inf)", "learning rate of matrices");
    v("momentum", momentum, "[0,1)", "memory of the mean gradient");
    v("nesterov", nesterov, "true|false", "look ahead along the mean");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("adam_lr", adam_lr, "[0,inf)", "learning rate of everything else");
    v("beta1", beta1, "[0,1)", "there: memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "there: memory of the mean square");
    v("eps", eps, "[0,inf)", "there: added to the root");
    v("output_layers", output_layers, "true|false", "treat output layers as matrices too");
  }
};
Rule muon(const MuonOptions& options = {});

}  // namespace cairn::optim
