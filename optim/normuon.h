#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// NorMuon (Li et al. 2025): Muon whose rows, one a neuron, are divided by the root of their own mean square.
///
///     m ← momentum m + (1 - momentum) g;  u and X as in `muon`
///     v_row ← row_beta v_row + (1 - row_beta) mean(X²) over the row;  Y = X / (√v_row + 1e-10)
///     θ ← (1 - lr weight_decay) θ - lr √max(1, rows/cols) ‖X‖ / (‖Y‖ + 1e-10) Y
///
/// So the authors' code, which has no bias correction; their paper steps by 0.2 lr √(rows cols) Y / ‖Y‖ instead.
/// Vectors, and output layers (blocks tagged `output`), take AdamW's steps with a rate of their own, as in `muon`.
struct NorMuonOptions {
  double lr = 0.02;
  double momentum = 0.95;
  bool nesterov = true;
  double row_beta = 0.95;
  double weight_decay = 0;
  double adam_lr = 3e-4, beta1 = 0.9, beta2 = 0.95, eps = 1e-10;
  bool output_layers = false;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "(0,inf)", "learning rate of matrices");
    v("momentum", momentum, "[0,1)", "memory of the mean gradient");
    v("nesterov", nesterov, "true|false", "look ahead along the mean");
    v("row_beta", row_beta, "[0,1)", "memory of the rows' mean squares");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("adam_lr", adam_lr, "[0,inf)", "learning rate of everything else");
    v("beta1", beta1, "[0,1)", "there: memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "there: memory of the mean square");
    v("eps", eps, "[0,inf)", "there: added to the root");
    v("output_layers", output_layers, "true|false", "treat output layers as matrices too");
  }
};
Rule normuon(const NorMuonOptions& options = {});

}  // namespace cairn::optim
