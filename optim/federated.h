#pragma once

#include <span>

#include "optim/optimizer.h"

namespace cairn::optim {

// Server rules of federated learning (Reddi et al. 2021, "Adaptive Federated Optimization"). Clients train on their own
// data from the server's x to θᵢ; the server treats minus the mean change as a gradient:
//
//     Δ = Σ wᵢ (θᵢ - x);  m ← β1 m + (1 - β1) Δ;  x ← x + lr m / (√v + τ),  v₀ = τ²
//
// and the rules differ in v. There is no bias correction. Hand `step` the pseudo-gradient -Δ.

/// -Δ for the server at x. `weights`: one a client (their shares of the data), of positive sum; they are normalised.
/// Throws std::invalid_argument where they are none or do not fit.
template <class S>
void pseudo_gradient(std::span<const S> x, std::span<const std::span<const S>> clients, std::span<const double> weights,
                     std::span<S> out);

/// FedAvg (McMahan et al. 2017): x ← x + lr Δ; with lr = 1 the mean of the clients.
struct FedAvgOptions {
  double lr = 1;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "server learning rate; 1: the clients' mean");
  }
};
Rule fed_avg(const FedAvgOptions& options = {});

/// FedAdagrad: v ← v + Δ².
struct FedAdagradOptions {
  double lr = 0.1;
  double beta1 = 0, tau = 1e-3;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "server learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean change");
    v("tau", tau, "(0,inf)", "added to the root: how adaptive the server is");
  }
};
Rule fed_adagrad(const FedAdagradOptions& options = {});

/// FedAdam: v ← β2 v + (1 - β2) Δ². FedYogi: v ← v - (1 - β2) sign(v - Δ²) Δ².
struct FedAdamOptions {
  double lr = 1e-2;
  double beta1 = 0.9, beta2 = 0.99, tau = 1e-3;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "server learning rate");
    v("beta1", beta1, "[0,1)", "memory of the mean change");
    v("beta2", beta2, "[0,1)", "memory of its mean square");
    v("tau", tau, "(0,inf)", "added to the root: how adaptive the server is");
  }
};
Rule fed_adam(const FedAdamOptions& options = {});
Rule fed_yogi(const FedAdamOptions& options = {});

}  // namespace cairn::optim
