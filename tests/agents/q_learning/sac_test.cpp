#include "agents/q_learning/sac.h"

#include <gmock/gmock.h>

#include "../../allocation_counter.h"
#include "agents/training/evaluation.h"
#include "continuous_worlds.h"
#include "envs/box2d/lander.h"
#include "optim/partition.h"
#include "optim/restart.h"
#include "optim/sgd.h"
#include "reference.h"
#include "tests/optim/out_of_range.h"

namespace cairn::agents {
namespace {

double success_rate(const Agent& agent, const envs::EnvironmentFactory& factory) {
  envs::ThreadPool pool(1);
  return evaluate(agent.policy(), factory, {.episodes = 100, .seed = 9}, pool).success_rate;
}

// One whole step against another library's automatic differentiation (tests/data/algorithms/README.md).
TEST(SacStep, IsTheReferencesStep) {
  for (const reference::json& one : reference::cases("sac_step.json")) {
    // LayerNorm's ε, a constant in single precision, is 1e-5 to nine digits only.
    reference::tolerance = one.at("layer_norm").get<bool>() ? 1e-11 : 1e-12;
    for (const std::string after : {"after_sgd", "after_adam"}) {
      SCOPED_TRACE(after);
      SacOptions options{.hidden = {4, 4}, .critic_norm = one.at("layer_norm").get<bool>()};
      options.actor_value = one.at("actor_uses") == "min" ? ActorValue::min : ActorValue::mean;
      options.backup_entropy = one.at("backup_entropy").get<bool>();
      Transitions<double> batch = reference::transitions(one.at("batch"));
      SacStep<double> step(3, 2, options, static_cast<int>(batch.size()));
      const optim::Layout& layout = step.layout();
      std::vector<double> parameters(static_cast<std::size_t>(layout.size)), gradient(parameters.size()),
          target(step.critics().size());
      for (const std::size_t i : {0U, 1U}) {
        const std::string name = "critic/" + std::to_string(i);
        reference::put(one.at("critics")[i], layout, name, parameters);
        reference::put(one.at("targets")[i], layout, name, target);
      }
      reference::put(one.at("actor"), layout, "actor", parameters);
      parameters.back() = one.at("log_alpha").get<double>();
      step.next.noise = reference::columns(one.at("next_noise"));
      step.now.noise = reference::columns(one.at("noise"));
      const auto optimizer = optim::bind_in_parts<double>(reference::rule(one, after), layout,
                                                          {{"critic", {}}, {"actor", {}}, {"temperature", {}}});
      envs::ThreadPool pool(1);

      step.compute_targets(pool, parameters, target, batch);
      reference::expect_matrix(step.next.actions, reference::columns(one.at("next_actions")), "next actions");
      reference::expect_matrix(step.next.log_densities, reference::columns(one.at("next_log_prob")), "log densities");
      reference::expect_matrix(step.targets, reference::columns(one.at("y")), "y");
      const double critic_loss = step.critic_gradient(pool, parameters, batch, gradient);
      reference::expect_near(critic_loss, one.at("critic_loss").get<double>(), "critic loss");
      reference::expect_matrix(step.online.values, reference::matrix(one.at("q")), "q");
      for (const std::size_t i : {0U, 1U})
        reference::expect_network(gradient, one.at("critic_gradients")[i], layout, "critic/" + std::to_string(i),
                                  "gradient of");
      optimizer->step_part("critic", parameters, gradient);

      const reference::json& then = one.at(after);
      const double actor_loss = step.actor_gradient(pool, parameters, batch, gradient);
      reference::expect_near(actor_loss, then.at("actor_loss").get<double>(), "actor loss");
      reference::expect_matrix(step.now.log_densities, reference::columns(then.at("log_prob")), "log densities");
      reference::expect_matrix(step.online.values, reference::matrix(then.at("actor_q")), "q of the actor");
      reference::expect_network(gradient, then.at("actor_gradient"), layout, "actor", "gradient of");
      optimizer->step_part("actor", parameters, gradient);
      step.temperature_gradient(gradient);
      reference::expect_near(gradient.back(), then.at("d_log_alpha").get<double>(), "gradient of log alpha");
      optimizer->step_part("temperature", parameters, gradient);
      move_towards<double>(parameters, one.at("tau").get<double>(), target);

      for (const std::size_t i : {0U, 1U}) {
        const std::string name = "critic/" + std::to_string(i);
        reference::expect_network(parameters, then.at("critics")[i], layout, name, "after the step");
        reference::expect_network(target, then.at("targets")[i], layout, name, "target after the step");
      }
      reference::expect_network(parameters, then.at("actor"), layout, "actor", "after the step");
      reference::expect_near(parameters.back(), then.at("log_alpha").get<double>(), "log alpha after the step");
    }
  }
  reference::tolerance = 1e-12;
}

/// A step over random numbers, in double precision.
struct RandomStep {
  static constexpr int features = 3, components = 2, n = 6;
  SacStep<double> step;
  std::vector<double> parameters, gradient;
  Transitions<double> batch{features, components, n};
  envs::ThreadPool pool{1};

