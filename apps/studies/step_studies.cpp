// What single steps of a rule can and cannot do: handed gradients, not landscapes.
#include <algorithm>
#include <cmath>
#include <functional>

#include "apps/studies/study.h"
#include "optim/adam.h"
#include "optim/bias_correction.h"
#include "optim/federated.h"
#include "optim/problems/descend.h"
#include "optim/problems/draws.h"
#include "optim/problems/reddi.h"
#include "optim/rmsprop.h"
#include "optim/schedule_decay.h"
#include "optim/sgd.h"

namespace cairn::apps {

namespace {

using namespace optim;

Layout parameters(Eigen::Index count) {
  Layout layout;
  layout.add("x", count, 1, {});
  return layout;
}

/// Sizes of the steps, in units of the rate, that a rule with rate 1 takes for gradients handed to one parameter.
std::vector<double> step_sizes(const Rule& rule, const std::vector<double>& gradients) {
  const auto optimizer = rule.bind<double>(parameters(1));
  std::vector<double> sizes, x = {0};
  for (const double gradient : gradients) {
    const double before = x[0];
    optimizer->step(x, std::vector<double>{gradient});
    sizes.push_back(std::abs(x[0] - before));
  }
  return sizes;
}

// ---- The cliff: 200 gradients of 0.01, one of 100, 200 of 0.01.

Measured cliff() {
  std::vector<double> gradients(401, 0.01);
  gradients[200] = 100;
  const auto with_sgd = step_sizes(sgd({.lr = 1}), gradients);
  const auto with_rmsprop = step_sizes(rmsprop({.lr = 1, .alpha = 0.9}), gradients);
  const auto with_adam = step_sizes(adam({.lr = 1}), gradients);
  const render::Chart chart{
      .title = "step over the rate",
      .x = {.label = "step", .low = 180, .high = 300},
      .y = {.low = 1e-3, .high = 1e3, .log = true},
      .series = {curve("SGD", with_sgd, 0), curve("RMSProp (0.9)", with_rmsprop, 1), curve("Adam", with_adam, 2)},
      .reference_lines = {{.at = 200, .vertical = true, .label = "the cliff"}}};
  return {{
              {"SGD: the step at the cliff over the rate", with_sgd[200], 99, 101},
              {"RMSProp (0.9): the same", with_rmsprop[200], 3.162 * 0.99, 3.162 * 1.01},
              {"RMSProp: the last step on the plain", with_rmsprop[199], 0.99, 1.01},
              {"Adam: the step at the cliff over the rate", with_adam[200], 1.351 * 0.99, 1.351 * 1.01},
              {"Adam: the last step on the plain", with_adam[199], 0.99, 1.01},
              {"Adam: the largest step after the cliff", *std::max_element(with_adam.begin() + 201, with_adam.end()),
               1.21, 1.23},
          },
          {chart}};
}

// ---- Bias correction. FedAdam is Adam without it.

Measured bias_correction() {
  const Rule with = adam({.lr = 1}), without = fed_adam({.lr = 1, .beta2 = 0.999, .tau = 1e-8});
  const std::vector<double> constant(2000, 1.0);
  const auto uncorrected = step_sizes(without, constant), corrected = step_sizes(with, constant);
  const auto first = [&](double gradient) { return step_sizes(with, {gradient})[0]; };
  const auto exact = [](double gradient) { return gradient / (gradient + 1e-8); };
  const render::Chart chart{.title = "step over the rate, constant gradient",
                            .x = {.label = "step", .low = 0},
                            .y = {.low = 0},
                            .series = {curve("corrected", corrected, 0), curve("not corrected", uncorrected, 1)}};
  return {{
              {"first step over the rate at g = 1e-4, corrected", first(1e-4), exact(1e-4) - 1e-6, exact(1e-4) + 1e-6},
              {"at g = 1", first(1), 1 - 1e-6, 1 + 1e-6},
              {"at g = 1e4", first(1e4), 1 - 1e-6, 1 + 1e-6},
              {"first step over the rate, uncorrected", uncorrected[0], 3.162 * 0.99, 3.162 * 1.01},
              {"largest step under a constant gradient, uncorrected", std::ranges::max(uncorrected), 6.569 * 0.99,
               6.569 * 1.01},
              {"the same, corrected", std::ranges::max(corrected), 1 - 1e-6, 1 + 1e-6},
          },
          {chart}};
}

// ---- AMSGrad on Reddi's problem.

struct Online {
  double last, regret;      ///< where it ends; mean of what it lost against staying at the optimum
  std::vector<double> way;  ///< where it is, every thousand rounds
};

Online play_online(const Problem& problem, const Rule& rule, std::int64_t rounds) {
  Online result{};
  descend(problem, rule.with_schedule(inverse_sqrt()), rounds, {}, [&](const DescentView& view) {
    if (view.step < rounds)
      result.regret += problem.sampled(view.step, view.x, {}) - problem.sampled(view.step, problem.optimum, {});
    result.last = view.x[0];
    if (view.step % 1000 == 0) result.way.push_back(view.x[0]);
    return true;
  });
  result.regret /= static_cast<double>(rounds);
  return result;
}

Measured amsgrad() {
  const Problem experiment = problems::reddi(), theorem = problems::reddi({.large = 3, .small = 1, .period = 3});
  constexpr std::int64_t rounds = 300'000, short_game = 100'000;
  const Online fails = play_online(experiment, adam({.lr = 0.5, .beta2 = 0.99}), rounds);
  const Online repaired = play_online(experiment, adam({.lr = 0.5, .beta2 = 0.99, .amsgrad = true}), rounds);
  const Online slower = play_online(experiment, adam({.lr = 0.1, .beta2 = 0.99, .amsgrad = true}), rounds);
  const AdamOptions forgetful{.lr = 0.5, .beta1 = 0, .beta2 = 0.1};
  AdamOptions remembering = forgetful;
  remembering.amsgrad = true;
  const render::Chart chart{.title = "x, where -1 is best and 1 worst",
                            .x = {.label = "rounds"},
                            .series = {curve("Adam", fails.way, 0, 1000), curve("AMSGrad", repaired.way, 1, 1000),
                                       curve("AMSGrad at a fifth of the rate", slower.way, 2, 1000)}};
  return {{
              {"Adam ends at x (the optimum is -1)", fails.last, 0.98, 1},
              {"AMSGrad ends at x", repaired.last, -1, -0.99},
              {"AMSGrad's mean regret over Adam's", repaired.regret / fails.regret, 0, 1.0 / 3},
              {"theorem 1 with C = 3: Adam ends at x", play_online(theorem, adam(forgetful), short_game).last, 0.98, 1},
              {"there: AMSGrad ends at x", play_online(theorem, adam(remembering), short_game).last, -1, -0.99},
              {"AMSGrad at a fifth of the rate: still on its way at x", slower.last, -0.9, 1},
          },
          {chart}};
}

// ---- AMSGrad's rates under random gradients: the published form, rate / √v_max, and PyTorch's, which corrects v_max.

Measured amsgrad_rate() {
  const AdamOptions options{.lr = 1, .amsgrad = true};
  constexpr Eigen::Index n = 50;
  const auto optimizer = adam(options).bind<double>(parameters(n));
  std::vector<double> x(n, 0), gradient(n), before(n, 0);
  double rises = 0, corrected_rises = 0;
  std::vector<double> rates, corrected_rates;  // of the first parameter
  for (int step = 0; step < 1000; ++step) {
    Draws draws(1, step);
    for (double& g : gradient) g = draws.normal() * (step % 100 == 0 ? 10 : 1);
    optimizer->step(x, gradient);
    const std::span<const double> largest = optimizer->arrays()[2].values;
    // Dividing by the correction 1 - β2ᵗ, which grows, makes the corrected v_max fall where v_max stands.
    const auto corrected = [&](double v, int t) { return v / optim::bias_correction(options.beta2, t); };
    rates.push_back(1 / std::sqrt(largest[0]));
    corrected_rates.push_back(1 / std::sqrt(corrected(largest[0], step + 1)));
    for (std::size_t i = 0; i < n; ++i) {
      rises += step > 0 && largest[i] < before[i];
      corrected_rises += step > 0 && corrected(largest[i], step + 1) < corrected(before[i], step);
      before[i] = largest[i];
    }
  }
  const render::Chart chart{.title = "a parameter's rate over the option's",
                            .x = {.label = "step"},
                            .y = {.log = true},
                            .series = {curve("published form", rates, 0), curve("PyTorch's", corrected_rates, 1)}};
  return {{
              {"published form: times of 49950 that a rate rose", rises, 0, 0},
              {"PyTorch's form: the same", corrected_rises, 1000},
          },
          {chart}};
}

// ---- Decay: weights at 1 whose gradients are pure noise, of deviation 0.1 and 10; a thousand of each, 2000 steps.

struct Decayed {
  std::vector<double> quiet, loud;  ///< mean weight where gradients are small, and where they are large; each step
};

Decayed decayed(const Rule& rule) {
  constexpr std::size_t each = 1000;
  const auto optimizer = rule.bind<double>(parameters(2 * each));
  std::vector<double> x(2 * each, 1), gradient(2 * each);
  const auto mean = [](std::span<const double> values) {
    double sum = 0;
    for (const double value : values) sum += value;
    return sum / each;
  };
  Decayed result;
  for (int step = 0; step < 2000; ++step) {
    result.quiet.push_back(mean(std::span(x).first(each)));
    result.loud.push_back(mean(std::span(x).last(each)));
    Draws draws(1, step);
    for (std::size_t i = 0; i < 2 * each; ++i) gradient[i] = (i < each ? 0.1 : 10) * draws.normal();
    optimizer->step(x, gradient);
  }
  result.quiet.push_back(mean(std::span(x).first(each)));
  result.loud.push_back(mean(std::span(x).last(each)));
  return result;
}

/// Largest difference between SGD's L2 regularisation and shrinking the weights by 1 - rate decay.
double sgd_identity() {
  constexpr double rate = 0.05, decay = 0.1;
  const auto optimizer = sgd({.lr = rate, .weight_decay = decay}).bind<double>(parameters(4));
  std::vector<double> x(4, 1), shrunk = x, gradient(4);
  double largest = 0;
  for (int step = 0; step < 500; ++step) {
    Draws draws(2, step);
    for (double& g : gradient) g = draws.normal();
    optimizer->step(x, gradient);
    for (std::size_t i = 0; i < 4; ++i) {
      shrunk[i] = (1 - rate * decay) * shrunk[i] - rate * gradient[i];
      largest = std::max(largest, std::abs(shrunk[i] - x[i]));
    }
  }
  return largest;
}

Measured decoupled_decay() {
  const Decayed l2 = decayed(adam({.weight_decay = 0.1})), decoupled = decayed(adamw({.weight_decay = 0.1}));
  const double theory = std::pow(1 - 1e-3 * 0.1, 2000);
  render::Chart chart{
      .title = "mean weight under noise",
      .x = {.label = "step"},
      .y = {.low = 0},
      .series = {curve("L2, small gradients", l2.quiet, 0), curve("L2, large", l2.loud, 1),
                 curve("decoupled, small", decoupled.quiet, 2), curve("decoupled, large", decoupled.loud, 3)}};
  chart.series.back().dashed = true;
  return {{
              {"Adam with L2: weight left under small gradients", l2.quiet.back(), 0, 0.25},
              {"Adam with L2: under large gradients, over that", l2.loud.back() / l2.quiet.back(), 4},
              {"AdamW: weight left under small gradients", decoupled.quiet.back(), 0.99 * theory, 1.01 * theory},
              {"AdamW: under large gradients", decoupled.loud.back(), 0.99 * theory, 1.01 * theory},
              {"SGD: largest difference between L2 and decoupled decay", sgd_identity(), 0, 1e-12},
          },
          {chart}};
}

// ---- Clipping: random gradients of all lengths, then a recurrent unit that explodes.

/// One recurrent weight through 50 steps, h ← w h from h = 1, that should end at 0.5: from w above 1 the gradient is
/// some 50 w⁹⁹.
Problem recurrent_unit() {
  constexpr int unrolled = 50;
  Problem problem;
  problem.description = "recurrent_unit";
  problem.layout = parameters(1);
  problem.start = {1.1};
  problem.optimum = {std::pow(0.5, 1.0 / unrolled)};
  problem.objective = [](std::span<const double> w, std::span<double> gradient) {
    const double before_last = std::pow(w[0], unrolled - 1), error = before_last * w[0] - 0.5;
    if (!gradient.empty()) gradient[0] = error * unrolled * before_last;
    return error * error / 2;
  };
  return problem;
}

struct Seeds {
  double learned = 0, no_worse = 0;  ///< of ten: those that end near the optimum, and not above their start
  std::vector<double> loss{};        ///< of the first, each step
};

Seeds train_recurrent_unit(const Rule& rule) {
  const Problem unit = recurrent_unit();
  Seeds seeds;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const std::vector<double> start = {Draws(seed, Draws::data).uniform(1.05, 1.3)};
    const auto watch = [&](const DescentView& view) {
      if (seed == 0) seeds.loss.push_back(unit.value(view.x));
      return true;
    };
    const double end = unit.value(descend(unit, rule, 2000, start, watch));
    seeds.learned += end < 1e-3;
    seeds.no_worse += end <= unit.value(start);
  }
  return seeds;
}

Measured clipping() {
  constexpr std::size_t n = 20;
  constexpr double limit = 0.5;
  double longest = 0, least_cosine = 1, left_alone = 0;
  for (int draw = 0; draw < 200; ++draw) {
    Draws draws(1, draw);
    const double length = std::pow(10, draws.uniform(-6, 6));
    std::vector<double> gradient(n), x(n, 0);
    for (double& g : gradient) g = length * draws.normal();
    const auto optimizer = sgd({.lr = 1}).with_clip(global_norm({.max = limit})).bind<double>(parameters(n));
    const StepReport report = optimizer->step(x, gradient);
    double dot = 0, squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
      dot -= x[i] * gradient[i];
      squares += x[i] * x[i];
    }
    longest = std::max(longest, std::sqrt(squares));
    least_cosine = std::min(least_cosine, dot / std::sqrt(squares) / report.gradient_norm);
    if (report.gradient_norm < limit - 1e-6)
      left_alone = std::max(left_alone, std::abs(std::sqrt(squares) / report.gradient_norm - 1));
  }
  const Clip to_one = global_norm({.max = 1});
  const Rule with_sgd = sgd({.lr = 1e-3}), with_adam = adam({.lr = 1e-3});
  const Seeds sgd_clipped = train_recurrent_unit(with_sgd.with_clip(to_one)), sgd_free = train_recurrent_unit(with_sgd);
  const Seeds adam_clipped = train_recurrent_unit(with_adam.with_clip(to_one)),
              adam_free = train_recurrent_unit(with_adam);
  const render::Chart chart{
      .title = "loss of the exploding unit, first seed",
      .x = {.label = "step", .low = 0, .high = 2000},
      .y = {.low = 1e-8, .high = 1e14, .log = true},
      .series = {curve("SGD", sgd_free.loss, 0), curve("SGD, clipped", sgd_clipped.loss, 1),
                 curve("Adam", adam_free.loss, 2), curve("Adam, clipped", adam_clipped.loss, 3)},
      .reference_lines = {
          {.at = 1, .vertical = true, .label = "SGD leaves the chart at once", .color = render::series_color(0)}}};
  return {{
              {"longest step over 200 gradients, clipped to 0.5", longest, 0, limit},
              {"least cosine between step and gradient", least_cosine, 1 - 1e-12, 1 + 1e-12},
              {"largest relative change of gradients that were short enough", left_alone, 0, 1e-12},
              {"exploding unit, SGD clipped: seeds of 10 that learn it", sgd_clipped.learned, 10, 10},
              {"SGD not clipped: seeds that end no worse than they began", sgd_free.no_worse, 0, 0},
              {"Adam not clipped: seeds that end no worse than they began", adam_free.no_worse, 10, 10},
              {"Adam not clipped: seeds that learn it", adam_free.learned, 0, 5},
              {"Adam clipped: seeds that learn it", adam_clipped.learned, 10, 10},
          },
          {chart}};
}

}  // namespace

