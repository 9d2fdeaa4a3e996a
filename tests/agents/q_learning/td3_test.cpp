#include "agents/q_learning/td3.h"

#include <gmock/gmock.h>

#include "../../allocation_counter.h"
#include "agents/training/evaluation.h"
#include "continuous_worlds.h"
#include "optim/partition.h"
#include "optim/restart.h"
#include "optim/sgd.h"
#include "reference.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

// A step of TD3, of DDPG, and of DDPG as hindsight has it, with bounds on the targets and a penalty on actions, against
// another library's automatic differentiation (tests/data/algorithms/README.md).
TEST(Td3Step, IsTheReferencesStep) {
  for (const reference::json& one : reference::cases("td3_step.json")) {
    const std::size_t critics = one.at("critics").size();
    for (const std::string after : {"after_sgd", "after_adam"}) {
      SCOPED_TRACE(one.at("kind").get<std::string>() + " " + after);
      Td3Options options{.hidden = {4, 4}};
      options.critics = static_cast<int>(critics);
      options.target_noise_clip = one.at("noise_clip").get<float>();
      options.action_penalty = one.at("action_l2").get<float>();
      if (!one.at("target_clip").is_null()) {
        options.target_low = one.at("target_clip")[0].get<float>();
        options.target_high = one.at("target_clip")[1].get<float>();
      }
      Transitions<double> batch = reference::transitions(one.at("batch"));
      Td3Step<double> step(3, 2, options, static_cast<int>(batch.size()));
      const optim::Layout& layout = step.layout();
      std::vector<double> parameters(static_cast<std::size_t>(layout.size)), gradient(parameters.size()),
          target(parameters.size());
      for (std::size_t i = 0; i < critics; ++i) {
        reference::put(one.at("critics")[i], layout, "critic/" + std::to_string(i), parameters);
        reference::put(one.at("target_critics")[i], layout, "critic/" + std::to_string(i), target);
      }
      reference::put(one.at("actor"), layout, "actor", parameters);
      reference::put(one.at("target_actor"), layout, "actor", target);
      step.noise = reference::columns(one.at("target_noise"));
      const auto optimizer =
          optim::bind_in_parts<double>(reference::rule(one, after), layout, {{"critic", {}}, {"actor", {}}});
      envs::ThreadPool pool(1);

      step.compute_targets(pool, target, batch);
      reference::expect_matrix(batch.ahead.bottomRows(2), reference::columns(one.at("next_actions")), "next actions");
      reference::expect_matrix(step.targets, reference::columns(one.at("y")), "y");
      const double critic_loss = step.critic_gradient(pool, parameters, batch, gradient);
      reference::expect_near(critic_loss, one.at("critic_loss").get<double>(), "critic loss");
      reference::expect_matrix(step.online.values, reference::matrix(one.at("q")), "q");
      for (std::size_t i = 0; i < critics; ++i)
        reference::expect_network(gradient, one.at("critic_gradients")[i], layout, "critic/" + std::to_string(i),
                                  "gradient of");
      optimizer->step_part("critic", parameters, gradient);

      const reference::json& then = one.at(after);
      const double actor_loss = step.actor_gradient(pool, parameters, batch, gradient);
      reference::expect_near(actor_loss, then.at("actor_loss").get<double>(), "actor loss");
      reference::expect_matrix(step.online.values.topRows(1), reference::matrix(then.at("actor_q")), "q of the actor");
      reference::expect_network(gradient, then.at("actor_gradient"), layout, "actor", "gradient of");
      optimizer->step_part("actor", parameters, gradient);
      move_towards<double>(parameters, one.at("tau").get<double>(), target);

      for (std::size_t i = 0; i < critics; ++i) {
        const std::string name = "critic/" + std::to_string(i);
        reference::expect_network(parameters, then.at("critics")[i], layout, name, "after the step");
        reference::expect_network(target, then.at("target_critics")[i], layout, name, "target after the step");
      }
      reference::expect_network(parameters, then.at("actor"), layout, "actor", "after the step");
      reference::expect_network(target, then.at("target_actor"), layout, "actor", "target after the step");
    }
  }
}

