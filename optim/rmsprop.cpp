#include "optim/rmsprop.h"

#include "optim/chain.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

/// Where eps goes: into the root, or beside it.
struct Epsilon {
  double inside, outside;
};

struct ScaleByRms {
  double alpha, initial_v;
  Epsilon eps;
  static constexpr int slots = 1;
  static constexpr std::array<const char*, 1> names{"v"};
  std::array<double, 1> initial() const { return {initial_v}; }
  template <class S>
  auto kernel(const Instant&, S* const* slot) const {
    return [v = slot[0], a = static_cast<S>(alpha), c = static_cast<S>(1 - alpha), inside = static_cast<S>(eps.inside),
            outside = static_cast<S>(eps.outside)](S u, S, std::size_t i) {
      v[i] = a * v[i] + c * u * u;
      return u / (std::sqrt(v[i] + inside) + outside);
    };
  }
};

/// Centred: by the root of the variance.
struct ScaleByDeviation {
  double alpha, initial_v;
  Epsilon eps;
  static constexpr int slots = 2;
  static constexpr std::array<const char*, 2> names{"v", "mean"};
  std::array<double, 2> initial() const { return {initial_v, 0}; }
  template <class S>
  auto kernel(const Instant&, S* const* slot) const {
    return [v = slot[0], mean = slot[1], a = static_cast<S>(alpha), c = static_cast<S>(1 - alpha),
            inside = static_cast<S>(eps.inside), outside = static_cast<S>(eps.outside)](S u, S, std::size_t i) {
      v[i] = a * v[i] + c * u * u;
      mean[i] = a * mean[i] + c * u;
      return u / (std::sqrt(v[i] - mean[i] * mean[i] + inside) + outside);
    };
  }
};

struct Accumulate {
  double momentum;
  static constexpr int slots = 1;
  static constexpr std::array<const char*, 1> names{"momentum"};
  template <class S>
  auto kernel(const Instant&, S* const* slot) const {
    return [b = slot[0], mu = static_cast<S>(momentum)](S u, S, std::size_t i) { return b[i] = mu * b[i] + u; };
  }
};

}  // namespace

// Each form keeps only the numbers that it needs.
Rule rmsprop(const RmspropOptions& options) {
  const Epsilon eps{options.epsilon_inside ? options.eps : 0, options.epsilon_inside ? 0 : options.eps};
  const auto with = [&](auto... scaling) {
    return chain(describe("rmsprop", options), options.lr, AddDecayedWeights{options.weight_decay, options.decay},
                 scaling..., ScaleByLearningRate{});
  };
  const auto scaled = [&](auto scaling) {
    return options.momentum == 0 ? with(scaling) : with(scaling, Accumulate{options.momentum});
  };
  return options.centered ? scaled(ScaleByDeviation{options.alpha, options.initial_v, eps})
                          : scaled(ScaleByRms{options.alpha, options.initial_v, eps});
}

}  // namespace cairn::optim
