#include "agents/policy_gradient/ppo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "../../allocation_counter.h"
#include "agents/policy_gradient/a2c.h"
#include "learning.h"
#include "memory/plain_bonus.h"
#include "optim/restart.h"
#include "optim/schedule.h"
#include "optim/sgd.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

TEST(Ppo, SolvesABandit) {
  envs::ThreadPool pool(1);
  Ppo agent(bandit()->spec(), {.rollout = 32, .minibatch = 64}, clipped_adam(3e-3));
  EXPECT_GT(mean_return(train(agent, bandit, pool, 10'000)), 0.98);
  EXPECT_EQ(greedy(agent, -1), 0);
  EXPECT_EQ(greedy(agent, 1), 1);
}

TEST(Ppo, LearnsAmongLegalActions) {
  envs::ThreadPool pool(1);
  Ppo agent(masked_bandit()->spec(), {.rollout = 32, .minibatch = 64}, clipped_adam(3e-3));
  tests::SidesBandit::illegal_actions = 0;
  EXPECT_GT(mean_return(train(agent, masked_bandit, pool, 10'000)), 0.98);
  EXPECT_EQ(tests::SidesBandit::illegal_actions, 0);
  Eigen::MatrixXf mask(3, 1);
  mask << 1, 1, 0;
  EXPECT_EQ(greedy(agent, 1, mask), 1);
}

TEST(Ppo, FollowsAContinuousTarget) {
  envs::ThreadPool pool(1);
  Ppo agent(follow()->spec(),
            {.rollout = 64,
             .minibatch = 64,
             .normalise_observations = true,
             .normalise_returns = true,
             .log_std_initial = -0.5F},
            clipped_adam(3e-3));
  const Telemetry telemetry = train(agent, follow, pool, 12'000);
  for (const float target : {-0.7F, 0.0F, 0.5F}) EXPECT_NEAR(greedy(agent, target), target, 0.1F);
  EXPECT_LT(metric(telemetry, "train/std"), 0.3);
  EXPECT_EQ(agent.policy().low[0], -1);
}

// One state, reward 1 a step for ever: 1 / (1 - γ) = 5, in whatever the critic counts.
TEST(Ppo, SaysByWhatItsRewardsAreScaled) {
  const envs::EnvironmentFactory timeless = [] { return std::make_unique<tests::Timeless>(); };
  envs::ThreadPool pool(1);
  for (const bool normalised : {false, true}) {
    Ppo agent(timeless()->spec(),
              {.hidden = {16},
               .rollout = 32,
               .minibatch = 64,
               .gamma = 0.8F,
               .normalise_returns = normalised,
               .reward_scale = 0.1F},
              clipped_adam(3e-3));
    train(agent, timeless, pool, 20'000);
    if (!normalised) {
      EXPECT_FLOAT_EQ(static_cast<float>(agent.reward_scale()), 0.1F);
    }
    const Policy critic = agent.critic().value();
    auto scratch = critic.scratch(1);
    const double value = static_cast<double>(critic.evaluate(Eigen::Vector2f(1, 0), scratch)(0, 0));
    EXPECT_NEAR(value / agent.reward_scale(), 5, 0.3) << (normalised ? "normalised" : "");
  }
}

TEST(Ppo, BalancesTheCartPole) {
  envs::ThreadPool pool(2);
  Ppo agent(cart_pole()->spec(), {.minibatch = 256, .gamma = 0.98F, .lambda = 0.9F}, clipped_adam(1e-3));
  const Telemetry telemetry = train(agent, cart_pole, pool, 80'000, 16);
  EXPECT_GT(mean_return(telemetry), 400);
  EXPECT_GT(telemetry.updates, 0);
  EXPECT_EQ(telemetry.steps, agent.steps());
  EXPECT_LT(metric(telemetry, "train/entropy"), 0.69);
  EXPECT_EQ(metric(telemetry, "train/learning_rate"), 1e-3);
}

const PpoOptions every_ppo_option{.hidden = {24, 16},
                                  .rollout = 32,
                                  .minibatch = 50,  // leaves a smaller last minibatch, and shards of odd width
                                  .epochs = 3,
                                  .entropy = 0.01F,
                                  .value_clip = 0.2F,
                                  .normalise_observations = true,
                                  .normalise_returns = true,
                                  .recompute_advantages = true,
                                  .gradient_shards = 3};

TEST(Ppo, SameBitsWithAnyNumberOfThreads) {
  for (const auto& factory : {cart_pole, follow}) {
    std::vector<std::vector<Archive::Tensor>> states;
    for (const int threads : {1, 2, 4}) {
      envs::ThreadPool pool(threads);
      Ppo agent(factory()->spec(), every_ppo_option, clipped_adam(1e-3));
      train(agent, factory, pool, 2000, 10);
      states.push_back(state(agent));
    }
    expect_equal(states[0], states[1]);
    expect_equal(states[0], states[2]);
  }
}

TEST(Ppo, ResumesToTheBit) {
  envs::ThreadPool pool(1);
  const auto make = [](const envs::EnvironmentFactory& factory, int which) -> std::unique_ptr<Agent> {
    const envs::Spec spec = factory()->spec();
    if (which == 0) return std::make_unique<Ppo>(spec, every_ppo_option, clipped_adam(1e-3));
    if (which == 1)
      return std::make_unique<A2c>(spec, A2cOptions{}, optim::restart({.rule = clipped_adam(1e-3), .every = 2}));
    return std::make_unique<Reinforce>(spec, ReinforceOptions{}, clipped_adam(1e-3));
  };
  for (const auto& factory : {cart_pole, follow, masked_bandit})
    for (int which = 0; which < 3; ++which) {
      const agents::Run run{.factory = factory, .environments = 6, .seed = 7, .total_steps = 10'000, .pool = &pool};
      Telemetry telemetry, resumed_telemetry;
      const auto whole = make(factory, which);
      whole->begin(run);
      for (int i = 0; i < 3; ++i) whole->iterate(telemetry);
      Archive half;
      whole->save(half);
      for (int i = 0; i < 3; ++i) whole->iterate(telemetry);

      const auto resumed = make(factory, which);
      resumed->begin(run);
      resumed->load(half);
      for (int i = 0; i < 3; ++i) resumed->iterate(resumed_telemetry);
      expect_equal(state(*whole), state(*resumed));
      ASSERT_EQ(telemetry.metrics.size(), resumed_telemetry.metrics.size());
      for (std::size_t i = 0; i < telemetry.metrics.size(); ++i)
        EXPECT_EQ(telemetry.metrics[i].value, resumed_telemetry.metrics[i].value) << telemetry.metrics[i].name;
      EXPECT_EQ(telemetry.updates, resumed_telemetry.updates);
      EXPECT_EQ(whole->steps(), resumed->steps());
    }
}

TEST(Ppo, RefusesACheckpointOfAnotherShape) {
  envs::ThreadPool pool(1);
  Ppo agent(bandit()->spec(), {}, clipped_adam(1e-3));
  const agents::Run run{.factory = bandit, .environments = 2, .seed = 1, .total_steps = 100, .pool = &pool};
  agent.begin(run);
  Archive archive;
  agent.save(archive);
  Ppo wider(bandit()->spec(), {.hidden = {65, 64}}, clipped_adam(1e-3));
  wider.begin(run);
  EXPECT_THROW(wider.load(archive), std::runtime_error);
  Ppo faster(bandit()->spec(), {}, clipped_adam(2e-3));
  faster.begin(run);
  EXPECT_THROW(faster.load(archive), std::runtime_error);
}

TEST(Ppo, SkipsGradientsThatAreNotFiniteThenStops) {
  const envs::EnvironmentFactory broken = [] {
    return std::make_unique<tests::OneState>(5, std::numeric_limits<float>::infinity());
  };
  envs::ThreadPool pool(1);
  Ppo agent(broken()->spec(), {.rollout = 16, .minibatch = 32, .epochs = 1, .max_nonfinite = 10}, clipped_adam(1e-3));
  agent.begin({.factory = broken, .environments = 4, .seed = 1, .total_steps = 1000, .pool = &pool});
  const Eigen::VectorXf before = agent.policy().parameters;
  Telemetry telemetry;
  for (int i = 0; i < 4; ++i) agent.iterate(telemetry);  // two updates each
  EXPECT_EQ(metric(telemetry, "train/skipped_updates"), 8);
  EXPECT_EQ(telemetry.updates, 0);
  EXPECT_EQ(agent.policy().parameters, before);
  EXPECT_THROW(agent.iterate(telemetry), Diverged);
  EXPECT_EQ(agent.policy().parameters, before);
}

TEST(Ppo, EndsTheRunWithinAnUpdateAtWeightsThatAreNotFinite) {
  for (const int threads : {1, 2}) {  // with two, an update's parameters move when the next one begins
    envs::ThreadPool pool(threads);
    Ppo agent(bandit()->spec(), {.rollout = 32, .minibatch = 32}, optim::sgd({.lr = 1e300}));
    agent.begin({.factory = bandit, .environments = 4, .seed = 1, .total_steps = 1000, .pool = &pool});
    Telemetry telemetry;
    EXPECT_THAT([&] { agent.iterate(telemetry); },
                testing::ThrowsMessage<Diverged>(testing::HasSubstr("are not finite after 128 steps")));
    EXPECT_EQ(agent.updater()->optimizer().updates(), 1);
    Archive archive;
    EXPECT_THROW(agent.policy().save(archive), Diverged) << "nothing to write";
  }
}

TEST(Ppo, LooksAtWeightsThatTwoThreadsMoveLater) {
  envs::ThreadPool pool(2);
  const optim::Rule rule =
      optim::sgd({.lr = 1e300}).with_schedule(optim::warmup({.steps = 1, .start_factor = 0, .then = {}}));
  for (const int epochs : {2, 3}) {  // the second update, the first of rate above 0, is the last one, or is not
    Ppo agent(bandit()->spec(), {.rollout = 32, .minibatch = 128, .epochs = epochs}, rule);
    agent.begin({.factory = bandit, .environments = 4, .seed = 1, .total_steps = 1000, .pool = &pool});
    Telemetry telemetry;
    EXPECT_THAT([&] { agent.iterate(telemetry); },
                testing::ThrowsMessage<Diverged>(testing::HasSubstr("are not finite after 128 steps")));
    EXPECT_EQ(agent.updater()->optimizer().updates(), 2);
  }
}

TEST(Ppo, StopsAnIterationAtTheTargetDivergence) {
  envs::ThreadPool pool(1);
  const auto updates = [&](float target_kl) {
    Ppo agent(bandit()->spec(), {.rollout = 32, .minibatch = 64, .target_kl = target_kl}, clipped_adam(1e-2));
    return train(agent, bandit, pool, 2560).updates;
  };
  EXPECT_EQ(updates(0), 10 * 8 * 4);
  EXPECT_LT(updates(0.01F), 10 * 8 * 4);
  EXPECT_GE(updates(0.01F), 10);
}

/// Pays every sample a fixed bonus and counts its calls.
class FixedBonus : public tests::PlainBonus {
 public:
  float gamma() const override { return 0.5F; }
  float coefficient() const override { return 2; }
  void pay(const Visits& visits, std::span<float> bonuses) override {
    EXPECT_EQ(bonuses.size(), static_cast<std::size_t>(visits.size()));
    for (std::size_t i = 0; i < bonuses.size(); ++i)  // for moving left, wherever it is right to
      bonuses[i] = visits.actions(0, static_cast<Eigen::Index>(i)) == 0 ? 3.0F : 0.0F;
    ++computed;
  }
  void learn(const Visits&) override { ++learned; }
  int computed = 0, learned = 0;
};

TEST(Ppo, ABonusWithItsOwnValueHeadMovesThePolicy) {
  envs::ThreadPool pool(1);
  const auto bonus = std::make_shared<FixedBonus>();
  Ppo agent(bandit()->spec(), {.rollout = 32, .minibatch = 64}, clipped_adam(3e-3), bonus);
  const Telemetry telemetry = train(agent, bandit, pool, 10'240);
  EXPECT_EQ(bonus->computed, 40);
  EXPECT_EQ(bonus->learned, 40);
  EXPECT_EQ(greedy(agent, -1), 0);
  EXPECT_EQ(greedy(agent, 1), 0) << "the bonus outweighs the reward";
  EXPECT_GT(metric(telemetry, "train/bonus"), 2.5);
}

TEST(Ppo, SchedulesOfClipAndEntropyRunOverTheRun) {
  envs::ThreadPool pool(1);
  const auto options = [](const optim::Schedule& clip, const optim::Schedule& entropy) {
    return PpoOptions{.rollout = 32,
                      .minibatch = 64,
                      .epochs = 2,
                      .clip = 0.1F,
                      .entropy = 0.05F,
                      .clip_schedule = clip,
                      .entropy_schedule = entropy};
  };
  const auto trained = [&](const PpoOptions& chosen, int iterations) {
    Ppo agent(cart_pole()->spec(), chosen, clipped_adam(3e-3));
    agent.begin({.factory = cart_pole, .environments = 4, .seed = 3, .total_steps = 10 * 128, .pool = &pool});
    Telemetry telemetry;
    for (int i = 0; i < iterations; ++i) agent.iterate(telemetry);
    return agent.policy().parameters;
  };
  PpoOptions halved = options({}, {});
  halved.clip /= 2;
  halved.entropy /= 2;
  const optim::Schedule half = optim::constant({.factor = 0.5, .total_iters = 1'000});
  EXPECT_EQ(trained(options(half, half), 3), trained(halved, 3)) << "half of it throughout";
  EXPECT_NE(trained(options(half, {}), 3), trained(options({}, half), 3));
  // A straight line over the run's 10 iterations of 4 updates: from the sixth on half of it and less.
  EXPECT_EQ(trained(options(optim::linear(), {}), 1), trained(options({}, {}), 1)) << "it begins at the whole";
  EXPECT_EQ(trained(options(optim::linear(), {}), 10), trained(options(optim::linear({.total_iters = 40}), {}), 10));
  EXPECT_NE(trained(options({}, optim::linear()), 10), trained(options({}, {}), 10));
}

TEST(Ppo, ItsCriticIsTheHeadOfTheRewardsAlone) {
  envs::ThreadPool pool(1);
  Ppo agent(follow()->spec(), {.hidden = {8, 8}, .rollout = 32, .minibatch = 64}, clipped_adam(3e-3),
            std::make_shared<FixedBonus>());
  train(agent, follow, pool, 1024);
  const Policy critic = *agent.critic();
  Archive archive;
  agent.save(archive);
  Policy both = critic;  // with both heads, as the checkpoint has them
  both.shape.outputs = 2;
  std::vector<float> all;
  for (const char* layer : {"0", "1", "2"})
    for (const char* what : {"/weight", "/bias"})
      for (const float value : archive.get<float>(std::string("parameters/critic/") + layer + what))
        all.push_back(value);
  both.parameters = Eigen::Map<Eigen::VectorXf>(all.data(), static_cast<Eigen::Index>(all.size()));
  Policy::Scratch one = critic.scratch(4), two = both.scratch(4);
  const Eigen::MatrixXf seen = Eigen::MatrixXf::Random(critic.shape.inputs, 4);
  EXPECT_TRUE(critic.evaluate(seen, one).isApprox(both.evaluate(seen, two).row(0)));
}

TEST(Ppo, AllocatesNothingOnceWarm) {
  for (const auto& factory : {cart_pole, follow, masked_bandit}) {
    envs::ThreadPool pool(2);
    PpoOptions options = every_ppo_option;
    Ppo agent(factory()->spec(), options, clipped_adam(1e-3));
    agent.begin({.factory = factory, .environments = 8, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
    Telemetry telemetry;
    telemetry.episodes.reserve(10'000);
    for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
    const long before = tests::allocations;
    for (int i = 0; i < 5; ++i) agent.iterate(telemetry);
    EXPECT_EQ(tests::allocations - before, 0);
  }
}

TEST(Ppo, RefusesOptionsOutOfRangeAndWorldsItWasNotMadeFor) {
  const envs::Spec spec = bandit()->spec();
  const auto with = [&](PpoOptions options) { Ppo agent(spec, options, clipped_adam(1e-3)); };
  EXPECT_THROW(with({.hidden = {0}}), std::invalid_argument);
  EXPECT_THROW(with({.rollout = 0}), std::invalid_argument);
  EXPECT_THROW(with({.minibatch = 0}), std::invalid_argument);
  EXPECT_THROW(with({.epochs = 0}), std::invalid_argument);
  EXPECT_THROW(with({.gamma = 1.5F}), std::invalid_argument);
  EXPECT_THROW(with({.lambda = -1}), std::invalid_argument);
  EXPECT_THROW(with({.clip = NAN}), std::invalid_argument);
  EXPECT_THROW(with({.gradient_shards = 0}), std::invalid_argument);
  EXPECT_GT(optim::for_each_out_of_range(PpoOptions{},
                                         [&](const auto& key, const PpoOptions& options) {
                                           EXPECT_THROW(with(options), std::invalid_argument) << key;
                                         }),
            0);
  envs::ThreadPool pool(1);
  Ppo agent(spec, {}, clipped_adam(1e-3));
  EXPECT_THROW(agent.begin({.factory = follow, .environments = 1, .seed = 1, .total_steps = 1, .pool = &pool}),
               std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
