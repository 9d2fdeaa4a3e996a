#include "optim/adan.h"

#include "optim/bias_correction.h"
#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByAdan {
  AdanOptions options;
  static constexpr int slots = 4;
  static constexpr std::array<const char*, 4> names{"m", "v", "n", "previous"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const auto [of_mean, of_root] = corrections(options.beta1, options.beta3, instant.clock);
    const double of_change = options.beta2 / bias_correction(options.beta2, instant.clock);
    return [m = slot[0], v = slot[1], n = slot[2], previous = slot[3], b1 = static_cast<S>(options.beta1),
            c1 = static_cast<S>(1 - options.beta1), b2 = static_cast<S>(options.beta2),
            c2 = static_cast<S>(1 - options.beta2), b3 = static_cast<S>(options.beta3),
            c3 = static_cast<S>(1 - options.beta3), eps = static_cast<S>(options.eps), r1 = static_cast<S>(of_mean),
            r2 = static_cast<S>(of_change), r3 = static_cast<S>(of_root),
            seen = static_cast<S>(instant.clock > 1 ? 1 : 0)](S u, S, std::size_t i) {
      const S change = seen * (u - previous[i]), ahead = u + b2 * change;
      m[i] = b1 * m[i] + c1 * u;
      v[i] = b2 * v[i] + c2 * change;
      n[i] = b3 * n[i] + c3 * ahead * ahead;
      previous[i] = u;
      return (r1 * m[i] + r2 * v[i]) / (r3 * std::sqrt(n[i]) + eps);
    };
  }
};

/// θ ← (θ - u) / (1 + lr decay), the proximal step of an L2 penalty.
struct ProximalDecay {
  double decay;
  Decay which;
  static constexpr int slots = 0;
  static constexpr std::array<const char*, 0> names{};
  template <class S>
  auto kernel(const Instant& instant, S* const*) const {
    return [shrink = static_cast<S>(1 / (1 + instant.rate * (instant.weights ? decay : 0)))](S u, S p, std::size_t) {
      return p - (p - u) * shrink;
    };
  }
};

}  // namespace

Rule adan(const AdanOptions& options) {
  const std::string description = describe("adan", options);
  if (options.weight_decay == 0) return chain(description, options.lr, ScaleByAdan{options}, ScaleByLearningRate{});
  return chain(description, options.lr, ScaleByAdan{options}, ScaleByLearningRate{},
               ProximalDecay{options.weight_decay, options.decay});
}

}  // namespace cairn::optim