std::vector<Study> step_studies() {
  return {
      {"cliff", "At a cliff the second moment jumps and brakes the step.", "Pascanu et al. 2013",
       Verdict::holds_in_part,
       "The step stays bounded where SGD's does not, but it is larger than a step on the plain, not smaller.", &cliff},
      {"bias_correction", "Bias correction makes the rate mean the same from the first step on.", "Kingma and Ba 2015",
       Verdict::holds, "Without it the first steps are three to six times as long as the rate says.", &bias_correction},
      {"amsgrad", "Adam can converge to the worst point; AMSGrad repairs it.", "Reddi et al. 2018", Verdict::holds,
       "On the problem made for it, and given a rate large enough: at a fifth of it AMSGrad is still on its way after "
       "300,000 rounds.",
       &amsgrad},
      {"amsgrad_rate", "AMSGrad's effective rate never increases.", "Reddi et al. 2018", Verdict::holds_in_part,
       "True of the published form; with PyTorch's correction of the maximum, rates rise early on.", &amsgrad_rate},
      {"decoupled_decay",
       "L2 inside Adam hardly shrinks weights with large gradients; decoupled decay shrinks all alike.",
       "Loshchilov and Hutter 2019", Verdict::holds, "For SGD the two are the same.", &decoupled_decay},
      {"clipping", "Clipping caps every step and tames exploding gradients.", "Pascanu et al. 2013", Verdict::holds,
       "SGD needs it. Adam never diverges without, as its steps do not depend on the gradient's scale; but exploded "
       "gradients linger in its second moment and all but stop it.",
       &clipping},
  };
}

}  // namespace cairn::apps
