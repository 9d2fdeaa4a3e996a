#include "optim/adabelief.h"

#include "optim/bias_correction.h"
#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByBelief {
  AdabeliefOptions options;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "s"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const auto [front, root] = corrections(options.beta1, options.beta2, instant.clock);
    return
        [m = slot[0], s = slot[1], b1 = static_cast<S>(options.beta1), c1 = static_cast<S>(1 - options.beta1),
         b2 = static_cast<S>(options.beta2), c2 = static_cast<S>(1 - options.beta2), eps = static_cast<S>(options.eps),
         r1 = static_cast<S>(front), r2 = static_cast<S>(root)](S u, S, std::size_t i) {
          m[i] = b1 * m[i] + c1 * u;
          const S deviation = u - m[i];
          s[i] = b2 * s[i] + c2 * deviation * deviation + eps;
          return r1 * m[i] / (r2 * std::sqrt(s[i]) + eps);
        };
  }
};

}  // namespace

Rule adabelief(const AdabeliefOptions& options) {
  return chain(describe("adabelief", options), options.lr, ScaleByBelief{options},
               AddDecayedWeights{options.weight_decay, options.decay}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
