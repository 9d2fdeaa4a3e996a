// Whether the best architecture is the same under every rule.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "agents/networks/mlp.h"
#include "apps/studies/study.h"
#include "optim/adam.h"
#include "optim/sgd.h"

namespace cairn::apps {

namespace {

using namespace optim;

// Twelve perceptrons learn sin 4a + ab from 128 points in 1000 steps on all of them; their error is that on 256 others,
// relative to the targets' variance.
constexpr int points = 128, test_points = 256, steps = 1000, half = 8, selection_seeds = 3, resamples = 1000;
constexpr std::uint64_t first_selection_seed = 1000;
constexpr double hopeless = 1e3;  // stands for errors that are larger or none

std::vector<agents::MlpShape> architectures() {
  std::vector<agents::MlpShape> all;
  for (const agents::Activation activation : {agents::Activation::tanh, agents::Activation::relu})
    for (const int width : {8, 32})
      for (const int depth : {1, 2, 4})
        all.push_back({.inputs = 2,
                       .hidden = std::vector<int>(static_cast<std::size_t>(depth), width),
                       .outputs = 1,
                       .activation = activation});
  return all;
}

double error(const agents::MlpShape& shape, const Rule& rule, std::uint64_t seed) {
  Layout layout;
  const agents::Mlp<float> network(shape, layout, "net");
  Eigen::VectorXf weights = Eigen::VectorXf::Zero(layout.size), gradient = weights;
  const std::span<float> w(weights.data(), static_cast<std::size_t>(weights.size())), g(gradient.data(), w.size());
  envs::Random random(seed, envs::Stream::initialisation), data(seed, envs::Stream::problem);
  network.initialise_uniform(w, random);
  const auto draw = [&](int count) {
    Eigen::MatrixXf in(2, count);
    for (float& value : in.reshaped()) value = data.uniform(-1, 1);
    return in;
  };
  const auto function = [](const Eigen::MatrixXf& in) {
    return Eigen::MatrixXf(((4 * in.row(0).array()).sin() + in.row(0).array() * in.row(1).array()).matrix());
  };
  const Eigen::MatrixXf inputs = draw(points), test = draw(test_points);
  const Eigen::MatrixXf targets = function(inputs), truth = function(test);
  const auto optimizer = rule.bind<float>(layout);
  auto scratch = network.scratch(test_points);
  for (int step = 0; step < steps; ++step) {
    const Eigen::MatrixXf slope = (network.forward(w, inputs, scratch) - targets) * (2.0F / points);
    gradient.setZero();
    network.backward(w, inputs, slope, scratch, g);
    optimizer->step(w, g);
  }
  const double relative =
      (network.forward(w, test, scratch) - truth).squaredNorm() / (truth.array() - truth.mean()).square().sum();
  return relative < hopeless ? relative : hopeless;
}

/// Kendall's tau: pairs that two rankings agree on, less those on which they differ, over all pairs.
double kendall(const std::vector<double>& a, const std::vector<double>& b) {
  const auto sign = [](double x) { return (x > 0) - (x < 0); };
  int agreement = 0, pairs = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < i; ++j, ++pairs) agreement += sign(a[i] - a[j]) * sign(b[i] - b[j]);
  return static_cast<double>(agreement) / pairs;
}

/// Errors of an architecture under a rule, by seed.
using Errors = std::vector<std::vector<double>>;

/// Mean logarithms over one half of the seeds; `picks` says which of them, some more than once.
std::vector<double> scores(const Errors& errors, std::size_t first, const std::vector<std::size_t>& picks) {
  std::vector<double> result;
  for (const std::vector<double>& one : errors) {
    double sum = 0;
    for (const std::size_t pick : picks) sum += std::log(one[first + pick]);
    result.push_back(sum / static_cast<double>(picks.size()));
  }
  return result;
}

/// Tau between the first half of one's seeds and the second half of the other's, with the percentile bootstrap's 95 %
/// interval over seeds.
comparison::Estimate tau(const Errors& a, const Errors& b) {
  envs::Random random(0, envs::Stream::resampling);
  std::vector<std::size_t> all(half), first(half), second(half);
  for (std::size_t i = 0; i < half; ++i) all[i] = i;
  std::vector<double> resampled;
  for (int i = 0; i < resamples; ++i) {
    for (std::size_t& pick : first) pick = random.below(half);
    for (std::size_t& pick : second) pick = random.below(half);
    resampled.push_back(kendall(scores(a, 0, first), scores(b, half, second)));
  }
  std::ranges::sort(resampled);
  return {kendall(scores(a, 0, all), scores(b, half, all)),
          {comparison::quantile(resampled, 0.025), comparison::quantile(resampled, 0.975)}};
}

Measured architecture_ranking() {
  const std::vector<agents::MlpShape> shapes = architectures();
  using Family = Rule (*)(double);
  const Family with_sgd = [](double lr) { return sgd({.lr = lr}); },
               with_adam = [](double lr) { return adam({.lr = lr}); };
  /// Each architecture at the one rate, or at its own best of several.
  double at_border = 0;
  const auto errors = [&](Family family, const std::vector<double>& rates) {
    Errors result;
    for (const agents::MlpShape& shape : shapes) {
      double best = rates[0], least = Finding::none;
      for (std::size_t i = 0; rates.size() > 1 && i < rates.size(); ++i) {
        std::vector<double> tried;
        for (std::uint64_t seed = 0; seed < selection_seeds; ++seed)
          tried.push_back(error(shape, family(rates[i]), first_selection_seed + seed));
        if (median(tried) < least) least = median(tried), best = rates[i];
      }
      at_border += rates.size() > 1 && (best == rates.front() || best == rates.back());
      std::vector<double>& of_shape = result.emplace_back();
      for (std::uint64_t seed = 0; seed < std::uint64_t{2} * half; ++seed)
        of_shape.push_back(error(shape, family(best), seed));
    }
    return result;
  };
  const Errors plain_sgd = errors(with_sgd, {0.1}), plain_adam = errors(with_adam, {3e-3});
  const Errors tuned_sgd = errors(with_sgd, {0.01, 0.03, 0.1, 0.3, 1}),
               tuned_adam = errors(with_adam, {3e-4, 1e-3, 3e-3, 0.01, 0.03});

  comparison::IntervalChart taus{.title = "Kendall's tau of two rankings of 12 architectures",
                                 .label = "with 95 % intervals over seeds"};
  const auto row = [&](const char* name, const Errors& a, const Errors& b, int color) {
    taus.rows.push_back({name, tau(a, b), color});
    return taus.rows.back().estimate;
  };
  const auto within_sgd = row("SGD 0.1 with itself", plain_sgd, plain_sgd, 0),
             within_adam = row("Adam 0.003 with itself", plain_adam, plain_adam, 0),
             between = row("SGD 0.1 with Adam 0.003", plain_sgd, plain_adam, 1),
             within_tuned_sgd = row("SGD, tuned, with itself", tuned_sgd, tuned_sgd, 0),
             within_tuned_adam = row("Adam, tuned, with itself", tuned_adam, tuned_adam, 0),
             between_tuned = row("SGD with Adam, both tuned", tuned_sgd, tuned_adam, 1);

  render::Chart chart{.title = "error under SGD and Adam",
                      .x = {.label = "SGD: median relative error", .log = true},
                      .y = {.label = "Adam", .log = true}};
  const auto dots = [&](const char* name, const Errors& x, const Errors& y, int color) {
    render::Series series{.name = name, .color = render::series_color(color), .width = 0, .marker = 4};
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      series.x.push_back(median(x[i]));
      series.y.push_back(median(y[i]));
    }
    chart.series.push_back(series);
  };
  dots("untuned", plain_sgd, plain_adam, 1), dots("tuned", tuned_sgd, tuned_adam, 2);
  return {{
              {"untuned: tau of SGD with itself on other seeds", within_sgd.value, 0.4, 1},
              {"untuned: of Adam with itself", within_adam.value, 0.6, 1},
              {"untuned: of SGD with Adam", between.value, -0.3, 0.4},
              {"untuned: its interval's upper end", between.interval.high, -0.2, 0.5},
              {"tuned: tau of SGD with itself on other seeds", within_tuned_sgd.value, 0.5, 1},
              {"tuned: of Adam with itself", within_tuned_adam.value, 0.6, 1},
              {"tuned: of SGD with Adam", between_tuned.value, -0.4, 0.3},
              {"tuned: its interval's lower end", between_tuned.interval.low, -0.6, 0.2},
              {"tuned: its interval's upper end", between_tuned.interval.high, -0.2, 0.5},
              {"of 24 tuned rates, those at the border of what was tried", at_border, 0, 6},
          },
          {taus, chart}};
}

}  // namespace

std::vector<Study> ranking_studies() {
  return {
      {"architecture_ranking", "Which architecture is best depends on the optimizer it was tried with.",
       "folklore; tuned as Choi et al. 2019 ask", Verdict::holds,
       "Also where each architecture has its own best rate under each rule: rankings by one rule agree over seeds, "
       "those by two hardly more than by chance.",
       &architecture_ranking},
  };
}

}  // namespace cairn::apps
