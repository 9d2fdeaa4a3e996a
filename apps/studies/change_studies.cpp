// What old moments do when the task changes, and what restarting the clock does about it.
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>

#include "agents/networks/mlp.h"
#include "apps/studies/study.h"
#include "optim/adam.h"

namespace cairn::apps {

namespace {

using namespace optim;

enum class Remedy { none, clock, state, equal_betas };

Rule rule_of(Remedy remedy, double rate) {
  return adam(remedy == Remedy::equal_betas ? AdamOptions{.lr = rate, .beta2 = 0.9} : AdamOptions{.lr = rate});
}

void at_change(Optimizer<double>& optimizer, Remedy remedy) {
  if (remedy == Remedy::clock) optimizer.restart_clock();
  if (remedy == Remedy::state) optimizer.reset();
}

// ---- One parameter whose gradient is 1 for five thousand steps, and then `jump`.

double worst_step(Remedy remedy, double jump) {
  Layout layout;
  layout.add("x", 1, 1, {});
  const auto optimizer = rule_of(remedy, 1).bind<double>(layout);
  std::vector<double> x = {0};
  for (int step = 0; step < 5000; ++step) optimizer->step(x, std::array{1.0});
  at_change(*optimizer, remedy);
  double worst = 0;
  for (int step = 0; step < 500; ++step) {
    const double before = x[0];
    optimizer->step(x, std::array{jump});
    worst = std::max(worst, std::abs(x[0] - before));
  }
  return worst;
}

// ---- A policy for eight situations with four actions each, one of which pays 1. It learns by REINFORCE with a
// baseline; every thousand updates half of the situations get another action that pays.

constexpr int situations = 8, actions = 4, samples = 64, tasks = 6, updates = 1000, watched = 100, seeds = 10;
constexpr double half = situations / 2.0, rate = 0.01, entropy = 0.2;

struct Adapted {
  double step = 0;                ///< largest of any weight, over the rate, in the updates after a change
  double divergence = 0;          ///< largest KL divergence of the policy by one update there
  double kept = 1;                ///< least mean reward there in situations that did not change
  double recovered = 0;           ///< updates until those that did change give 0.9 again
  std::vector<double> rewards{};  ///< mean reward, each update
};

Adapted adapt(Remedy remedy, std::uint64_t seed) {
  Layout layout;
  const agents::Mlp<double> network({.inputs = situations, .hidden = {32}, .outputs = actions}, layout, "policy");
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(layout.size), gradient = weights, before = weights;
  const std::span<double> w(weights.data(), static_cast<std::size_t>(weights.size()));
  envs::Random random(seed, envs::Stream::initialisation), sampled(seed, envs::Stream::policy),
      chance(seed, envs::Stream::problem);
  network.initialise_uniform(w, random);
  const auto optimizer = rule_of(remedy, rate).bind<double>(layout);
  const Eigen::MatrixXd inputs = Eigen::MatrixXd::Identity(situations, situations);
  auto scratch = network.scratch(situations);
  const auto policy = [&] {  // softmax, a column a situation
    const Eigen::MatrixXd logits = network.forward(w, inputs, scratch);
    const Eigen::MatrixXd odds = (logits.rowwise() - logits.colwise().maxCoeff()).array().exp();
    return Eigen::MatrixXd(odds.array().rowwise() / odds.colwise().sum().array());
  };

  Eigen::Array<int, situations, 1> paying, paid_before;  // actions, by situation
  for (int& action : paying) action = static_cast<int>(chance.below(actions));
  std::vector<double> steps, divergences, kept, recovered;
  Adapted result;
  for (int task = 0; task < tasks; ++task) {
    paid_before = paying;
    if (task > 0) {
      for (int s = task % 2; s < situations; s += 2)
        paying[s] = (paying[s] + 1 + static_cast<int>(chance.below(actions - 1))) % actions;
      at_change(*optimizer, remedy);
    }
    double largest = 0, divergence = 0, least_kept = 1, until = updates;
    for (int update = 0; update < updates; ++update) {
      const Eigen::MatrixXd p = policy();
      double kept_now = 0, changed_now = 0, all = 0;
      Eigen::VectorXd value(situations);
      for (int s = 0; s < situations; ++s) {
        value[s] = p(paying[s], s);
        all += value[s] / situations;
        (paying[s] == paid_before[s] ? kept_now : changed_now) += value[s] / half;
      }
      result.rewards.push_back(all);
      if (task > 0 && update <= watched) least_kept = std::min(least_kept, kept_now);
      if (changed_now >= 0.9) until = std::min<double>(until, update);

      // d loss / d logits = -(A (1[a] - p) + entropy d H / d logits), with A = r - V and d H / d logits = -p (log p +
      // H).
      const Eigen::MatrixXd log_p = p.array().max(1e-300).log();
      const Eigen::RowVectorXd h = -(p.array() * log_p.array()).colwise().sum();
      Eigen::MatrixXd slope = entropy / situations * (p.array() * (log_p.rowwise() + h).array());
      for (int k = 0; k < samples; ++k) {
        const int s = k % situations;
        double left = sampled.uniform_double();
        int a = 0;
        while (a < actions - 1 && left >= p(a, s)) left -= p(a++, s);
        const double advantage = (a == paying[s] ? 1 : 0) - value[s];
        slope.col(s) += advantage / samples * p.col(s);
        slope(a, s) -= advantage / samples;
      }
      gradient.setZero();
      network.backward(w, inputs, slope, scratch, {gradient.data(), w.size()});
      before = weights;
      optimizer->step(w, {gradient.data(), w.size()});
      if (task == 0 || update >= watched) continue;
      largest = std::max(largest, (weights - before).cwiseAbs().maxCoeff() / rate);
      const Eigen::MatrixXd after = policy();
      divergence =
          std::max(divergence, (p.array() * (log_p.array() - after.array().max(1e-300).log())).sum() / situations);
    }
    if (task == 0) continue;
    steps.push_back(largest);
    divergences.push_back(divergence);
    kept.push_back(least_kept);
    recovered.push_back(until);
  }
  result.step = median(steps);
  result.divergence = median(divergences);
  result.kept = median(kept);
  result.recovered = median(recovered);
  return result;
}

Measured task_change() {
  render::Chart chart{.title = "mean reward, mean of ten seeds",
                      .x = {.label = "updates; the task changes every thousand"},
                      .y = {.low = 0, .high = 1}};
  comparison::IntervalChart kept{.title = "least reward where nothing changed",
                                 .label = "in 100 updates after a change: median, least and largest seed"};
  const auto run = [&](const char* name, Remedy remedy) {
    std::vector<double> steps, divergences, least, recovered, rewards(std::size_t{tasks} * updates);
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const Adapted one = adapt(remedy, seed);
      steps.push_back(one.step);
      divergences.push_back(one.divergence);
      least.push_back(one.kept);
      recovered.push_back(one.recovered);
      for (std::size_t i = 0; i < rewards.size(); ++i) rewards[i] += one.rewards[i] / seeds;
    }
    const int color = static_cast<int>(chart.series.size());
    chart.series.push_back(curve(name, rewards, color));
    const auto [low, high] = std::ranges::minmax(least);
    kept.rows.push_back({name, {median(least), {low, high}}, color});
    return Adapted{median(steps), median(divergences), low, median(recovered)};
  };
  const Adapted plain = run("Adam", Remedy::none), clock = run("clock restarted", Remedy::clock),
                state = run("state reset", Remedy::state), equal = run("equal betas", Remedy::equal_betas);
  return {{
              {"gradient jumps tenfold: Adam's worst step over the rate", worst_step(Remedy::none, 10), 5, 5.3},
              {"gradient jumps hundredfold: the same", worst_step(Remedy::none, 100), 6.3, 6.7},
              {"tenfold, clock restarted at the jump (Adam-Rel)", worst_step(Remedy::clock, 10), 0.99, 1.05},
              {"hundredfold, clock restarted", worst_step(Remedy::clock, 100), 0.99, 1.05},
              {"hundredfold, state reset", worst_step(Remedy::state, 100), 0.99, 1.01},
              {"hundredfold, equal betas", worst_step(Remedy::equal_betas, 100), 0.9, 1.0001},
              {"policy, Adam: largest step over the rate after a change", plain.step, 3, 6},
              {"largest step, clock restarted", clock.step, 0.9, 1.5},
              {"largest step, state reset", state.step, 0.9, 2.2},
              {"largest step, equal betas", equal.step, 0.5, 1.0001},
              {"Adam: largest divergence of the policy by one update", plain.divergence, 0.005, 0.05},
              {"largest divergence, clock restarted, over that", clock.divergence / plain.divergence, 0, 0.2},
              {"largest divergence, state reset, over that", state.divergence / plain.divergence, 0, 0.9},
              {"largest divergence, equal betas, over that", equal.divergence / plain.divergence, 0, 0.9},
              {"Adam: least reward where nothing changed, in the worst seed", plain.kept, 0, 0.9},
              {"least reward, clock restarted", clock.kept, 0.92, 1},
              {"least reward, state reset", state.kept, 0.8, 1},
              {"least reward, equal betas", equal.kept, 0.8, 1},
              {"Adam: updates until the changed half pays 0.9 again", plain.recovered, 250},
              {"updates, clock restarted", clock.recovered, 200},
              {"updates, state reset", state.recovered, 0, 150},
              {"updates, equal betas", equal.recovered, 0, 200},
          },
          {chart, kept}};
}

}  // namespace

std::vector<Study> change_studies() {
  return {
      {"task_change",
       "When the task changes, Adam's old moments make steps that break the policy; restarting the clock prevents it.",
       "Dohare et al. 2023, Ellis et al. 2024", Verdict::holds_in_part,
       "Restarting the clock bounds the steps and spares what did not change, where Adam in some seeds ruins a quarter "
       "of it. But it learns the new task no sooner: for that the moments must go, or be short (equal betas).",
       &task_change},
  };
}

}  // namespace cairn::apps
