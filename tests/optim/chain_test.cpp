// The fused pass against the same transforms applied one by one, each over the whole vector.
#include "optim/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <variant>

#include "optim/scale_by_adam.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

/// A chain without fusion: the clip, each transform, the reduction and the subtraction in passes of their own.
/// `Reduction`: of a chain without one, std::monostate.
template <class S, class Before, class Reduction, class After>
class UnfusedOptimizer;
template <class S, class... Before, class Reduction, class... After>
class UnfusedOptimizer<S, std::tuple<Before...>, Reduction, std::tuple<After...>> final : public BoundOptimizer<S> {
 public:
  UnfusedOptimizer(const Layout& layout, Rule::Binding binding, double base_rate, const std::tuple<Before...>& before,
                   Reduction reduction, const std::tuple<After...>& after)
      : BoundOptimizer<S>(layout, std::move(binding), base_rate),
        before_(before, [this](const char* name, double initial) { return this->keep(name, initial); }),
        reduction_(reduction),
        after_(after, [this](const char* name, double initial) { return this->keep(name, initial); }),
        u_(this->size()),
        clipped_(this->size()) {}

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    const bool apart = before_.tells_weights_apart() || after_.tells_weights_apart();
    for (std::size_t i = 0; i < u_.size(); ++i) u_[i] = clipped_[i] = gradient[i];
    this->for_each_run(
        [&](std::span<const Block> blocks, std::int64_t clock) {
          const Instant instant{clock, report.learning_rate, !apart || this->is_weight(blocks.front())};
          const auto first = static_cast<std::size_t>(blocks.front().offset);
          const auto end = static_cast<std::size_t>(blocks.back().offset + blocks.back().size());
          const auto each = [&](auto... kernel) { (apply(kernel, parameters.data(), first, end), ...); };
          before_.bind(instant, each);
          if constexpr (!std::same_as<Reduction, std::monostate>)
            for (const Block& block : blocks) reduce(block, parameters);
          after_.bind(instant, each);
        },
        apart);
    for (std::size_t i = 0; i < u_.size(); ++i) parameters[i] -= u_[i];
  }

  template <class Kernel>
  void apply(Kernel kernel, const S* p, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) u_[i] = kernel(u_[i], p[i], i);
  }
  void reduce(const Block& block, std::span<const S> parameters) {
    const auto first = static_cast<std::size_t>(block.offset), size = static_cast<std::size_t>(block.size());
    const ClippedGradient<S> g{clipped_.data() + first};
    const auto reduced =
        reduction_.template kernel<S>(std::span<const S>(u_).subspan(first, size), parameters.subspan(first, size), g);
    for (std::size_t i = 0; i < size; ++i) u_[first + i] = reduced(u_[first + i], g[i]);
  }

  Chain<S, Before...> before_;
  Reduction reduction_;
  Chain<S, After...> after_;
  std::vector<S> u_, clipped_;
};

/// A rule, and the same with its transforms one by one.
struct Both {
  Rule fused, one_by_one;
};

template <class Before, class Reduction, class After>
Rule unfused(const std::string& description, double base_rate, Before before, Reduction reduction, After after) {
  return rule_made_by(description,
                      [=]<class S>(std::type_identity<S>, const Layout& layout, const Rule::Binding& binding) {
                        return std::make_unique<UnfusedOptimizer<S, Before, Reduction, After>>(
                            layout, binding, base_rate, before, reduction, after);
                      });
}
template <class... Transform>
Both both_chains(const std::string& description, double base_rate, Transform... transforms) {
  return {chain(description, base_rate, transforms...),
          unfused(description, base_rate, std::make_tuple(transforms...), std::monostate(), std::tuple<>())};
}
template <class Before, class Reduction, class After>
Both both_reduced(const std::string& description, double base_rate, Before before, Reduction reduction, After after) {
  return {reduced_chain(description, base_rate, before, reduction, after),
          unfused(description, base_rate, before, reduction, after)};
}

/// Keeps three numbers for each parameter, which do not start at zero, and asks for the parameter and the clock.
struct PullToMean {
  double start;
  static constexpr int slots = 3;
  static constexpr std::array<const char*, 3> names{"mean", "largest", "count"};
  std::array<double, 3> initial() const { return {start, 0, 1}; }
  template <class S>
  auto kernel(const Instant& instant, S* const* slot) const {
    return [mean = slot[0], largest = slot[1], count = slot[2],
            share = static_cast<S>(1 / static_cast<double>(instant.clock + 1))](S u, S p, std::size_t i) {
      mean[i] += share * (p - mean[i]);
      largest[i] = largest[i] > u * u ? largest[i] : u * u;
      count[i] += 1;
      return u / (std::sqrt(largest[i]) + 1) + (p - mean[i]) / count[i];
    };
  }
};

/// Of one block: divides by the longest component, which also the gradient's own may be.
struct DivideByLongest {
  template <class S>
  auto kernel(std::span<const S> u, std::span<const S> p, const ClippedGradient<S>& g) const {
    S longest = 1e-3F;
    for (std::size_t i = 0; i < u.size(); ++i)
      longest = std::max({longest, std::abs(u[i]), std::abs(g[i]), std::abs(p[i])});
    return [longest](S own, S gradient) { return (own + gradient) / longest; };
  }
};

/// In units of the last place of the largest of the three numbers. `from`: what a and b were made from, as what nearly
/// cancels is only as exact as that.
template <class S>
S distance_in_ulps(S a, S b, S from) {
  const S largest = std::max({std::abs(a), std::abs(b), std::abs(from)});
  return std::abs(a - b) / (std::nextafter(largest, std::numeric_limits<S>::infinity()) - largest);
}

