#pragma once

#include "optim/optimizer.h"

namespace cairn::optim {

/// SOAP (Vyas et al. 2024): Adam in the eigenbasis of Shampoo's factors.
///
///     L ← β2 L + (1 - β2) G Gᵀ, R ← β2 R + (1 - β2) Gᵀ G, with eigenvectors QL, QR
///     m ← β1 m + (1 - β1) G;  v ← β2 v + (1 - β2) (QLᵀ G QR)²
///     W ← W - lr QL [QLᵀ m̂ QR / (√v̂ + eps)] QRᵀ - lr weight_decay W
///
/// As in the authors' code, the first gradient only sets up the eigenvectors and moves nothing, a step's own gradient
/// reaches L and R after it, eps is added before bias correction, and every `every` steps the eigenvectors take one
/// step of power iteration, Q ← QR decomposition of L Q, with the largest first. A side longer than `max_side` keeps
/// its own axes. Vectors take AdamW's steps.
struct SoapOptions {
  double lr = 3e-3;
  double beta1 = 0.95, beta2 = 0.95, eps = 1e-8;
  double weight_decay = 0.01;
  std::int64_t every = 10;
  int max_side = 1024;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean squares, of elements, rows and columns");
    v("eps", eps, "[0,inf)", "added to the root");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("every", every, "[1,inf)", "steps between new eigenvectors");
    v("max_side", max_side, "[1,1000000]", "longest side that is turned");
  }
};
Rule soap(const SoapOptions& options = {});

}  // namespace cairn::optim
