#include "optim/rmsprop.h"

#include "optim/chain.h"
#include "optim/describe.h"

namespace cairn::optim {

namespace {

struct ScaleByRms {
  double alpha, eps, momentum;
  bool centered, epsilon_inside;
  double initial_v;
  static constexpr int slots = 3;
  static constexpr std::array<const char*, 3> names{"v", "mean", "momentum"};
  std::array<double, 3> initial() const { return {initial_v, 0, 0}; }
  template <class S>
  auto kernel(const Moment&, S* const* slot) const {
    return [v = slot[0], mean = slot[1], b = slot[2], a = static_cast<S>(alpha), c = static_cast<S>(1 - alpha),
            inside = static_cast<S>(epsilon_inside ? eps : 0), outside = static_cast<S>(epsilon_inside ? 0 : eps),
            mu = static_cast<S>(momentum), centre = static_cast<S>(centered ? 1 : 0)](S u, S, std::size_t i) {
      v[i] = a * v[i] + c * u * u;
      mean[i] = a * mean[i] + c * u;
      b[i] = mu * b[i] + u / (std::sqrt(v[i] - centre * mean[i] * mean[i] + inside) + outside);
      return b[i];
    };
  }
};

}  // namespace

Rule rmsprop(const RmspropOptions& options) {
  return chain(describe("rmsprop", options), options.lr, AddDecayedWeights{options.weight_decay, options.decay},
               ScaleByRms{options.alpha, options.eps, options.momentum, options.centered, options.epsilon_inside,
                          options.initial_v},
               ScaleByLearningRate{});
}

}  // namespace cairn::optim
