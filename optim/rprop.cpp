#include "optim/rprop.h"

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

/// Steps are kept in units of lr, so that a schedule scales them like any other rule's.
struct SignWithOwnSteps {
  RpropOptions options;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"previous", "step"};
  std::array<double, 2> initial() const { return {0, 1}; }
  template <class S>
  auto kernel(const Instant&, S* const* slot) const {
    return [previous = slot[0], step = slot[1], minus = static_cast<S>(options.eta_minus),
            plus = static_cast<S>(options.eta_plus), low = static_cast<S>(options.step_min / options.lr),
            high = static_cast<S>(options.step_max / options.lr)](S u, S, std::size_t i) {
      const S agreement = u * previous[i];
      const bool turned = agreement < 0;
      S next = step[i] * (turned ? minus : agreement > 0 ? plus : S(1));
      next = next > low ? next : low;
      step[i] = next < high ? next : high;
      previous[i] = turned ? S(0) : u;
      return previous[i] > 0 ? step[i] : previous[i] < 0 ? -step[i] : S(0);
    };
  }
};

}  // namespace

Rule rprop(const RpropOptions& options) {
  const std::string description = describe("rprop", options);
  if (options.step_min > options.step_max) throw std::invalid_argument("rprop: step_min must not exceed step_max.");
  return chain(description, options.lr, SignWithOwnSteps{options}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
