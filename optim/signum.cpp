#include "optim/signum.h"

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct SignOfMean {
  double memory;
  static constexpr int slots = 1;
  static constexpr std::array<const char*, 1> names{"m"};
  template <class S>
  auto kernel(const Instant&, S* const* slot) const {
    return [m = slot[0], keep = static_cast<S>(memory), fresh = static_cast<S>(1 - memory)](S u, S, std::size_t i) {
      m[i] = keep * m[i] + fresh * u;
      return m[i] > 0 ? S(1) : m[i] < 0 ? S(-1) : S(0);
    };
  }
};

}  // namespace

Rule signum(const SignumOptions& options) {
  return chain(describe("signum", options), options.lr, SignOfMean{options.beta},
               AddDecayedWeights{options.weight_decay, options.decay}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
