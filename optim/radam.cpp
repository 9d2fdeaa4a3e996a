#include "optim/radam.h"

#include "optim/bias_correction.h"
#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

struct ScaleByRadam {
  RadamOptions options;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"m", "v"};
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    const auto t = static_cast<double>(instant.clock);
    const double correction = 1 / bias_correction(options.beta1, instant.clock);
    const double of_square = bias_correction(options.beta2, instant.clock);
    const double rho_end = 2 / (1 - options.beta2) - 1;
    const double rho = rho_end - 2 * t * std::pow(options.beta2, t) / of_square;
    const bool known = rho > 5;
    const double r = known ? std::sqrt((rho - 4) * (rho - 2) * rho_end / ((rho_end - 4) * (rho_end - 2) * rho)) : 1;
    // While the variance is unknown the denominator is 0 √v + 1.
    return
        [m = slot[0], v = slot[1], b1 = static_cast<S>(options.beta1), c1 = static_cast<S>(1 - options.beta1),
         b2 = static_cast<S>(options.beta2), c2 = static_cast<S>(1 - options.beta2),
         front = static_cast<S>(known ? r * correction * std::sqrt(of_square) : correction),
         root = static_cast<S>(known ? 1 : 0), added = static_cast<S>(known ? options.eps : 1)](S u, S, std::size_t i) {
          m[i] = b1 * m[i] + c1 * u;
          v[i] = b2 * v[i] + c2 * u * u;
          return front * m[i] / (root * std::sqrt(v[i]) + added);
        };
  }
};

}  // namespace

Rule radam(const RadamOptions& options) {
  return chain(describe("radam", options), options.lr, AddDecayedWeights{options.weight_decay, options.decay},
               ScaleByRadam{options}, ScaleByLearningRate{});
}

}  // namespace cairn::optim
