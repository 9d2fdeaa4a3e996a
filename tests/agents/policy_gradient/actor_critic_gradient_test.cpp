#include "agents/policy_gradient/actor_critic_gradient.h"

#include <gtest/gtest.h>

#include <numeric>

#include "agents/memory/collector.h"
#include "envs/classic/cart_pole.h"
#include "learning.h"

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

  LossSums compute(int shards, int threads, std::span<const int> samples, Eigen::VectorXf& gradient) const {
    ActorCriticGradient by_parameters(networks, spec, shards, static_cast<int>(samples.size()));
    envs::ThreadPool pool(threads);
    gradient.setConstant(parameters.size(), NAN);
    return by_parameters.compute(
        all(), rollout, samples,
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
        pool, {gradient.data(), all().size()});
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

TEST(ActorCriticGradient, SameBitsWithAnyNumberOfThreads) {
  for (const auto& factory : {cart_pole, follow, masked_bandit}) {
    const Experience experience(factory);
    for (const int shards : {1, 2, 3, 5}) {
      Eigen::VectorXf alone, together;
      const LossSums sums = experience.compute(shards, 1, every(47), alone);
      EXPECT_TRUE(alone.allFinite()) << "every parameter has a derivative";
      for (const int threads : {2, 4, 7}) {
        const LossSums others = experience.compute(shards, threads, every(47), together);
        EXPECT_EQ(alone, together) << shards << " shards, " << threads << " threads";
        EXPECT_EQ(sums.policy, others.policy);
        EXPECT_EQ(sums.value, others.value);
        EXPECT_EQ(sums.entropy, others.entropy);
      }
    }
  }
}

TEST(ActorCriticGradient, IsTheMeanOverSamplesHoweverTheyAreCut) {
  const Experience experience(follow);
  const std::vector<int> samples = every(20);
  Eigen::VectorXf one, mean = Eigen::VectorXf::Zero(experience.parameters.size()), whole;
  LossSums sums;
  for (const int& sample : samples) {
    sums += experience.compute(1, 1, {&sample, 1}, one);
    mean += one / 20;
  }
  for (const int shards : {1, 3, 4}) {
    const LossSums at_once = experience.compute(shards, 2, samples, whole);
    EXPECT_TRUE(whole.isApprox(mean, 1e-5F)) << shards << " shards";
    EXPECT_NEAR(at_once.weight, sums.weight, 1e-4);
    EXPECT_NEAR(at_once.policy, sums.policy, 1e-4);
    EXPECT_NEAR(at_once.value, sums.value, 1e-4);
  }
}

// The critic's value at each place that a rollout keeps a value of: where it passed, where the horizon cut an episode,
// where it stands now.
TEST(ActorCriticGradient, RevaluesByTheCriticAtTheParameters) {
  Experience experience(follow);
  ActorCriticGradient gradient(experience.networks, experience.spec, 3, 7);
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
    gradient.revalue(experience.all(), present, nullptr, pool, rollout);
    EXPECT_EQ(rollout.values, value(rollout.observations));
    EXPECT_EQ(rollout.final_values.col(12), value(rollout.next_observations.col(12)));
    EXPECT_EQ(rollout.final_values.col(11), Eigen::VectorXf::Zero(2));
    EXPECT_EQ(rollout.last_values, value(present));
  }
}

}  // namespace
}  // namespace cairn::agents
