#include "optim/federated.h"

#include <numeric>

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

// How v takes in Δ².
struct Sum {
  template <class S>
  auto kernel() const {
    return [](S v, S square) { return v + square; };
  }
};
struct MeanSquare {
  double beta2;
  template <class S>
  auto kernel() const {
    return [b = static_cast<S>(beta2), c = static_cast<S>(1 - beta2)](S v, S square) { return b * v + c * square; };
  }
};
struct SlowMeanSquare {
  double beta2;
  template <class S>
  auto kernel() const {
    return [c = static_cast<S>(1 - beta2)](S v, S square) {
      const S change = c * square;
      return v + (v > square ? -change : v < square ? change : S(0));
    };
  }
};

template <class Second>
struct ScaleByServerMoments {
  double beta1, tau;
  Second second;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "v"};
  std::array<double, 2> initial() const { return {0, tau * tau}; }
  template <class S>
  auto kernel(const Instant&, S* const* slot) const {
    return [m = slot[0], v = slot[1], b1 = static_cast<S>(beta1), c1 = static_cast<S>(1 - beta1),
            t = static_cast<S>(tau), next = second.template kernel<S>()](S u, S, std::size_t i) {
      m[i] = b1 * m[i] + c1 * u;
      v[i] = next(v[i], u * u);
      return m[i] / (std::sqrt(v[i]) + t);
    };
  }
};

}  // namespace

template <class S>
void pseudo_gradient(std::span<const S> x, std::span<const std::span<const S>> clients, std::span<const double> weights,
                     std::span<S> out) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (clients.empty() || clients.size() != weights.size() || !(total > 0))
    throw std::invalid_argument(
        "A federated round needs at least one client and one weight for each, of positive sum.");
  if (out.size() != x.size()) throw std::invalid_argument("The pseudo-gradient must be as long as the parameters.");
  std::ranges::fill(out, S(0));
  for (std::size_t k = 0; k < clients.size(); ++k) {
    if (clients[k].size() != x.size())
      throw std::invalid_argument("Client " + std::to_string(k) + " has " + std::to_string(clients[k].size()) +
                                  " parameters, the server " + std::to_string(x.size()) + ".");
    const S share = static_cast<S>(weights[k] / total);
    for (std::size_t i = 0; i < x.size(); ++i) out[i] -= share * (clients[k][i] - x[i]);
  }
}
template void pseudo_gradient(std::span<const float>, std::span<const std::span<const float>>, std::span<const double>,
                              std::span<float>);
template void pseudo_gradient(std::span<const double>, std::span<const std::span<const double>>,
                              std::span<const double>, std::span<double>);

Rule fed_avg(const FedAvgOptions& options) {
  return chain(describe("fedavg", options), options.lr, ScaleByLearningRate{});
}

Rule fed_adagrad(const FedAdagradOptions& options) {
  return chain(describe("fedadagrad", options), options.lr, ScaleByServerMoments<Sum>{options.beta1, options.tau, {}},
               ScaleByLearningRate{});
}

Rule fed_adam(const FedAdamOptions& options) {
  return chain(describe("fedadam", options), options.lr,
               ScaleByServerMoments<MeanSquare>{options.beta1, options.tau, {options.beta2}}, ScaleByLearningRate{});
}

Rule fed_yogi(const FedAdamOptions& options) {
  return chain(describe("fedyogi", options), options.lr,
               ScaleByServerMoments<SlowMeanSquare>{options.beta1, options.tau, {options.beta2}},
               ScaleByLearningRate{});
}

}  // namespace cairn::optim
