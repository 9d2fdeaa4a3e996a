#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// D-Muon (Liu et al. 2025, Moonlight): Muon whose steps have the root mean square of AdamW's, about 0.2, whatever the
/// matrix's shape, so that one rate and one decay serve all parameters.
///
///     m ← momentum m + g;  u = g + momentum m (nesterov), or m;  X as in `muon`
///     θ ← (1 - lr weight_decay) θ - 0.2 lr √max(rows, cols) X
///
/// Vectors, and output layers (blocks tagged `output`), take AdamW's steps at the same rate, with eps added before bias
/// correction as in the authors' code.
struct DMuonOptions {
  double lr = 1e-3;
  double momentum = 0.95;
  bool nesterov = true;
  double weight_decay = 0.1;
  double beta1 = 0.9, beta2 = 0.95, eps = 1e-8;
  bool output_layers = false;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "(0,inf)", "learning rate");
    v("momentum", momentum, "[0,1)", "memory of the sum of gradients");
    v("nesterov", nesterov, "true|false", "look ahead along the sum");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("beta1", beta1, "[0,1)", "of all but matrices: memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "there: memory of the mean square");
    v("eps", eps, "[0,inf)", "there: added to the root");
    v("output_layers", output_layers, "true|false", "treat output layers as matrices too");
  }
};
Rule d_muon(const DMuonOptions& options = {});

}  // namespace cairn::optim
