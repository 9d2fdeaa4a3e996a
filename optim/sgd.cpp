#include "optim/sgd.h"

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

/// b ← μ b + (1 - τ) u, passing on b, or u + μ b with Nesterov.
struct Trace {
  double momentum, dampening;
  bool nesterov;
  static constexpr int slots = 1;
  static constexpr std::array<const char*, 1> names{"momentum"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const bool first = instant.clock == 1;
    return [b = slot[0], keep = static_cast<S>(first ? 0 : momentum), fresh = static_cast<S>(first ? 1 : 1 - dampening),
            along = static_cast<S>(nesterov ? momentum : 1),
            direct = static_cast<S>(nesterov ? 1 : 0)](S u, S, std::size_t i) {
      b[i] = keep * b[i] + fresh * u;
      return direct * u + along * b[i];
    };
  }
};

}  // namespace

Rule sgd(const SgdOptions& options) {
  const std::string description = describe("sgd", options);
  if (options.nesterov && (options.momentum == 0 || options.dampening != 0))
    throw std::invalid_argument("sgd: nesterov=true needs momentum > 0 and dampening = 0.");
  const AddDecayedWeights decay{options.weight_decay, options.decay};
  if (options.momentum == 0) return chain(description, options.lr, decay, ScaleByLearningRate{});
  return chain(description, options.lr, decay, Trace{options.momentum, options.dampening, options.nesterov},
               ScaleByLearningRate{});
}

}  // namespace cairn::optim
