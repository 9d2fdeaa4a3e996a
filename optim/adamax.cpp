#include "optim/adamax.h"

#include "optim/bias_correction.h"
#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByAdamax {
  double beta1, beta2, eps_added;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "u"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const double front = 1 / bias_correction(beta1, instant.clock);
    return [m = slot[0], largest = slot[1], b1 = static_cast<S>(beta1), c1 = static_cast<S>(1 - beta1),
            b2 = static_cast<S>(beta2), eps = static_cast<S>(eps_added),
            r1 = static_cast<S>(front)](S u, S, std::size_t i) {
      m[i] = b1 * m[i] + c1 * u;
      const S old = b2 * largest[i], fresh = std::abs(u) + eps;
      largest[i] = old > fresh ? old : fresh;
      return r1 * m[i] / largest[i];
    };
  }
};

}  // namespace

Rule adamax(const AdamaxOptions& options) {
  return chain(describe("adamax", options), options.lr, AddDecayedWeights{options.weight_decay, options.decay},
               ScaleByAdamax{options.beta1, options.beta2, options.eps}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
