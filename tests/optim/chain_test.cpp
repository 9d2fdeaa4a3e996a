// The fused pass against the same transforms applied one by one, each over the whole vector.
#include "optim/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optim/scale_by_adam.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

constexpr std::size_t n = 26;

template <class S>
S distance_in_ulps(S a, S b) {
  const S larger = std::max(std::abs(a), std::abs(b));
  return std::abs(a - b) / (std::nextafter(larger, std::numeric_limits<S>::infinity()) - larger);
}

/// One transform over a whole vector.
template <class S, class Transform>
class Alone {
 public:
  explicit Alone(Transform transform)
      : chain_(std::make_tuple(transform),
               [this](const char*, double initial) { return slots_.emplace_back(n, static_cast<S>(initial)).data(); }) {
  }
  std::vector<std::vector<S>>& slots() { return slots_; }
  void apply(std::vector<S>& u, const std::vector<S>& p, const Moment& moment) const {
    chain_.bind(moment, [&](auto kernel) {
      for (std::size_t i = 0; i < n; ++i) u[i] = kernel(u[i], p[i], i);
    });
  }

 private:
  std::vector<std::vector<S>> slots_;
  Chain<S, Transform> chain_;
};

template <class S>
void agrees() {
  const AddDecayedWeights decay{0.01};
  const ScaleByAdam scaling{{0.9, 0.999, 1e-8}};
  const auto fused = chain("l2, adam, rate", 1e-2, decay, scaling, ScaleByLearningRate{}).bind<S>(two_layers());
  Alone<S, AddDecayedWeights> first(decay);
  Alone<S, ScaleByAdam> second(scaling);
  Alone<S, ScaleByLearningRate> third(ScaleByLearningRate{});
  std::vector<S> p = numbers<S>(n, 1);
  for (unsigned i = 0; i < 200; ++i) {
    const std::vector<S> gradient = numbers<S>(n, 10 + i, i % 40 == 39 ? 1000 : 1);
    std::vector<S> u = gradient, q = p;
    const Moment moment{static_cast<std::int64_t>(i) + 1, 1e-2};
    first.apply(u, q, moment);
    second.apply(u, q, moment);
    third.apply(u, q, moment);
    for (std::size_t k = 0; k < n; ++k) q[k] -= u[k];
    fused->step(p, gradient);
    for (std::size_t k = 0; k < n; ++k) ASSERT_LE(distance_in_ulps(p[k], q[k]), S(4)) << "step " << i;
    // Each goes on from the fused state, so that differences do not add up.
    const auto arrays = fused->arrays();
    for (std::size_t slot = 0; slot < 2; ++slot)
      for (std::size_t k = 0; k < n; ++k) {
        ASSERT_LE(distance_in_ulps(arrays[slot].values[k], second.slots()[slot][k]), S(4));
        second.slots()[slot][k] = arrays[slot].values[k];
      }
  }
}

TEST(FusedChain, AgreesWithItsTransformsOneByOneInSinglePrecision) {
  agrees<float>();
}
TEST(FusedChain, AgreesWithItsTransformsOneByOneInDoublePrecision) {
  agrees<double>();
}

// Half the components agree with the gradient, so they go twice as far and the others stay.
TEST(Cautious, LeavesOutWhatTheGradientDisagreesWith) {
  Layout layout;
  layout.add("all", 4, 1, {});
  const auto run = adam({.lr = 1, .beta1 = 0.5, .beta2 = 0, .cautious = true}).bind<double>(layout);
  std::vector<double> p(4, 0.0);
  // After g = (1, 1, -1, 1), m̂ = (m + ½ g') / (1 - ¼), so a gradient a little against it leaves the momentum's sign.
  run->step(p, std::vector<double>{1, 1, -1, 1});
  EXPECT_THAT(p, testing::Pointwise(testing::DoubleNear(1e-7), std::vector<double>{-1, -1, 1, -1}));
  const std::vector<double> before = p;
  run->step(p, std::vector<double>{1, -0.1, 0.1, 1});
  EXPECT_EQ(p[1], before[1]);
  EXPECT_EQ(p[2], before[2]);
  EXPECT_NEAR(p[0] - before[0], -2, 1e-7);
  EXPECT_NEAR(p[3] - before[3], -2, 1e-7);
}

}  // namespace
}  // namespace cairn::optim
