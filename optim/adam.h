#pragma once

#include "optim/decay.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Adam (Kingma and Ba 2015).
///
///     m ← β1 m + (1 - β1) g;  v ← β2 v + (1 - β2) g²
///     θ ← θ - lr m̂ / (√v̂ + eps),  m̂ = m / (1 - β1ᵗ),  v̂ = v / (1 - β2ᵗ)
///
/// `epsilon_hat` is the form at the end of the paper's section 2, which TensorFlow 1 uses: eps is added to √v, before
/// the correction. `amsgrad` (Reddi et al. 2018) divides by the largest v so far, corrected afterwards, as PyTorch
/// does; Optax takes the largest v̂. `weight_decay` is L2 regularisation; decoupled decay is `adamw`. `cautious` (Liang
/// et al. 2024) leaves out the components of the step that the gradient disagrees with and lengthens the others by the
/// share that is left, per block. With beta1 = beta2 no component of a step exceeds lr (Dohare et al. 2023).
struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double weight_decay = 0;
  Decay decay = Decay::all;
  bool amsgrad = false, epsilon_hat = false, cautious = false;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "added to the root; CleanRL's PPO uses 1e-5");
    v("weight_decay", weight_decay, "[0,inf)", "L2 regularisation");
    v("decay", decay, "all|weights", "which parameters shrink");
    v("amsgrad", amsgrad, "true|false", "divide by the largest mean square so far");
    v("epsilon_hat", epsilon_hat, "true|false", "add eps before bias correction");
    v("cautious", cautious, "true|false", "move only where the gradient agrees");
  }
};
Rule adam(const AdamOptions& options = {});

/// AMSGrad (Reddi et al. 2018): `adam` with amsgrad set.
Rule amsgrad(AdamOptions options = {});

/// AdamW (Loshchilov and Hutter 2019): Adam with decoupled weight decay, θ ← (1 - lr weight_decay) θ beside Adam's
/// step. `cautious` as in `adam`, before the decay. PyTorch's default decay is 0.01 too; Optax has 0.0001.
struct AdamWOptions {
  double lr = 1e-3;
  double beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  double weight_decay = 1e-2;
  Decay decay = Decay::all;
  bool amsgrad = false, cautious = false;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean gradient");
    v("beta2", beta2, "[0,1)", "memory of the mean square");
    v("eps", eps, "[0,inf)", "added to the root");
    v("weight_decay", weight_decay, "[0,inf)", "decoupled decay, multiplied by the rate");
    v("decay", decay, "all|weights", "which parameters shrink");
    v("amsgrad", amsgrad, "true|false", "divide by the largest mean square so far");
    v("cautious", cautious, "true|false", "move only where the gradient agrees");
  }
};
Rule adamw(const AdamWOptions& options = {});

}  // namespace cairn::optim