// Two critics that agree, and no noise, are one critic.
TEST(Td3Step, WithoutNoiseAndWithEqualCriticsIsDdpg) {
  constexpr int features = 2, components = 1, n = 5;
  Td3Step<double> two(features, components, {.hidden = {6}}, n),
      one(features, components, {.hidden = {6}, .critics = 1}, n);
  std::vector<double> single(static_cast<std::size_t>(one.layout().size));
  one.initialise(single, 3);
  std::vector<double> twins(single.begin(), single.begin() + static_cast<std::ptrdiff_t>(one.critics().size()));
  twins.insert(twins.end(), single.begin(), single.end());
  Transitions<double> batch(features, components, n);
  batch.here.setRandom();
  batch.ahead.setRandom();
  batch.rewards.setRandom();
  batch.discounts.setConstant(0.9);
  envs::ThreadPool pool(1);
  std::vector<double> twin_gradient(twins.size()), gradient(single.size());
  two.compute_targets(pool, twins, batch);
  one.compute_targets(pool, single, batch);
  EXPECT_TRUE((two.targets == one.targets).all());
  EXPECT_DOUBLE_EQ(two.critic_gradient(pool, twins, batch, twin_gradient),
                   2 * one.critic_gradient(pool, single, batch, gradient));
  EXPECT_EQ(two.actor_gradient(pool, twins, batch, twin_gradient), one.actor_gradient(pool, single, batch, gradient));
  EXPECT_TRUE(std::equal(gradient.begin(), gradient.end(),
                         twin_gradient.begin() + static_cast<std::ptrdiff_t>(one.critics().size())));
}

TEST(Td3Step, TheActorsGradientIsThatOfItsLoss) {
  constexpr int features = 3, components = 2, n = 6;
  Td3Step<double> step(features, components, {.hidden = {6, 5}, .activation = Activation::tanh, .action_penalty = 0.7F},
                       n);
  std::vector<double> parameters(static_cast<std::size_t>(step.layout().size)), gradient(parameters);
  step.initialise(parameters, 7);
  for (double& parameter : parameters) parameter *= 2;
  Transitions<double> batch(features, components, n);
  batch.here.setRandom();
  envs::ThreadPool pool(1);
  step.actor_gradient(pool, parameters, batch, gradient);
  const std::vector<double> expected = gradient;
  constexpr double h = 1e-6;
  for (std::size_t i = step.critics().size(); i < parameters.size(); ++i) {
    const double there = parameters[i];
    parameters[i] = there + h;
    const double above = step.actor_gradient(pool, parameters, batch, gradient);
    parameters[i] = there - h;
    const double below = step.actor_gradient(pool, parameters, batch, gradient);
    parameters[i] = there;
    EXPECT_NEAR(expected[i], (above - below) / (2 * h), 1e-7) << i;
  }
}

