// What adaptive rules and schedules do for learning from data.
#include <algorithm>
#include <cmath>

#include "agents/networks/mlp.h"
#include "apps/studies/study.h"
#include "optim/adagrad.h"
#include "optim/adam.h"
#include "optim/problems/descend.h"
#include "optim/problems/draws.h"
#include "optim/problems/rare_features.h"
#include "optim/schedule_decay.h"
#include "optim/sgd.h"

namespace cairn::apps {

namespace {

using namespace optim;

// ---- Rare features: 3000 steps, means over six seeds, at rates for which the common features are learned equally
// well.

struct Learned {
  double rare = 0;                                     ///< weight of the rare feature; the true one is 4
  double error = 0;                                    ///< root mean square error of the common ones' weights
  std::vector<double> way = std::vector<double>(101);  ///< the rare weight, every 30 steps
};

Learned learned_weights(const Rule& rule) {
  constexpr int seeds = 6;
  Learned mean;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const Problem problem = problems::rare_features({.seed = seed});
    const std::vector<double> weights = descend(problem, rule, 3000, {}, [&](const DescentView& view) {
      if (view.step % 30 == 0) mean.way[static_cast<std::size_t>(view.step / 30)] += view.x.back() / seeds;
      return true;
    });
    const std::size_t common = weights.size() - 1;
    double squares = 0;
    for (std::size_t i = 0; i < common; ++i) squares += std::pow(weights[i] - problem.optimum[i], 2);
    mean.rare += weights[common] / seeds;
    mean.error += std::sqrt(squares / static_cast<double>(common)) / seeds;
  }
  return mean;
}

Measured rare_features() {
  const Learned plain = learned_weights(sgd({.lr = 0.03})), with_adam = learned_weights(adam({.lr = 3e-3})),
                with_adagrad = learned_weights(adagrad({.lr = 0.3}));
  const auto [least, most] = std::minmax({plain.error, with_adam.error, with_adagrad.error});
  const render::Chart chart{.title = "weight of the rare feature",
                            .x = {.label = "steps"},
                            .series = {curve("SGD", plain.way, 0, 30), curve("Adam", with_adam.way, 1, 30),
                                       curve("Adagrad", with_adagrad.way, 2, 30)},
                            .reference_lines = {{.at = 4, .label = "the true one"}}};
  return {{
              {"error of the common weights, largest over smallest of the three rules", most / least, 1, 1.5},
              {"SGD: rare weight learned, of 4", plain.rare, 0, 0.6},
              {"Adam: rare weight over SGD's", with_adam.rare / plain.rare, 3},
              {"Adagrad: rare weight over SGD's", with_adagrad.rare / plain.rare, 4},
          },
          {chart}};
}

// ---- Warm-up and cosine: four tanh layers of 64 learn sin 8a + ab from 128 points by 800 steps of Adam; medians of
// the squared error, relative to the targets' variance, over five initialisations.

double relative_loss(double rate, const Schedule& schedule, std::uint64_t seed) {
  constexpr int points = 128, steps = 800;
  Layout layout;
  const agents::Mlp<float> network({.inputs = 2, .hidden = {64, 64, 64, 64}, .outputs = 1}, layout, "net");
  Eigen::VectorXf weights = Eigen::VectorXf::Zero(layout.size), gradient = weights;
  const std::span<float> weight_span(weights.data(), static_cast<std::size_t>(weights.size()));
  const std::span<float> gradient_span(gradient.data(), weight_span.size());
  envs::Random random(seed, envs::Stream::initialisation);
  network.initialise_uniform(weight_span, random);

  envs::Random data(seed, envs::Stream::problem);
  Eigen::MatrixXf inputs(2, points);
  for (float& value : inputs.reshaped()) value = data.uniform(-1, 1);
  Eigen::MatrixXf targets =
      ((8 * inputs.row(0).array()).sin() + inputs.row(0).array() * inputs.row(1).array()).matrix();
  targets.array() -= targets.mean();

  const auto optimizer = adam({.lr = rate}).with_schedule(schedule).bind<float>(layout, {.updates = steps});
  auto scratch = network.scratch(points);
  for (int step = 0; step < steps; ++step) {
    const Eigen::MatrixXf slope = (network.forward(weight_span, inputs, scratch) - targets) * (2.0F / points);
    gradient.setZero();
    network.backward(weight_span, inputs, slope, scratch, gradient_span);
    optimizer->step(weight_span, gradient_span);
  }
  return (network.forward(weight_span, inputs, scratch) - targets).squaredNorm() / targets.squaredNorm();
}

Measured warmup_cosine() {
  comparison::IntervalChart large_rate{.title = "Adam at rate 0.1, 800 steps",
                                       .label = "relative loss of five seeds: median, least, largest"};
  comparison::IntervalChart tuned_rate{.title = "at rate 0.01", .label = large_rate.label};
  const auto loss = [](double rate, const Schedule& schedule, const char* name, comparison::IntervalChart& chart) {
    std::vector<double> losses;
    for (std::uint64_t seed = 0; seed < 5; ++seed) losses.push_back(relative_loss(rate, schedule, seed));
    const auto [least, most] = std::ranges::minmax(losses);
    chart.rows.push_back({name, {median(losses), {least, most}}, static_cast<int>(chart.rows.size())});
    return median(losses);
  };
  const Schedule climb = warmup({.steps = 40, .then = constant()}), down = cosine(),
                 both = warmup({.steps = 40, .then = cosine()});
  constexpr double large = 0.1, tuned = 0.01;
  const double stuck = loss(large, constant(), "constant", large_rate),
               cosine_alone = loss(large, down, "cosine", large_rate),
               warmup_alone = loss(large, climb, "warm-up", large_rate),
               with_both = loss(large, both, "both", large_rate);
  const double best_constant = loss(tuned, constant(), "constant", tuned_rate),
               best_both = loss(tuned, both, "both", tuned_rate);
  return {{
              {"rate 0.1, constant: median relative loss", stuck, 0.5},
              {"rate 0.1: cosine alone over constant", cosine_alone / stuck, 0.5},
              {"rate 0.1: warm-up alone over constant", warmup_alone / stuck, 0.3},
              {"rate 0.1: both over constant", with_both / stuck, 0, 0.3},
              {"rate 0.01, the best for constant: both over constant", best_both / best_constant, 1},
          },
          {large_rate, tuned_rate}};
}

}  // namespace

std::vector<Study> learning_studies() {
  return {
      {"rare_features", "Adaptive rates learn rare features faster.", "Duchi et al. 2011", Verdict::holds,
       "At rates for which the common features are learned equally well.", &rare_features},
      {"warmup_cosine", "Warm-up followed by a cosine beats a constant rate.", "Loshchilov and Hutter 2017",
       Verdict::holds_in_part,
       "It makes large rates usable that otherwise ruin the network; in a short run at a well-chosen rate the constant "
       "one wins.",
       &warmup_cosine},
  };
}

}  // namespace cairn::apps
