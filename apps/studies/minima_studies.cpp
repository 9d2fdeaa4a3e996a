// What kind of minima rules find.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "agents/networks/mlp.h"
#include "apps/studies/study.h"
#include "optim/adam.h"
#include "optim/sgd.h"

namespace cairn::apps {

namespace {

using namespace optim;

constexpr int width = 32, train_points = 64, test_points = 512, batch = 8, seeds = 24;
constexpr std::int64_t most_steps = 200'000;
constexpr double enough = 0.03;  // mean square training error at which all stop; the labels' noise alone is 0.04

/// sin 3a + b² with noise of deviation 0.2 on the training labels, learned by a ReLU network.
struct Task {
  Layout layout;
  agents::Mlp<double> network{
      {.inputs = 2, .hidden = {width}, .outputs = 1, .activation = agents::Activation::relu}, layout, "net"};
  Eigen::MatrixXd inputs{2, train_points}, test{2, test_points};
  Eigen::RowVectorXd labels, truth;
  agents::Mlp<double>::Scratch scratch = network.scratch(test_points);

  explicit Task(std::uint64_t seed) {
    envs::Random random(seed, envs::Stream::problem);
    for (double& value : inputs.reshaped()) value = random.uniform(-1, 1);
    for (double& value : test.reshaped()) value = random.uniform(-1, 1);
    const auto function = [](const Eigen::MatrixXd& in) {
      return ((3 * in.row(0).array()).sin() + in.row(1).array().square()).matrix().eval();
    };
    labels = function(inputs);
    truth = function(test);
    for (double& label : labels) label += 0.2 * static_cast<double>(random.normal());
  }

  /// Mean square error over some of the points; adds its gradient.
  double loss(const Eigen::VectorXd& weights, const Eigen::MatrixXd& in, const Eigen::RowVectorXd& out,
              Eigen::VectorXd* gradient = nullptr) {
    const std::span<const double> w(weights.data(), static_cast<std::size_t>(weights.size()));
    const Eigen::RowVectorXd error = network.forward(w, in, scratch) - out;
    const auto n = static_cast<double>(in.cols());
    if (gradient != nullptr) network.backward(w, in, (2 / n) * error, scratch, {gradient->data(), w.size()});
    return error.squaredNorm() / n;
  }
};

/// The training loss's largest Hessian eigenvalue, by power iteration; Hessian times vector is a central difference of
/// gradients.
double sharpness(Task& task, const Eigen::VectorXd& weights) {
  constexpr double h = 1e-5;
  Eigen::VectorXd direction = Eigen::VectorXd::Ones(weights.size()).normalized(), up, down;
  double eigenvalue = 0;
  for (int i = 0; i < 200; ++i) {
    up = down = Eigen::VectorXd::Zero(weights.size());
    task.loss(weights + h * direction, task.inputs, task.labels, &up);
    task.loss(weights - h * direction, task.inputs, task.labels, &down);
    const Eigen::VectorXd product = (up - down) / (2 * h);
    eigenvalue = direction.dot(product);
    direction = product.normalized();
  }
  return eigenvalue;
}

struct Minimum {
  double sharpness = 0, test_error = 0;
  bool reached = true;  ///< the training error at which all stop
  Eigen::VectorXd weights{};
};

Minimum minimum(const Rule& rule, std::uint64_t seed) {
  Task task(seed);
  Eigen::VectorXd weights(task.layout.size), gradient = weights;
  const std::span<double> w(weights.data(), static_cast<std::size_t>(weights.size()));
  envs::Random random(seed, envs::Stream::initialisation), shuffle(seed, envs::Stream::shuffle);
  task.network.initialise_uniform(w, random);
  const auto optimizer = rule.bind<double>(task.layout);
  Eigen::MatrixXd in(2, batch);
  Eigen::RowVectorXd out(batch);
  for (std::int64_t step = 0; step < most_steps; ++step) {
    if (step % 20 == 0 && task.loss(weights, task.inputs, task.labels) <= enough) break;
    for (int k = 0; k < batch; ++k) {
      const auto i = static_cast<Eigen::Index>(shuffle.below(train_points));
      in.col(k) = task.inputs.col(i);
      out[k] = task.labels[i];
    }
    gradient.setZero();
    task.loss(weights, in, out, &gradient);
    optimizer->step(w, {gradient.data(), w.size()});
  }
  return {sharpness(task, weights), task.loss(weights, task.test, task.truth),
          task.loss(weights, task.inputs, task.labels) <= enough, weights};
}

/// Spearman's correlation.
double rank_correlation(const std::vector<double>& x, const std::vector<double>& y) {
  const auto ranks = [](const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
    Eigen::ArrayXd rank(static_cast<Eigen::Index>(values.size()));
    for (std::size_t i = 0; i < order.size(); ++i) rank[static_cast<Eigen::Index>(order[i])] = static_cast<double>(i);
    return Eigen::ArrayXd(rank - rank.mean());
  };
  const Eigen::ArrayXd a = ranks(x), b = ranks(y);
  return (a * b).sum() / std::sqrt(a.square().sum() * b.square().sum());
}

Measured minima() {
  render::Chart chart{.title = "minima of one training loss",
                      .x = {.label = "sharpness: largest Hessian eigenvalue", .log = true},
                      .y = {.label = "test error", .low = 0}};
  std::vector<double> sharp, error;
  double reached = 0;
  const auto find = [&](const char* name, const Rule& rule) {
    render::Series dots{
        .name = name, .color = render::series_color(static_cast<int>(chart.series.size())), .width = 0, .marker = 4};
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      const Minimum found = minimum(rule, seed);
      if (!found.reached) continue;
      ++reached;
      dots.x.push_back(found.sharpness);
      dots.y.push_back(found.test_error);
    }
    sharp.insert(sharp.end(), dots.x.begin(), dots.x.end());
    error.insert(error.end(), dots.y.begin(), dots.y.end());
    chart.series.push_back(dots);
    return Minimum{median(dots.x), median(dots.y)};
  };
  const Minimum slow_sgd = find("SGD 0.02", sgd({.lr = 0.02})), sgd_found = find("SGD 0.2", sgd({.lr = 0.2})),
                slow_adam = find("Adam 0.001", adam({.lr = 1e-3})), adam_found = find("Adam 0.01", adam({.lr = 0.01}));

