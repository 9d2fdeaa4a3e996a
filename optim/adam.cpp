#include "optim/adam.h"

#include "optim/chain.h"
#include "optim/options.h"
#include "optim/scale_by_adam.h"

namespace cairn::optim {

namespace {

struct ScaleByAmsgrad {
  Betas betas;
  static constexpr int slots = 3;
  static constexpr std::array<const char*, 3> names{"m", "v", "v_max"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const auto [front, root] = betas.corrections(instant.clock);
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

template <class Scaling>
Rule adam_with(const AdamOptions& options, Scaling scaling) {
  const std::string description = describe("adam", options);
  const AddDecayedWeights l2{options.weight_decay, options.decay};
  if (options.cautious)
    return reduced_chain(description, options.lr, std::make_tuple(l2, scaling), Cautious{},
                         std::make_tuple(ScaleByLearningRate{}));
  return chain(description, options.lr, l2, scaling, ScaleByLearningRate{});
}

}  // namespace

Rule adam(const AdamOptions& options) {
  const Betas betas{options.beta1, options.beta2, options.eps, options.epsilon_hat};
  return options.amsgrad ? adam_with(options, ScaleByAmsgrad{betas}) : adam_with(options, ScaleByAdam{betas});
}

Rule amsgrad(AdamOptions options) {
  options.amsgrad = true;
  return adam(options);
}

Rule adamw(const AdamWOptions& options) {
  const std::string description = describe("adamw", options);
  const Betas betas{options.beta1, options.beta2, options.eps};
  const AddDecayedWeights decay{options.weight_decay, options.decay};
  if (options.amsgrad) return decoupled_chain(description, options.lr, ScaleByAmsgrad{betas}, decay, options.cautious);
  return decoupled_chain(description, options.lr, ScaleByAdam{betas}, decay, options.cautious);
}

}  // namespace cairn::optim
