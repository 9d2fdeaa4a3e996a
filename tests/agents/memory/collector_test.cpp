#include "agents/memory/collector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string_view>

#include "agents/networks/finite.h"
#include "small_worlds.h"

namespace cairn::agents {
namespace {

struct Played {
  ActorCritic networks;
  Eigen::VectorXf parameters;
  Rollout rollout;
  Normaliser normaliser;
};

Played play(const envs::EnvironmentFactory& factory, int environments, int steps, int threads, bool normalise) {
  const envs::Spec spec = factory()->spec();
  Played played{ActorCritic(spec, {16, 16}, Activation::tanh, 1),
                {},
                Rollout(spec, environments, steps, 1, true),
                Normaliser(spec.observation_size())};
  played.parameters = played.networks.initial_parameters(1, 0);
  envs::VectorEnvironment worlds(factory, environments, 1);
  Collector collector(played.networks, spec, environments);
  envs::ThreadPool pool(threads);
  collector.collect(played.networks, {played.parameters.data(), static_cast<std::size_t>(played.parameters.size())},
                    worlds, 1, 0, normalise ? &played.normaliser : nullptr, pool, played.rollout);
  return played;
}

float value(const Played& played, const Eigen::VectorXf& observation) {
  auto scratch = played.networks.critic.scratch(1);
  return played.networks.critic.forward({played.parameters.data(), static_cast<std::size_t>(played.parameters.size())},
                                        observation, scratch)(0, 0);
}

TEST(Rollout, BootstrapsFromTheFinalObservationNotTheReset) {
  const Played played = play([] { return std::make_unique<tests::OneState>(5); }, 3, 12, 1, false);
  const Rollout& rollout = played.rollout;
  for (int t = 0; t < 12; ++t)
    for (int e = 0; e < 3; ++e) {
      const int sample = 3 * t + e;
      EXPECT_EQ(rollout.observations(1, sample), static_cast<float>(t % 5));
      EXPECT_EQ(rollout.next_observations(1, sample), static_cast<float>(t % 5 + 1));
      EXPECT_EQ(rollout.truncated[static_cast<std::size_t>(sample)], t % 5 == 4);
      EXPECT_FALSE(rollout.terminated[static_cast<std::size_t>(sample)]);
      EXPECT_EQ(rollout.values(0, sample), value(played, Eigen::Vector2f(1, static_cast<float>(t % 5))));
      if (t % 5 == 4) {
        EXPECT_EQ(rollout.final_values(0, sample), value(played, Eigen::Vector2f(1, 5)));
      }
    }
  EXPECT_EQ(rollout.last_values(0, 0), value(played, Eigen::Vector2f(1, 2)));
}

// Three shards: one thread plays each to its end, two take turns, four have one each.
TEST(Rollout, IsTheSameWithAnyNumberOfThreads) {
  const auto factory = [] { return std::make_unique<tests::Follow>(); };
  const Played one = play(factory, 11, 100, 1, true);
  for (const int threads : {2, 4}) {
    SCOPED_TRACE(threads);
    const Played several = play(factory, 11, 100, threads, true);
    EXPECT_EQ(one.rollout.actions, several.rollout.actions);
    EXPECT_EQ(one.rollout.observations, several.rollout.observations);
    EXPECT_TRUE((one.rollout.log_probability == several.rollout.log_probability).all());
    EXPECT_EQ(one.rollout.last_values, several.rollout.last_values);
    EXPECT_EQ(one.normaliser.moments.mean(), several.normaliser.moments.mean());
    EXPECT_EQ(one.normaliser.moments.variance(0), several.normaliser.moments.variance(0));
    EXPECT_EQ(one.normaliser.moments.count(), 1100);
  }
}

/// Follow, until it breaks at its third episode.
class Fragile final : public tests::Follow {
 protected:
  void start(envs::Random& random) override {
    if (++episodes_ == 3) throw std::runtime_error("broken");
    Follow::start(random);
  }

 private:
  int episodes_ = 0;
};

TEST(Rollout, OfAWorldThatThrowsEndsWithWhatItThrew) {
  for (const int threads : {1, 2, 4})
    EXPECT_THROW(play([] { return std::make_unique<Fragile>(); }, 11, 100, threads, false), std::runtime_error);
}

TEST(Rollout, EndsWhereANetworkGivesNumbersThatAreNotFinite) {
  const auto follow = [] { return std::make_unique<tests::Follow>(); };
  const envs::Spec spec = follow()->spec();
  for (const char* block : {"actor/2/bias", "critic/2/bias"}) {
    const ActorCritic networks(spec, {16, 16}, Activation::tanh, 1);
    Eigen::VectorXf parameters = networks.initial_parameters(1, 0);
    parameters[networks.layout.find(block).offset] = std::numeric_limits<float>::infinity();
    envs::VectorEnvironment worlds(follow, 4, 1);
    Collector collector(networks, spec, 4);
    Rollout rollout(spec, 4, 8, 1, false);
    envs::ThreadPool pool(1);
    const bool actor = std::string_view(block).starts_with("actor");
    EXPECT_THAT(
        [&] {
          collector.collect(networks, {parameters.data(), static_cast<std::size_t>(parameters.size())}, worlds, 1, 3,
                            nullptr, pool, rollout);
        },
        testing::ThrowsMessage<Diverged>(testing::HasSubstr(actor ? "The policy's outputs are not finite after 96 steps"
                                                                  : "The critic's values are not finite after 96")));
  }
}

TEST(Rollout, SamplesOfARolloutAreCountedIn64Bits) {
  EXPECT_EQ(samples_of(128, 16), 2048);
  EXPECT_EQ(samples_of(2'147'483'647, 1), 2'147'483'647);
  EXPECT_THAT([] { samples_of(65'536, 65'536); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("has 4294967296 samples")));
  const envs::Spec spec = tests::Follow().spec();
  EXPECT_THROW(Rollout(spec, 215, 10'000'000, 1, false), std::invalid_argument);
}

TEST(Rollout, UsesTheNormaliserFrozen) {
  const Played played = play([] { return std::make_unique<tests::Follow>(); }, 4, 50, 1, true);
  EXPECT_EQ(played.normaliser.frozen.mean[0], 0) << "nothing was frozen yet, so what was seen is raw";
  EXPECT_LE(played.rollout.observations.cwiseAbs().maxCoeff(), 0.8F);
}

TEST(Rollout, StoresContinuousActionsAsDrawn) {
  const Played played = play([] { return std::make_unique<tests::Follow>(); }, 4, 100, 1, false);
  EXPECT_GT(played.rollout.actions.cwiseAbs().maxCoeff(), 1.5F) << "beyond the box, with standard deviation 1";
}

TEST(Rollout, NeverDrawsAMaskedAction) {
  const Played played = play([] { return std::make_unique<tests::SidesBandit>(true); }, 4, 100, 1, false);
  EXPECT_EQ(played.rollout.masks.rows(), 3);
  EXPECT_EQ((played.rollout.actions.array() == 2).count(), 0);
  EXPECT_NEAR(played.rollout.log_probability.mean(), -0.693F, 0.02F) << "two legal actions";
}

}  // namespace
}  // namespace cairn::agents
