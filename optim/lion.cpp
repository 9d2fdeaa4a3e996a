#include "optim/lion.h"

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct SignAhead {
  double beta1, beta2;
  static constexpr int slots = 1;
  static constexpr std::array<const char*, 1> names{"m"};
  template <class S>
  auto kernel(const Instant&, S* const* slot) const {
    return [m = slot[0], b1 = static_cast<S>(beta1), c1 = static_cast<S>(1 - beta1), b2 = static_cast<S>(beta2),
            c2 = static_cast<S>(1 - beta2)](S u, S, std::size_t i) {
      const S ahead = b1 * m[i] + c1 * u;
      m[i] = b2 * m[i] + c2 * u;
      return ahead > 0 ? S(1) : ahead < 0 ? S(-1) : S(0);
    };
  }
};

}  // namespace

Rule lion(const LionOptions& options) {
  return decoupled_chain(describe("lion", options), options.lr, SignAhead{options.beta1, options.beta2},
                         AddDecayedWeights{options.weight_decay, options.decay}, options.cautious);
}

}  // namespace cairn::optim