  // Dinh et al. 2017: scaling one ReLU layer up and the next one down changes no output, but the Hessian.
  Task task(0);
  Minimum rescaled = minimum(sgd({.lr = 0.2}), 0);
  constexpr double factor = 10;
  const double before = rescaled.sharpness;
  for (const Block& block : task.layout.blocks) {
    auto part = rescaled.weights.segment(block.offset, block.size());
    if (block.has_tag("hidden")) part *= factor;
    if (block.has_tag("output") && block.has_tag("weight")) part /= factor;
  }
  return {
      {
          {"runs of 96 that reach a training error of 0.03; the others do not count", reached, 90, 96},
          {"Adam 0.01: sharpness over that of SGD 0.2", adam_found.sharpness / sgd_found.sharpness, 1.1, 3},
          {"Adam 0.001: over that of SGD 0.02", slow_adam.sharpness / slow_sgd.sharpness, 0.7, 1.4},
          {"SGD 0.02: over that of SGD 0.2", slow_sgd.sharpness / sgd_found.sharpness, 1.6, 4},
          {"Adam 0.001: over that of Adam 0.01", slow_adam.sharpness / adam_found.sharpness, 0.9, 2.5},
          {"SGD 0.2: largest sharpness, where 2 / rate = 10 is the limit of stability",
           std::ranges::max(chart.series[1].x), 5, 10},
          {"Adam 0.01: test error over that of SGD 0.2", adam_found.test_error / sgd_found.test_error, 0.7, 1.5},
          {"Adam 0.001: test error over that of SGD 0.02", slow_adam.test_error / slow_sgd.test_error, 0.7, 1.5},
          {"rank correlation of sharpness and test error over all minima", rank_correlation(sharp, error), -0.3, 0.3},
          {"one minimum, its layers rescaled by 10: sharpness over before", sharpness(task, rescaled.weights) / before,
           10},
          {"there: change of the test error",
           std::abs(task.loss(rescaled.weights, task.test, task.truth) - rescaled.test_error), 0, 1e-9},
      },
      {chart}};
}

}  // namespace

std::vector<Study> minima_studies() {
  return {
      {"minima", "SGD finds flatter minima than Adam, and flat ones generalise.", "Keskar et al. 2017",
       Verdict::does_not_hold,
       "At equal training error sharpness follows the rate as much as the rule: a rate allows no minimum sharper than "
       "it is stable in. Test errors do not follow sharpness, which rescaling layers changes thirtyfold without "
       "changing any output (Dinh et al. 2017).",
       &minima},
  };
}

}  // namespace cairn::apps
