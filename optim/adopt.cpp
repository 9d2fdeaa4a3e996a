#include "optim/adopt.h"

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByAdopt {
  AdoptOptions options;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "v"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const bool first = instant.clock == 1;
    // At the first step the limit of 0 makes u = 0, so m stays 0 and nothing moves.
    const double limit = first          ? 0
                         : options.clip ? std::pow(static_cast<double>(instant.clock - 1), 0.25)
                                        : static_cast<double>(std::numeric_limits<S>::max());
    return [m = slot[0], v = slot[1], b1 = static_cast<S>(options.beta1), c1 = static_cast<S>(1 - options.beta1),
            keep = static_cast<S>(first ? 0 : options.beta2), fresh = static_cast<S>(first ? 1 : 1 - options.beta2),
            eps = static_cast<S>(options.eps), high = static_cast<S>(limit)](S u, S, std::size_t i) {
      const S root = std::sqrt(v[i]);
      S normalised = u / (root > eps ? root : eps);
      normalised = normalised < high ? normalised : high;
      normalised = normalised > -high ? normalised : -high;
      m[i] = b1 * m[i] + c1 * normalised;
      v[i] = keep * v[i] + fresh * u * u;
      return m[i];
    };
  }
};

}  // namespace

Rule adopt(const AdoptOptions& options) {
  return chain(describe("adopt", options), options.lr, ScaleByAdopt{options},
               AddDecayedWeights{options.weight_decay, options.decay}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
