#include "optim/yogi.h"

#include "optim/bias_correction.h"
#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByYogi {
  YogiOptions options;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "v"};
  std::array<double, 2> initial() const { return {0, options.initial_v}; }
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const auto [front, root] =
        options.bias_correction ? corrections(options.beta1, options.beta2, instant.clock) : Corrections{1, 1};
    return [m = slot[0], v = slot[1], b1 = static_cast<S>(options.beta1), c1 = static_cast<S>(1 - options.beta1),
            c2 = static_cast<S>(1 - options.beta2), eps = static_cast<S>(options.eps), r1 = static_cast<S>(front),
            r2 = static_cast<S>(root)](S u, S, std::size_t i) {
      m[i] = b1 * m[i] + c1 * u;
      const S square = u * u, change = c2 * square;
      v[i] += v[i] > square ? -change : v[i] < square ? change : S(0);
      return r1 * m[i] / (r2 * std::sqrt(v[i]) + eps);
    };
  }
};

}  // namespace

Rule yogi(const YogiOptions& options) {
  return chain(describe("yogi", options), options.lr, AddDecayedWeights{options.weight_decay, options.decay},
               ScaleByYogi{options}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
