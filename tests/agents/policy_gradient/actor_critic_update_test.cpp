#include "agents/policy_gradient/actor_critic_update.h"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

#include "agents/memory/collector.h"
#include "envs/classic/cart_pole.h"
#include "learning.h"
#include "optim/restart.h"
#include "optim/sgd.h"

namespace cairn::agents {
namespace {

/// A rollout of a world with what a gradient over it takes.
struct Experience {
  explicit Experience(const envs::EnvironmentFactory& factory)
      : spec(factory()->spec()),
        networks(spec, {12, 8}, Activation::tanh, 2),
        parameters(networks.initial_parameters(5, -0.5F)),
        rollout(spec, environments, 10, 2, true) {
    envs::VectorEnvironment worlds(factory, environments, 3);
    envs::ThreadPool alone(1);
    Collector(networks, spec, environments).collect(networks, all(), worlds, 3, 0, nullptr, alone, rollout);
    rollout.advantage.setRandom();
    rollout.returns.setRandom();
    rollout.weight = 1.5F + Eigen::ArrayXf::Random(rollout.size());
  }

  std::span<const float> all() const { return {parameters.data(), static_cast<std::size_t>(parameters.size())}; }

  /// Parameters after `updates` steps of gradient descent.
  Eigen::VectorXf descend(const optim::Rule& rule, int shards, int threads, std::span<const int> samples, int updates,
                          LossSums* sums = nullptr) const {
    ActorCriticUpdate update(networks, spec, shards, static_cast<int>(samples.size()));
    Updater updater(rule, networks.layout, {}, 1);
    envs::ThreadPool pool(threads);
    Eigen::VectorXf moved = parameters;
    for (int i = 0; i < updates; ++i) {
      const ActorCriticUpdate::Outcome outcome = update.run(
          {moved.data(), all().size()}, updater, rollout, samples,
          [](ActorShard& shard, float scale) {
            const Eigen::Index n = shard.size;
            const auto weight = shard.weight.head(n);
            score_function<float>(shard.distribution.log_probability().head(n), shard.advantage.head(n), weight, scale,
                                  shard.d_log_probability.head(n), shard.sums);
            shard.d_entropy.head(n) = -0.1F * scale * weight;
          },
          [](CriticShard& shard, float scale) {
            const Eigen::Index n = shard.size;
            value_loss<float>(shard.values.leftCols(n), shard.old_values.leftCols(n), shard.returns.leftCols(n),
                              shard.weight.head(n), 0, scale, shard.d_values.leftCols(n), shard.sums);
          },
          0, pool);
      EXPECT_TRUE(outcome.applied);
      if (sums != nullptr) *sums += outcome.sums;
    }
    update.finish({moved.data(), all().size()}, updater, 0);
    return moved;
  }
  /// The gradient by all parameters: what a step of rate 1 takes away.
  Eigen::VectorXf gradient(int shards, int threads, std::span<const int> samples, LossSums* sums = nullptr) const {
    return parameters - descend(optim::sgd({.lr = 1}), shards, threads, samples, 1, sums);
  }

  static constexpr int environments = 5;
  envs::Spec spec;
  ActorCritic networks;
  Eigen::VectorXf parameters;
  Rollout rollout;
};

std::vector<int> every(int count) {
  std::vector<int> samples(static_cast<std::size_t>(count));
  std::iota(samples.begin(), samples.end(), 0);
  return samples;
}

// With two threads by a step that is divided, where the rule can be; with more by groups of shards.
TEST(ActorCriticUpdate, SameBitsWithAnyNumberOfThreads) {
  const optim::Rule adam = clipped_adam(1e-2), whole = optim::restart({.rule = clipped_adam(1e-2), .every = 2});
  for (const auto& factory : {cart_pole, follow, masked_bandit}) {
    const Experience experience(factory);
    for (const optim::Rule& rule : {adam, whole})
      for (const int shards : {1, 2, 3, 5}) {
        LossSums sums;
        const Eigen::VectorXf alone = experience.descend(rule, shards, 1, every(47), 6, &sums);
        EXPECT_TRUE(alone.allFinite());
        for (const int threads : {2, 3, 4, 7}) {
          LossSums others;
          EXPECT_EQ(experience.descend(rule, shards, threads, every(47), 6, &others), alone)
              << rule.description() << ", " << shards << " shards, " << threads << " threads";
          EXPECT_EQ(sums.policy, others.policy);
          EXPECT_EQ(sums.value, others.value);
          EXPECT_EQ(sums.entropy, others.entropy);
        }
      }
  }
}

TEST(ActorCriticUpdate, GoesDownTheMeanGradientOfItsSamplesHoweverTheyAreCut) {
  const Experience experience(follow);
  const std::vector<int> samples = every(20);
  Eigen::VectorXf mean = Eigen::VectorXf::Zero(experience.parameters.size());
  LossSums sums;
  for (const int& sample : samples) mean += experience.gradient(1, 1, {&sample, 1}, &sums) / 20;
  for (const int shards : {1, 3, 4}) {
    LossSums at_once;
    EXPECT_TRUE(experience.gradient(shards, 2, samples, &at_once).isApprox(mean, 1e-4F)) << shards << " shards";
    EXPECT_NEAR(at_once.weight, sums.weight, 1e-4);
    EXPECT_NEAR(at_once.policy, sums.policy, 1e-4);
    EXPECT_NEAR(at_once.value, sums.value, 1e-4);
  }
}

// The critic's value at each place that a rollout keeps a value of: where it passed, where the horizon cut an episode,
// where it stands now.
TEST(ActorCriticUpdate, EndsWhereANetworksOutputsAreNotFinite) {
  for (const char* block : {"actor/2/bias", "critic/2/bias"}) {
    Experience experience(cart_pole);
    experience.parameters[experience.networks.layout.find(block).offset] = std::numeric_limits<float>::infinity();
    EXPECT_THROW(experience.gradient(2, 1, every(47)), Diverged) << block << ": at once, and is not skipped";
  }
}

TEST(ActorCriticUpdate, RevaluesByTheCriticAtTheParameters) {
  Experience experience(follow);
  ActorCriticUpdate update(experience.networks, experience.spec, 3, 7);
  Rollout& rollout = experience.rollout;
  std::ranges::fill(rollout.truncated, 0);
  rollout.truncated[12] = 1;
  const Eigen::MatrixXf present = Eigen::MatrixXf::Random(experience.spec.observation_size(), Experience::environments);
  const auto value = [&](const Eigen::MatrixXf& at) {
    auto scratch = experience.networks.critic.scratch(static_cast<int>(at.cols()));
    return Eigen::MatrixXf(experience.networks.critic.forward(experience.all(), at, scratch));
  };
  experience.parameters *= 1.1F;
  for (const int threads : {1, 3}) {
    envs::ThreadPool pool(threads);
    rollout.values.setZero();
    rollout.final_values.setZero();
    rollout.last_values.setZero();
    update.revalue(experience.all(), present, nullptr, pool, rollout);
    EXPECT_EQ(rollout.values, value(rollout.observations));
    EXPECT_EQ(rollout.final_values.col(12), value(rollout.next_observations.col(12)));
    EXPECT_EQ(rollout.final_values.col(11), Eigen::VectorXf::Zero(2));
    EXPECT_EQ(rollout.last_values, value(present));
  }
}

}  // namespace
}  // namespace cairn::agents
