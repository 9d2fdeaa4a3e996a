// Rewards that almost never come: whether it matters then which rule learns.
#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>

#include "agents/networks/mlp.h"
#include "agents/training/train.h"
#include "apps/command_line/presets.h"
#include "apps/command_line/run_plan.h"
#include "apps/studies/study.h"
#include "optim/adagrad.h"
#include "optim/adam.h"
#include "optim/rmsprop.h"
#include "optim/sgd.h"

namespace cairn::apps {

namespace {

using namespace optim;

constexpr std::uint64_t first_selection_seed = 1000;  // rates are chosen on seeds apart from those reported

/// A rule with rates to choose from.
struct Family {
  const char* name;
  Rule (*rule)(double rate);
  std::vector<double> rates;
};

// ---- A chain of twelve states: two actions lead to the neighbours, and arriving at the last one pays 1 and ends it.
// A network learns Q from uniformly random replay, so that exploration, which no optimizer can help, is no matter.

constexpr int states = 12, batch = 32, updates = 4000, checked_every = 20, target_every = 50, chain_seeds = 15;
constexpr float discount = 0.95F;

struct Chain {
  double steps = updates;        ///< updates after which the greedy policy is right in every state, for good
  std::vector<double> errors{};  ///< root mean square error of the values of going on, at every check
};

Chain learn_chain(const Rule& rule, std::uint64_t seed) {
  Layout layout;
  const agents::Mlp<float> network(
      {.inputs = states, .hidden = {32}, .outputs = 2, .activation = agents::Activation::relu}, layout, "q");
  Eigen::VectorXf weights = Eigen::VectorXf::Zero(layout.size), gradient = weights;
  const std::span<float> w(weights.data(), static_cast<std::size_t>(weights.size())), g(gradient.data(), w.size());
  envs::Random random(seed, envs::Stream::initialisation), replay(seed, envs::Stream::replay);
  network.initialise_uniform(w, random);
  const auto optimizer = rule.bind<float>(layout);
  auto scratch = network.scratch(batch);
  const Eigen::MatrixXf every_state = Eigen::MatrixXf::Identity(states, states);
  Eigen::MatrixXf target = network.forward(w, every_state, scratch), slope(2, batch), inputs(states, batch);
  std::array<int, batch> state{}, action{};

  Chain result;
  int last_wrong = 0;
  for (int update = 0; update < updates; ++update) {
    const bool check = update % checked_every == 0, renew = update % target_every == 0;
    if (check || renew) {
      const Eigen::MatrixXf q = network.forward(w, every_state, scratch);
      if (renew) target = q;
      double squares = 0;
      bool right = true;
      for (int s = 0; s + 1 < states; ++s) {
        right = right && q(1, s) > q(0, s);
        squares += std::pow(q(1, s) - std::pow(discount, states - 2 - s), 2) / (states - 1);
      }
      if (!right) last_wrong = update;
      if (check) result.errors.push_back(std::sqrt(squares));
    }
    inputs.setZero();
    for (std::size_t k = 0; k < batch; ++k) {
      state[k] = static_cast<int>(replay.below(states - 1));
      action[k] = static_cast<int>(replay.below(2));
      inputs(state[k], static_cast<Eigen::Index>(k)) = 1;
    }
    const Eigen::MatrixXf q = network.forward(w, inputs, scratch);
    slope.setZero();
    for (std::size_t k = 0; k < batch; ++k) {  // y = r + γ max Q⁻, 1/2 (Q - y)²
      const int next = std::max(0, state[k] + (action[k] == 1 ? 1 : -1));
      const float y = next == states - 1 ? 1 : discount * target.col(next).maxCoeff();
      const auto column = static_cast<Eigen::Index>(k);
      slope(action[k], column) = (q(action[k], column) - y) / batch;
    }
    gradient.setZero();
    network.backward(w, inputs, slope, scratch, g);
    optimizer->step(w, g);
  }
  result.steps = last_wrong + checked_every < updates ? last_wrong + checked_every : updates;
  return result;
}

Measured sparse_chain() {
  const std::vector<double> larger = {3e-3, 0.01, 0.03, 0.1, 0.3};
  const Family families[] = {
      {"SGD", [](double lr) { return sgd({.lr = lr}); }, {0.1, 0.3, 1, 3}},
      {"SGD with momentum", [](double lr) { return sgd({.lr = lr, .momentum = 0.9}); }, larger},
      {"Adagrad", [](double lr) { return adagrad({.lr = lr}); }, larger},
      {"RMSProp", [](double lr) { return rmsprop({.lr = lr}); }, {1e-4, 3e-4, 1e-3, 3e-3}},
      {"Adam", [](double lr) { return adam({.lr = lr}); }, {1e-3, 3e-3, 0.01, 0.03}},
  };
  comparison::IntervalChart steps{.title = "updates until the policy is right",
                                  .label = "median, least and largest of fifteen seeds"};
  render::Chart errors{.title = "error of the values, median", .x = {.label = "updates"}, .y = {.log = true}};
  std::vector<double> needed;
  for (const Family& family : families) {
    double best = 0, least = Finding::none;
    for (const double rate : family.rates) {
      std::vector<double> tried;
      for (std::uint64_t seed = 0; seed < 5; ++seed)
        tried.push_back(learn_chain(family.rule(rate), first_selection_seed + seed).steps);
      if (median(tried) < least) least = median(tried), best = rate;
    }
    std::vector<Chain> runs;
    std::vector<double> taken, middle;
    for (std::uint64_t seed = 0; seed < chain_seeds; ++seed) {
      runs.push_back(learn_chain(family.rule(best), seed));
      taken.push_back(runs.back().steps);
    }
    for (std::size_t i = 0; i < runs[0].errors.size(); ++i) {
      std::vector<double> now;
      now.reserve(runs.size());
      for (const Chain& run : runs) now.push_back(run.errors[i]);
      middle.push_back(median(now));
    }
    const auto [low, high] = std::ranges::minmax(taken);
    const int color = static_cast<int>(steps.rows.size());
    steps.rows.push_back({fmt::format("{}, {}", family.name, best), {median(taken), {low, high}}, color});
    errors.series.push_back(curve(family.name, middle, color, checked_every));
    needed.push_back(median(taken));
  }
  return {{
              {"SGD: updates until the greedy policy is right in every state", needed[0], 600, 1400},
              {"with momentum, over that", needed[1] / needed[0], 0.4, 0.95},
              {"Adagrad, over that", needed[2] / needed[0], 0.5, 1.7},
              {"RMSProp, over that", needed[3] / needed[0], 0.4, 0.95},
              {"Adam, over that", needed[4] / needed[0], 0.4, 0.95},
          },
          {steps, errors}};
}

// ---- Two Box2D worlds that pay once, by DQN: with hindsight in the small maze, and with 30 flights of the
// hand-written pilot in an easier lander. Each rule has its best of three rates in each world.

constexpr int episodes = 50;

struct World {
  const char *preset, *environment;
  int steps, selection_seeds, seeds;
};

/// Success rate of the greedy policy at the end, by a preset with another rule.
double success(const World& world, const Rule& rule, std::uint64_t seed) {
  const Preset& preset = find_preset(world.preset);
  RunPlan plan;
  plan.environment = world.environment;
  plan.agent = preset.agent;
  plan.optimizer = rule.description();
  plan.schedule = preset.schedule;
  plan.clip = preset.clip;
  plan.demonstrations = preset.demonstrations;
  plan.seed = seed;
  const PlannedRun run = make_run(plan);
  return agents::train(*run.agent, run.world.factory,
                       {.steps = world.steps,
                        .seed = seed,
                        .environments = preset.environments,
                        .evaluate_every = 0,
                        .evaluation_episodes = episodes})
      .evaluation.success_rate;
}

/// How often each rule succeeds at the best of its rates.
comparison::IntervalChart successes(const char* title, const World& world, std::span<const Family> families) {
  comparison::IntervalChart chart{.title = title, .label = "mean over seeds with 95 % interval"};
  for (const Family& family : families) {
    double best = 0, most = -1;
    for (const double rate : family.rates) {
      double sum = 0;
      for (int seed = 0; seed < world.selection_seeds; ++seed)
        sum += success(world, family.rule(rate), first_selection_seed + static_cast<std::uint64_t>(seed));
      if (sum > most) most = sum, best = rate;
    }
    std::vector<double> rates;
    rates.reserve(static_cast<std::size_t>(world.seeds));
    for (int seed = 0; seed < world.seeds; ++seed)
      rates.push_back(success(world, family.rule(best), static_cast<std::uint64_t>(seed)));
    chart.rows.push_back({fmt::format("{}, {}", family.name, best), comparison::bootstrap_mean({rates}),
                          static_cast<int>(chart.rows.size())});
  }
  return chart;
}

Measured sparse_worlds() {
  const auto plain = [](double lr) { return sgd({.lr = lr}); };
  const auto momentum = [](double lr) { return sgd({.lr = lr, .momentum = 0.9}); };
  const auto with_rmsprop = [](double lr) { return rmsprop({.lr = lr}); };
  const auto with_adam = [](double lr) { return adam({.lr = lr}); };
  const Family for_maze[] = {{"SGD", plain, {1, 3, 10}},
                             {"SGD with momentum", momentum, {0.3, 1, 3}},
                             {"RMSProp", with_rmsprop, {1e-3, 3e-3, 0.01}},
                             {"Adam", with_adam, {1e-3, 3e-3, 0.01}}};
  const Family for_lander[] = {{"SGD", plain, {0.1, 0.3, 1}},
                               {"SGD with momentum", momentum, {0.1, 0.3, 1}},
                               {"RMSProp", with_rmsprop, {3e-4, 1e-3, 3e-3}},
                               {"Adam", with_adam, {1e-3, 3e-3, 0.01}}};
  const auto in_maze = successes("success in the maze", {"dqn-point_maze", "point_maze", 40'000, 2, 6}, for_maze);
  const auto in_lander = successes(
      "success in the lander", {"dqn-lander-sparse", "lander:reward=sparse,difficulty=0.6", 15'000, 2, 5}, for_lander);
  const auto at = [](const comparison::IntervalChart& chart, std::size_t row) {
    return chart.rows[row].estimate.value;
  };
  return {{
              {"maze: success after 40000 steps of DQN with hindsight, Adam", at(in_maze, 3), 0.5, 1},
              {"maze: the same, RMSProp", at(in_maze, 2), 0.5, 1},
              {"maze: the same, SGD with momentum", at(in_maze, 1), 0, 0.45},
              {"maze: the same, SGD", at(in_maze, 0), 0, 0.55},
              {"maze: both of SGD over both adaptive rules",
               (at(in_maze, 1) + at(in_maze, 0)) / (at(in_maze, 3) + at(in_maze, 2)), 0, 0.67},
              {"lander: success after 15000 steps of DQN with demonstrations, Adam", at(in_lander, 3), 0.05, 0.6},
              {"lander: the same, RMSProp", at(in_lander, 2), 0.05, 0.6},
              {"lander: the same, SGD with momentum", at(in_lander, 1), 0, 0.2},
              {"lander: the same, SGD", at(in_lander, 0), 0, 0.2},
          },
          {in_maze, in_lander}};
}

}  // namespace

std::vector<Study> sparse_studies() {
  return {
      {"sparse_chain", "Adaptive rates help where the reward is rare, as they do where features are.",
       "folklore, after Duchi et al. 2011", Verdict::holds_in_part,
       "Adam and RMSProp need two thirds of plain SGD's updates, but so does SGD with momentum; and Adagrad, which "
       "learns rare features best, gains nothing.",
       &sparse_chain},
      {"sparse_worlds", "In worlds that pay once, it matters which rule learns.", "after Henderson et al. 2018",
       Verdict::holds,
       "In both worlds both adaptive rules succeed three times as often as SGD with or without momentum, each at the "
       "best of three rates; only the intervals of Adam and plain SGD in the maze touch.",
       &sparse_worlds},
  };
}

}  // namespace cairn::apps