TEST(Td3, LearnsABanditWhoseBoundsAreNotAroundZero) {
  for (const Noise noise : {Noise::gaussian, Noise::held}) {
    Td3 agent(
        aside()->spec(),
        {.hidden = {32, 32}, .batch = 64, .learning_starts = 300, .tau = 0.02F, .noise = noise, .noise_std = 0.2F},
        adam(3e-3));
    learn(agent, aside, 8'000);
    for (const float target : {-0.6F, 0.0F, 0.7F}) EXPECT_NEAR(greedy(agent, target), 1.5F + target, 0.15F);
    EXPECT_EQ(agent.name(), "td3");
  }
}

TEST(Ddpg, LearnsItToo) {
  Td3Options options = ddpg_options();
  options.hidden = {32, 32};
  options.batch = 64;
  options.learning_starts = 300;
  options.tau = 0.02F;
  Td3 agent(aside()->spec(), options, adam(3e-3));
  learn(agent, aside, 8'000);
  for (const float target : {-0.6F, 0.0F, 0.7F}) EXPECT_NEAR(greedy(agent, target), 1.5F + target, 0.15F);
  EXPECT_EQ(agent.name(), "ddpg");
}

TEST(Td3, BootstrapsWhereTheHorizonCutsAndNotWhereTheWorldEnds) {
  // Reward 1 a step for ever: 1 / (1 - γ) = 5 where the horizon cuts each step, 1 where the world ends each.
  const Td3Options options{.hidden = {16}, .gamma = 0.8F, .batch = 32, .learning_starts = 100, .tau = 0.05F};
  Td3 on(pays_on()->spec(), options, adam(3e-3)), ends(pays_and_ends()->spec(), options, adam(3e-3));
  learn(on, pays_on, 4'000);
  learn(ends, pays_and_ends, 3'000);
  EXPECT_NEAR(value(on, Eigen::MatrixXf::Ones(1, 1)), 5, 0.25);
  EXPECT_NEAR(value(ends, Eigen::MatrixXf::Ones(1, 1)), 1, 0.1);
}

TEST(Td3, SwingsUpAPendulum) {
  Td3 agent(pendulum()->spec(), {.hidden = {64, 64}, .gamma = 0.98F, .batch = 64, .learning_starts = 500, .tau = 0.01F},
            adam(1e-3));
  learn(agent, pendulum, 8'000);
  envs::ThreadPool pool(1);
  EXPECT_GT(evaluate(agent.policy(), pendulum, {.episodes = 20, .seed = 9}, pool).mean_return, -300)
      << "a random policy has -1200";
}

TEST(Td3, HindsightFindsWhatChanceSeldomDoes) {
  const Td3Options options{.hidden = {32, 32},
                           .gamma = 0.9F,
                           .batch = 64,
                           .hindsight = true,
                           .learning_starts = 300,
                           .tau = 0.02F,
                           .target_low = 0,
                           .target_high = 1,
                           .noise_std = 0.2F};
  Td3 agent(reach()->spec(), options, adam(2e-3));
  learn(agent, reach, 8'000);
  envs::ThreadPool pool(1);
  EXPECT_GT(evaluate(agent.policy(), reach, {.episodes = 100, .seed = 9}, pool).success_rate, 0.9);
}

const Td3Options every_td3_option{.hidden = {16, 16},
                                  .memory = 2'000,
                                  .batch = 32,
                                  .n_step = 3,
                                  .prioritized = true,
                                  .hindsight = true,
                                  .learning_starts = 300,
                                  .train_frequency = 2,
                                  .gradient_steps = 3,
                                  .normalise_observations = true,
                                  .critic_norm = true,
                                  .critics = 3,
                                  .noise = Noise::ou,
                                  .noise_std = 0.5F};

// The actor moves at every second update of the critics: its rule takes half their steps, and its schedule has half the
// way to go.
TEST(Td3, ADelayedActorHasACountOfItsOwn) {
  Td3 agent(aside()->spec(), {.hidden = {8}, .batch = 16, .learning_starts = 100, .actor_delay = 2},
            adam().with_schedule(optim::linear()));
  const Telemetry telemetry = learn(agent, aside, 512);
  const std::int64_t updates = 413;  // from the hundredth step on
  EXPECT_EQ(telemetry.updates, updates);
  Archive archive;
  agent.save(archive);
  const auto counters = archive.get<std::int64_t>("optimizer/counters");
  // Of the whole: updates, skipped twice, a clock a block; then the critics' likewise, and the actor's.
  const auto blocks = static_cast<std::size_t>(agent.updater()->optimizer().layout().blocks.size());
  const std::size_t critic_blocks = blocks - 4;
  ASSERT_EQ(counters.size(), 3 + blocks + 3 + critic_blocks + 3 + 4);
  EXPECT_EQ(counters[3 + blocks], updates);
  EXPECT_EQ(counters[3 + blocks + 3 + critic_blocks], updates / 2);
  EXPECT_GT(metric(telemetry, "train/update_norm"), 0);
}

TEST(Td3, GoesOnToTheSameBitsAfterLoading) {
  envs::ThreadPool pool(1);
  Telemetry telemetry;
  const agents::Run run{.factory = reach, .environments = 4, .seed = 5, .total_steps = 20'000, .pool = &pool};
  const optim::Rule rule =
      optim::partition({{{"critic", optim::restart({.rule = adam(), .on = optim::RestartOn::target, .every = 50})},
                         {"rest", adam(3e-4).with_schedule(optim::linear())}}});
  Td3 whole(reach()->spec(), every_td3_option, rule), resumed(reach()->spec(), every_td3_option, rule);
  whole.begin(run);
  for (int i = 0; i < 4; ++i) whole.iterate(telemetry);
  Archive archive;
  whole.save(archive);
  resumed.begin(run);
  resumed.load(archive);
  expect_equal(state(whole), state(resumed));
  for (int i = 0; i < 3; ++i) {
    whole.iterate(telemetry);
    resumed.iterate(telemetry);
  }
  expect_equal(state(whole), state(resumed));
  EXPECT_EQ(whole.policy().parameters, resumed.policy().parameters);
}

TEST(Td3, ThreadsChangeNoBit) {
  std::vector<std::vector<Archive::Tensor>> states;
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    Td3 agent(reach()->spec(), every_td3_option, adam());
    train(agent, reach, pool, 2'000, 9);
    states.push_back(state(agent));
  }
  expect_equal(states[0], states[1]);
  expect_equal(states[0], states[2]);
}

TEST(Td3, AllocatesNothingOnceWarm) {
  envs::ThreadPool pool(2);
  Td3 agent(reach()->spec(), every_td3_option, adam());
  agent.begin({.factory = reach, .environments = 4, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
  Telemetry telemetry;
  telemetry.episodes.reserve(10'000);
  for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
  const long before = tests::allocations;
  for (int i = 0; i < 2; ++i) agent.iterate(telemetry);
  EXPECT_EQ(tests::allocations - before, 0);
}

TEST(Td3, CountsAndGivesUpOnValuesThatAreNotFinite) {
  const envs::EnvironmentFactory infinite = [] {
    return std::make_unique<tests::Pays>(true, std::numeric_limits<float>::infinity());
  };
  envs::ThreadPool pool(1);
  // Bounds on targets would make numbers of them.
  Td3 agent(infinite()->spec(), {.hidden = {8}, .batch = 16, .learning_starts = 100, .max_nonfinite = 7}, adam());
  agent.begin({.factory = infinite, .environments = 1, .seed = 1, .total_steps = 10'000, .pool = &pool});
  const Eigen::VectorXf before = agent.policy().parameters;
  Telemetry telemetry;
  EXPECT_THROW(agent.iterate(telemetry), Diverged);
  EXPECT_EQ(agent.policy().parameters, before);
}

TEST(Td3, RefusesOptionsAndWorldsThatDoNotSuit) {
  const envs::Spec spec = aside()->spec();
  const auto with = [&](const Td3Options& options) { Td3 agent(spec, options, adam()); };
  EXPECT_GT(optim::for_each_out_of_range(Td3Options{},
                                         [&](const auto& key, const Td3Options& options) {
                                           EXPECT_THROW(with(options), std::invalid_argument) << key;
                                         }),
            0);
  EXPECT_THROW(with({.target_low = 1, .target_high = 1}), std::invalid_argument);
  EXPECT_THROW(with({.hindsight = true}), std::invalid_argument) << "there are no goals";
  EXPECT_THAT([&] { Td3(bandit()->spec(), {}, adam()); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("'td3' needs continuous actions")));
  EXPECT_THROW(Td3(spec, {}, optim::partition({{{"temperature", adam()}, {"rest", adam()}}})), std::invalid_argument)
      << "there is none";
}

}  // namespace
}  // namespace cairn::agents