  explicit RandomStep(const SacOptions& options)
      : step(features, components, options, n),
        parameters(static_cast<std::size_t>(step.layout().size)),
        gradient(parameters) {
    step.initialise(parameters, 7);
    for (double& parameter : parameters) parameter *= 2;
    batch.here.setRandom();
    batch.ahead.setRandom();
    batch.rewards.setRandom();
    step.now.noise.setRandom();
    step.next.noise.setRandom();
  }
};

TEST(SacStep, TheActorsGradientIsThatOfItsLoss) {
  for (const ActorValue value : {ActorValue::min, ActorValue::mean}) {
    RandomStep one({.hidden = {6, 5}, .activation = Activation::tanh, .critics = 3, .actor_value = value});
    one.step.actor_gradient(one.pool, one.parameters, one.batch, one.gradient);
    const std::vector<double> gradient = one.gradient;
    constexpr double h = 1e-6;
    int checked = 0;
    for (const optim::Block& block : one.step.layout().blocks) {
      if (!block.has_tag("actor")) continue;
      for (auto i = static_cast<std::size_t>(block.offset); i < static_cast<std::size_t>(block.offset + block.size());
           ++i, ++checked) {
        const double there = one.parameters[i];
        one.parameters[i] = there + h;
        const double above = one.step.actor_gradient(one.pool, one.parameters, one.batch, one.gradient);
        one.parameters[i] = there - h;
        const double below = one.step.actor_gradient(one.pool, one.parameters, one.batch, one.gradient);
        one.parameters[i] = there;
        EXPECT_NEAR(gradient[i], (above - below) / (2 * h), 1e-7) << block.name;
      }
    }
    EXPECT_GT(checked, 50);
  }
}

TEST(SacStep, TheTemperatureRisesWhereEntropyIsWanting) {
  RandomStep one({.hidden = {6}, .target_entropy = 10});
  one.step.actor_gradient(one.pool, one.parameters, one.batch, one.gradient);
  one.step.temperature_gradient(one.gradient);
  EXPECT_NEAR(one.gradient.back(), one.step.entropy() - 20, 1e-12) << "two components of 10 nats";
  EXPECT_LT(one.gradient.back(), 0) << "down the gradient is up";
}

TEST(SacStep, AnEndIsWorthNothingEvenWhereItsValueIsNotFinite) {
  RandomStep one({.hidden = {6}});
  one.batch.discounts.setZero();
  one.batch.ahead(0, 0) = 1e308;
  const std::vector<double> target(one.parameters.begin(),
                                   one.parameters.begin() + static_cast<std::ptrdiff_t>(one.step.critics().size()));
  one.step.compute_targets(one.pool, one.parameters, target, one.batch);
  EXPECT_TRUE((one.step.targets == one.batch.rewards).all());
}

TEST(Sac, LearnsABanditWhoseBoundsAreNotAroundZero) {
  Sac agent(aside()->spec(), {.hidden = {32, 32}, .batch = 64, .learning_starts = 300, .tau = 0.02F}, adam(3e-3));
  learn(agent, aside, 8'000);
  for (const float target : {-0.6F, 0.0F, 0.7F}) EXPECT_NEAR(greedy(agent, target), 1.5F + target, 0.15F);
}

TEST(Sac, BootstrapsWhereTheHorizonCutsAndNotWhereTheWorldEnds) {
  // Reward 1 a step for ever: 1 / (1 - γ) = 5 where the horizon cuts each step, 1 where the world ends each.
  const SacOptions options{.hidden = {16},
                           .gamma = 0.8F,
                           .batch = 32,
                           .learning_starts = 100,
                           .tau = 0.05F,
                           .temperature = 1e-6F,
                           .tune_temperature = false};
  Sac on(pays_on()->spec(), options, adam(3e-3)), ends(pays_and_ends()->spec(), options, adam(3e-3));
  learn(on, pays_on, 3'000);
  learn(ends, pays_and_ends, 3'000);
  EXPECT_NEAR(value(on, Eigen::MatrixXf::Ones(1, 1)), 5, 0.25);
  EXPECT_NEAR(value(ends, Eigen::MatrixXf::Ones(1, 1)), 1, 0.1);
}

// Where all actions are worth the same, the policy comes near the uniform one, whose entropy is k log 2, more than the
// target: the temperature falls without end.
TEST(Sac, IsNearlyUniformWhereNothingMattersAndLowersTheTemperature) {
  Sac agent(pays_and_ends()->spec(), {.hidden = {16}, .batch = 64, .learning_starts = 100}, adam(3e-3));
  const Telemetry telemetry = learn(agent, pays_and_ends, 1'200);
  const double entropy = metric(telemetry, "train/entropy");
  EXPECT_GT(entropy, 2 * std::log(2.0) - 0.3);
  EXPECT_LT(entropy, 2 * std::log(2.0) + 0.1);
  EXPECT_LT(metric(telemetry, "train/temperature"), 0.1);
}

TEST(Sac, HoldsTheEntropyAtItsTarget) {
  Sac agent(aside()->spec(), {.hidden = {32, 32}, .batch = 64, .learning_starts = 300, .target_entropy = -0.5F},
            adam(3e-3));
  const Telemetry telemetry = learn(agent, aside, 8'000);
  EXPECT_NEAR(metric(telemetry, "train/entropy"), -0.5, 0.25);
}

TEST(Sac, SwingsUpAPendulum) {
  Sac agent(pendulum()->spec(), {.hidden = {64, 64}, .batch = 64, .learning_starts = 500, .tau = 0.01F}, adam(1e-3));
  learn(agent, pendulum, 6'000);
  envs::ThreadPool pool(1);
  EXPECT_GT(evaluate(agent.policy(), pendulum, {.episodes = 20, .seed = 9}, pool).mean_return, -300)
      << "a random policy has -1200";
}

TEST(Sac, HindsightFindsWhatChanceSeldomDoes) {
  const SacOptions options{.hidden = {32, 32},
                           .gamma = 0.9F,
                           .batch = 64,
                           .hindsight = true,
                           .learning_starts = 300,
                           .tau = 0.02F,
                           .temperature = 0.05F,
                           .backup_entropy = false};
  Sac agent(reach()->spec(), options, adam(2e-3));
  learn(agent, reach, 8'000);
  EXPECT_GT(success_rate(agent, reach), 0.9);
}

TEST(Sac, LearnsFromDemonstrationsInTheWorldsUnits) {
  // Shown are actions all over [0, 4] with what they were paid; nothing else is drawn.
  std::vector<Demonstration> shown;
  envs::Random random(1, envs::Stream::demonstration);
  for (int i = 0; i < 300; ++i) {
    const float target = random.uniform(-0.8F, 0.8F), action = random.uniform(0, 4), error = action - 1.5F - target;
    shown.push_back({.observations = Eigen::MatrixXf::Constant(1, 2, target),
                     .actions = Eigen::MatrixXf::Constant(1, 1, action),
                     .rewards = Eigen::VectorXf::Constant(1, -error * error),
                     .terminated = true,
                     .success = true});
  }
  Sac agent(aside()->spec(),
            {.hidden = {32, 32}, .batch = 64, .demonstration_fraction = 1, .learning_starts = 0, .tau = 0.02F},
            adam(3e-3), shown);
  learn(agent, aside, 3'000);
  Policy network = *agent.critic();  // over [observation; action in (-1, 1)]
  network.actor = nullptr;
  auto scratch = network.scratch(1);
  for (const float target : {-0.5F, 0.5F})
    for (const float action : {0.5F, 1.5F, 2.5F, 3.5F}) {
      const float error = action - 1.5F - target;
      EXPECT_NEAR(network.evaluate(Eigen::Vector2f(target, (action - 2) / 2), scratch)(0, 0), -error * error, 0.4F);
    }
}

const SacOptions every_sac_option{.hidden = {16, 16},
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
                                  .critics = 3};

TEST(Sac, GoesOnToTheSameBitsAfterLoading) {
  envs::ThreadPool pool(1);
  Telemetry telemetry;
  const agents::Run run{.factory = reach, .environments = 4, .seed = 5, .total_steps = 20'000, .pool = &pool};
  const optim::Rule rule =
      optim::partition({{{"critic", optim::restart({.rule = adam(), .on = optim::RestartOn::target, .every = 50})},
                         {"temperature", optim::sgd({.lr = 1e-3})},
                         {"rest", adam(3e-4).with_schedule(optim::linear())}}});
  Sac whole(reach()->spec(), every_sac_option, rule), resumed(reach()->spec(), every_sac_option, rule);
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

TEST(Sac, ThreadsChangeNoBit) {
  std::vector<std::vector<Archive::Tensor>> states;
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    Sac agent(reach()->spec(), every_sac_option, adam());
    train(agent, reach, pool, 2'000, 9);
    states.push_back(state(agent));
  }
  expect_equal(states[0], states[1]);
  expect_equal(states[0], states[2]);
}

TEST(Sac, AllocatesNothingOnceWarm) {
  envs::ThreadPool pool(2);
  Sac agent(reach()->spec(), every_sac_option, adam());
  agent.begin({.factory = reach, .environments = 4, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
  Telemetry telemetry;
  telemetry.episodes.reserve(10'000);
  for (int i = 0; i < 3; ++i) agent.iterate(telemetry);
  const long before = tests::allocations;
  for (int i = 0; i < 2; ++i) agent.iterate(telemetry);
  EXPECT_EQ(tests::allocations - before, 0);
}

// Rules for parts: what is not to move does not, and each part keeps its own state.
TEST(Sac, EachPartHasARuleOfItsOwn) {
  const optim::Rule rule = optim::partition(
      {{{"critic", adam()}, {"temperature", optim::sgd({.lr = 0})}, {"actor", optim::sgd({.momentum = 0.9})}}});
  Sac agent(aside()->spec(), {.hidden = {8}, .batch = 16, .learning_starts = 100, .temperature = 0.3F}, rule);
  const Telemetry telemetry = learn(agent, aside, 512);
  EXPECT_NEAR(metric(telemetry, "train/temperature"), 0.3, 1e-6);
  EXPECT_EQ(telemetry.updates, agent.updater()->optimizer().updates());
  EXPECT_GT(metric(telemetry, "train/update_norm"), 0);
  EXPECT_GT(metric(telemetry, "train/gradient_norm"), 0);
  EXPECT_EQ(metric(telemetry, "train/skipped_updates"), 0);
}

TEST(Sac, ARuleCanBeSwappedWhileItRuns) {
  envs::ThreadPool pool(1);
  Sac agent(aside()->spec(), {.hidden = {8}, .batch = 16, .learning_starts = 100}, adam());
  agent.begin({.factory = aside, .environments = 1, .seed = 1, .total_steps = 5'000, .pool = &pool});
  Telemetry telemetry;
  agent.iterate(telemetry);
  const std::int64_t updates = agent.updater()->optimizer().updates();
  agent.updater()->swap(optim::partition({{{"temperature", optim::sgd()}, {"rest", adam()}}}));
  agent.updater()->look_at_blocks(true);
  agent.iterate(telemetry);
  EXPECT_EQ(agent.updater()->optimizer().updates(), updates + 512);
  EXPECT_EQ(telemetry.blocks.size(), agent.updater()->optimizer().layout().blocks.size());
}

TEST(Sac, CountsAndGivesUpOnValuesThatAreNotFinite) {
  const envs::EnvironmentFactory infinite = [] {
    return std::make_unique<tests::Pays>(true, std::numeric_limits<float>::infinity());
  };
  envs::ThreadPool pool(1);
  Sac agent(infinite()->spec(), {.hidden = {8}, .batch = 16, .learning_starts = 100, .max_nonfinite = 7}, adam());
  agent.begin({.factory = infinite, .environments = 1, .seed = 1, .total_steps = 10'000, .pool = &pool});
  const Eigen::VectorXf before = agent.policy().parameters;
  Telemetry telemetry;
  EXPECT_THROW(agent.iterate(telemetry), Diverged);
  EXPECT_EQ(agent.steps(), 106) << "at the seventh";
  EXPECT_EQ(agent.policy().parameters, before);
}

TEST(Sac, RefusesOptionsAndWorldsThatDoNotSuit) {
  const envs::Spec spec = aside()->spec();
  const auto with = [&](const SacOptions& options) { Sac agent(spec, options, adam()); };
  EXPECT_GT(optim::for_each_out_of_range(SacOptions{},
                                         [&](const auto& key, const SacOptions& options) {
                                           EXPECT_THROW(with(options), std::invalid_argument) << key;
                                         }),
            0);
  EXPECT_THROW(with({.hindsight = true}), std::invalid_argument) << "there are no goals";
  EXPECT_THAT([&] { Sac(bandit()->spec(), {}, adam()); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("'sac' needs continuous actions")));
  envs::Spec unbounded = spec;
  unbounded.action[0].high = std::numeric_limits<float>::infinity();
  EXPECT_THAT([&] { Sac(unbounded, {}, adam()); },
              testing::ThrowsMessage<std::invalid_argument>(testing::HasSubstr("needs actions with bounds")));
  EXPECT_THROW(Sac(spec, {}, optim::partition({{{"critics", adam()}, {"rest", adam()}}})), std::invalid_argument);
  EXPECT_THROW(Sac(spec, {.tune_temperature = false}, optim::partition({{{"temperature", adam()}, {"rest", adam()}}})),
               std::invalid_argument)
      << "a temperature that stays is no parameter";
  EXPECT_THROW(Sac(spec, {}, adam(), fly_demonstrations([] { return std::make_unique<envs::Lander>(); }, 1, 1)),
               std::invalid_argument);
  envs::ThreadPool pool(1);
  Sac agent(spec, {}, adam());
  EXPECT_THROW(agent.begin({.factory = reach, .environments = 1, .seed = 1, .total_steps = 1, .pool = &pool}),
               std::invalid_argument);
}

}  // namespace
}  // namespace cairn::agents
