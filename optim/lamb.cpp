#include "optim/lamb.h"

#include "optim/chain.h"
#include "optim/options.h"
#include "optim/scale_by_adam.h"

namespace cairn::optim {

namespace {

/// (‖θ‖ / ‖u‖) u
struct TrustRatio {
  template <class S>
  auto kernel(std::span<const S> u, std::span<const S> p, const ClippedGradient<S>&) const {
    const double step = std::sqrt(sum_of_squares(u)), weights = std::sqrt(sum_of_squares(p));
    return [ratio = static_cast<S>(step > 0 && weights > 0 ? weights / step : 1)](S own, S) { return ratio * own; };
  }
};

}  // namespace

Rule lamb(const LambOptions& options) {
  return reduced_chain(describe("lamb", options), options.lr,
                       std::make_tuple(ScaleByAdam{{options.beta1, options.beta2, options.eps}},
                                       AddDecayedWeights{options.weight_decay, options.decay}),
                       TrustRatio{}, std::make_tuple(ScaleByLearningRate{}));
}

}  // namespace cairn::optim
