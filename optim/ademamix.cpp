#include "optim/ademamix.h"

#include "optim/bias_correction.h"
#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByTwoMeans {
  AdemamixOptions options;
  static constexpr int slots = 3;
  static constexpr std::array<const char*, 3> names{"m", "slow", "v"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const auto [front, root] = corrections(options.beta1, options.beta2, instant.clock);
    double alpha = options.alpha, beta3 = options.beta3;
    if (options.warmup > 0) {
      const double done = std::min(1.0, static_cast<double>(instant.clock) / static_cast<double>(options.warmup));
      const double fast = std::log(options.beta1), slow = std::log(options.beta3);
      alpha *= done;
      beta3 = std::min(beta3, std::exp(fast * slow / ((1 - done) * slow + done * fast)));  // half-life linear in done
    }
    return [m = slot[0], l = slot[1], v = slot[2], b1 = static_cast<S>(options.beta1),
            c1 = static_cast<S>(1 - options.beta1), b2 = static_cast<S>(options.beta2),
            c2 = static_cast<S>(1 - options.beta2), b3 = static_cast<S>(beta3), c3 = static_cast<S>(1 - beta3),
            weight = static_cast<S>(alpha), eps = static_cast<S>(options.eps), r1 = static_cast<S>(front),
            r2 = static_cast<S>(root)](S u, S, std::size_t i) {
      m[i] = b1 * m[i] + c1 * u;
      l[i] = b3 * l[i] + c3 * u;
      v[i] = b2 * v[i] + c2 * u * u;
      return (r1 * m[i] + weight * l[i]) / (r2 * std::sqrt(v[i]) + eps);
    };
  }
};

}  // namespace

Rule ademamix(const AdemamixOptions& options) {
  return chain(describe("ademamix", options), options.lr, ScaleByTwoMeans{options},
               AddDecayedWeights{options.weight_decay, options.decay}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
