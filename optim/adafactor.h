#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// Adafactor (Shazeer and Stern 2018): Adam without momentum, whose mean square of a matrix is kept as the product of
/// one number a row and one a column, and whose step is relative to the length of the weights.
///
///     β = 1 - t^-decay_rate;  r ← β r + (1 - β) mean over columns of (G² + eps1);  c likewise over rows
///     U = G / √(r cᵀ / mean(r));  U ← U / max(1, RMS(U) / clip)
///     W ← W - lr max(eps2, RMS(W)) min(0.01, 1/√t) U
///
/// Vectors keep a mean square for each element.
struct AdafactorOptions {
  double lr = 1;
  double eps1 = 1e-30, eps2 = 1e-3, clip = 1, decay_rate = 0.8;
  double weight_decay = 0;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "multiple of the relative step");
    v("eps1", eps1, "[0,inf)", "added to the squares");
    v("eps2", eps2, "[0,inf)", "least length of the weights that a step is relative to");
    v("clip", clip, "(0,inf)", "largest root mean square of an update");
    v("decay_rate", decay_rate, "(0,inf)", "how fast the memory of the mean square grows");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the step");
  }
};
Rule adafactor(const AdafactorOptions& options = {});

}  // namespace cairn::optim
