#include "optim/adam.h"

#include "optim/chain.h"
#include "optim/describe.h"

namespace cairn::optim {

namespace {

struct Betas {
  double beta1, beta2, eps;
  bool epsilon_hat = false;

  // m̂ / (√v̂ + eps) = (r1 m) / (r2 √v + eps), r1 = 1/(1 - β1ᵗ), r2 = 1/√(1 - β2ᵗ);
  // the ε̂ form leaves r2 off the root and puts its inverse in front: (r1/r2) m / (√v + eps).
  struct Corrections {
    double front, root;
  };
  Corrections corrections(std::int64_t clock) const {
    const auto t = static_cast<double>(clock);
    const double r1 = 1 / (1 - std::pow(beta1, t)), r2 = 1 / std::sqrt(1 - std::pow(beta2, t));
    return epsilon_hat ? Corrections{r1 / r2, 1} : Corrections{r1, r2};
  }
};

struct ScaleByAdam {
  Betas betas;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "v"};
  template <class S>
  auto kernel(const Moment& moment, S* const* slot) const {
    const auto [front, root] = betas.corrections(moment.clock);
    return [m = slot[0], v = slot[1], b1 = static_cast<S>(betas.beta1), c1 = static_cast<S>(1 - betas.beta1),
            b2 = static_cast<S>(betas.beta2), c2 = static_cast<S>(1 - betas.beta2), eps = static_cast<S>(betas.eps),
            r1 = static_cast<S>(front), r2 = static_cast<S>(root)](S u, S, std::size_t i) {
      m[i] = b1 * m[i] + c1 * u;
      v[i] = b2 * v[i] + c2 * u * u;
      return r1 * m[i] / (r2 * std::sqrt(v[i]) + eps);
    };
  }
};

struct ScaleByAmsgrad {
  Betas betas;
  static constexpr int slots = 3;
  static constexpr std::array<const char*, 3> names{"m", "v", "v_max"};
  template <class S>
  auto kernel(const Moment& moment, S* const* slot) const {
    const auto [front, root] = betas.corrections(moment.clock);
    return [m = slot[0], v = slot[1], largest = slot[2], b1 = static_cast<S>(betas.beta1),
            c1 = static_cast<S>(1 - betas.beta1), b2 = static_cast<S>(betas.beta2),
            c2 = static_cast<S>(1 - betas.beta2), eps = static_cast<S>(betas.eps), r1 = static_cast<S>(front),
            r2 = static_cast<S>(root)](S u, S, std::size_t i) {
      m[i] = b1 * m[i] + c1 * u;
      v[i] = b2 * v[i] + c2 * u * u;
      largest[i] = largest[i] > v[i] ? largest[i] : v[i];
      return r1 * m[i] / (r2 * std::sqrt(largest[i]) + eps);
    };
  }
};

}  // namespace

Rule adam(const AdamOptions& options) {
  const std::string description = describe("adam", options);
  const Betas betas{options.beta1, options.beta2, options.eps, options.epsilon_hat};
  const AddDecayedWeights l2{options.weight_decay};
  if (options.amsgrad) return chain(description, options.lr, l2, ScaleByAmsgrad{betas}, ScaleByLearningRate{});
  return chain(description, options.lr, l2, ScaleByAdam{betas}, ScaleByLearningRate{});
}

Rule amsgrad(AdamOptions options) {
  options.amsgrad = true;
  return adam(options);
}

Rule adamw(const AdamWOptions& options) {
  const std::string description = describe("adamw", options);
  const Betas betas{options.beta1, options.beta2, options.eps};
  const AddDecayedWeights decay{options.weight_decay};  // behind the adaptive scaling: decoupled
  if (options.amsgrad) return chain(description, options.lr, ScaleByAmsgrad{betas}, decay, ScaleByLearningRate{});
  return chain(description, options.lr, ScaleByAdam{betas}, decay, ScaleByLearningRate{});
}

}  // namespace cairn::optim