template <class S>
void agrees(const Rule& rule, const Rule& one_by_one) {
  const Layout layout = two_layers();
  const Horizon horizon{.updates = 80};
  const auto fused = rule.bind<S>(layout, horizon), unfused = one_by_one.bind<S>(layout, horizon);
  std::vector<S> p = numbers<S>(n, 1);
  for (unsigned i = 0; i < 60; ++i) {
    const std::vector<S> gradient = numbers<S>(n, 10 + i, i % 40 == 39 ? 1000 : 1), before = p;
    std::vector<S> q = p;
    if (i == 30) {
      fused->reset(layout.find("head/weight"));
      unfused->reset(layout.find("head/weight"));
    }
    std::vector<std::vector<S>> old;
    for (const StateArray<S>& array : fused->arrays()) old.emplace_back(array.values.begin(), array.values.end());
    fused->step(p, gradient);
    unfused->step(q, gradient);
    for (std::size_t k = 0; k < n; ++k)
      ASSERT_LE(distance_in_ulps(p[k], q[k], before[k]), S(4)) << "step " << i << " parameter " << k;
    // Each goes on from the fused state, so that differences do not add up.
    const auto is = fused->arrays(), should = unfused->arrays();
    ASSERT_EQ(is.size(), should.size());
    for (std::size_t slot = 0; slot < is.size(); ++slot)
      for (std::size_t k = 0; k < n; ++k) {
        ASSERT_LE(distance_in_ulps(is[slot].values[k], should[slot].values[k], old[slot][k]), S(4)) << is[slot].name;
        should[slot].values[k] = is[slot].values[k];
      }
    EXPECT_EQ(fused->counters(), unfused->counters());
  }
}

TEST(FusedChain, AgreesWithItsTransformsOneByOne) {
  const ScaleByAdam scaling{{0.9, 0.999, 1e-8}};
  const AddDecayedWeights all{0.01}, weights{0.01, Decay::weights};
  const ScaleByLearningRate rate;
  const PullToMean pull{0.5};
  const Both rules[] = {
      both_chains("rate", 0.1, rate),
      both_chains("decay, rate", 0.1, weights, rate),
      both_chains("decay, adam, rate", 1e-2, all, scaling, rate),
      both_chains("adam, decay, rate", 1e-2, scaling, weights, rate),
      both_chains("pull, adam, decay, rate", 1e-2, pull, scaling, all, rate),
      both_chains("adam, pull, rate, decay", 1e-2, scaling, pull, rate, weights),
      both_reduced("cautious", 1e-2, std::make_tuple(scaling), Cautious{}, std::make_tuple(weights, rate)),
      both_reduced("longest", 1e-2, std::make_tuple(all, pull), DivideByLongest{}, std::make_tuple(rate)),
      both_reduced("longest, adam", 1e-2, std::tuple<>(), DivideByLongest{}, std::make_tuple(scaling, pull, rate)),
  };
  for (const Both& rule : rules) {
    SCOPED_TRACE(rule.fused.description());
    for (const Clip& clip : {Clip(), global_norm(), clip_value({.max = 0.5}), agc()}) {
      const Schedule schedule = clip.kind == Clip::Kind::global_norm ? cosine() : Schedule();
      const auto whole = [&](const Rule& of) { return of.with_clip(clip).with_schedule(schedule); };
      SCOPED_TRACE(clip.description);
      agrees<float>(whole(rule.fused), whole(rule.one_by_one));
      agrees<double>(whole(rule.fused), whole(rule.one_by_one));
    }
  }
}

/// One transform over a whole vector.
template <class S, class Transform>
class Alone {
 public:
  explicit Alone(Transform transform)
      : chain_(std::make_tuple(transform),
               [this](const char*, double initial) { return slots_.emplace_back(n, static_cast<S>(initial)).data(); }) {
  }
  void apply(std::vector<S>& u, const std::vector<S>& p, const Instant& instant) const {
    chain_.bind(instant, [&](auto kernel) {
      for (std::size_t i = 0; i < n; ++i) u[i] = kernel(u[i], p[i], i);
    });
  }

 private:
  std::vector<std::vector<S>> slots_;
  Chain<S, Transform> chain_;
};

// That what the test above holds fused chains against is what it says, by hand.
TEST(UnfusedChain, IsItsTransformsOneByOne) {
  const AddDecayedWeights decay{0.01};
  const ScaleByAdam scaling{{0.9, 0.999, 1e-8}};
  const auto run =
      both_chains("l2, adam, rate", 1e-2, decay, scaling, ScaleByLearningRate{}).one_by_one.bind<float>(two_layers());
  const Alone<float, AddDecayedWeights> first(decay);
  const Alone<float, ScaleByAdam> second(scaling);
  const Alone<float, ScaleByLearningRate> third(ScaleByLearningRate{});
  std::vector<float> p = numbers<float>(n, 1), q = p;
  for (unsigned i = 0; i < 50; ++i) {
    const std::vector<float> gradient = numbers<float>(n, 10 + i);
    std::vector<float> u = gradient;
    const Instant instant{static_cast<std::int64_t>(i) + 1, 1e-2};
    first.apply(u, q, instant);
    second.apply(u, q, instant);
    third.apply(u, q, instant);
    for (std::size_t k = 0; k < n; ++k) q[k] -= u[k];
    run->step(p, gradient);
    for (std::size_t k = 0; k < n; ++k) ASSERT_LE(distance_in_ulps(p[k], q[k], p[k]), 1) << i;
    q = p;
  }
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
