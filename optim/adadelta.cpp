#include "optim/adadelta.h"

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByAdadelta {
  double rho, eps_inside;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"v", "a"};
  template <class S>
  auto kernel(const Instant&, S* const* slot) const {
    return [v = slot[0], a = slot[1], keep = static_cast<S>(rho), fresh = static_cast<S>(1 - rho),
            eps = static_cast<S>(eps_inside)](S u, S, std::size_t i) {
      v[i] = keep * v[i] + fresh * u * u;
      const S delta = std::sqrt(a[i] + eps) / std::sqrt(v[i] + eps) * u;
      a[i] = keep * a[i] + fresh * delta * delta;
      return delta;
    };
  }
};

}  // namespace

Rule adadelta(const AdadeltaOptions& options) {
  return chain(describe("adadelta", options), options.lr, AddDecayedWeights{options.weight_decay, options.decay},
               ScaleByAdadelta{options.rho, options.eps}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
