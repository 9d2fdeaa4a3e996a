#include "optim/nadam.h"

#include "optim/bias_correction.h"
#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByNadam {
  NadamOptions options;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "v"};
  // Πₜ depends on the clock alone, so it is remembered here and not part of the state.
  mutable std::int64_t known = 0;
  mutable double product = 1;

  double mu(std::int64_t t) const {
    return options.beta1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(t) * options.momentum_decay));
  }
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    if (known >= instant.clock) known = 0, product = 1;
    while (known < instant.clock) product *= mu(++known);
    const double now = mu(instant.clock), next = mu(instant.clock + 1);
    const double root = 1 / std::sqrt(bias_correction(options.beta2, instant.clock));
    return [m = slot[0], v = slot[1], b1 = static_cast<S>(options.beta1), c1 = static_cast<S>(1 - options.beta1),
            b2 = static_cast<S>(options.beta2), c2 = static_cast<S>(1 - options.beta2),
            eps = static_cast<S>(options.eps), direct = static_cast<S>((1 - now) / (1 - product)),
            along = static_cast<S>(next / (1 - product * next)), r2 = static_cast<S>(root)](S u, S, std::size_t i) {
      m[i] = b1 * m[i] + c1 * u;
      v[i] = b2 * v[i] + c2 * u * u;
      return (direct * u + along * m[i]) / (r2 * std::sqrt(v[i]) + eps);
    };
  }
};

}  // namespace

Rule nadam(const NadamOptions& options) {
  return chain(describe("nadam", options), options.lr, AddDecayedWeights{options.weight_decay, options.decay},
               ScaleByNadam{options}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
