#include "optim/adagrad.h"

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByRootOfSum {
  AdagradOptions options;
  static constexpr int slots = 1;
  static constexpr std::array<const char*, 1> names{"sum"};
  std::array<double, 1> initial() const { return {options.initial_accumulator}; }
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const double slower = 1 + static_cast<double>(instant.clock - 1) * options.lr_decay;
    return
        [sum = slot[0], eps = static_cast<S>(options.eps), front = static_cast<S>(1 / slower)](S u, S, std::size_t i) {
          sum[i] += u * u;
          return front * u / (std::sqrt(sum[i]) + eps);
        };
  }
};

}  // namespace

Rule adagrad(const AdagradOptions& options) {
  return chain(describe("adagrad", options), options.lr, AddDecayedWeights{options.weight_decay, options.decay},
               ScaleByRootOfSum{options}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
