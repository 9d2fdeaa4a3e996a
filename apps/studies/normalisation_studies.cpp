// What decay does to weights that a normalisation layer follows: their length changes no output, only how far a step
// turns them.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "apps/studies/study.h"
#include "optim/adam.h"
#include "optim/problems/draws.h"

namespace cairn::apps {

namespace {

using namespace optim;

constexpr int dimensions = 200, steps = 6000, judged = 1000;
constexpr double rate = 1e-2, decay = 0.1;

struct Turning {
  double mean = 0;               ///< angle of a step, over the last thousand
  std::vector<double> angles{};  ///< each tenth step
};

/// Weights w before a normalisation: the gradient is orthogonal to w and as 1 / |w|. Here it is noise of deviation
/// `scale` besides, as it is near a minimum.
Turning turn(const Rule& rule, double scale, double length) {
  Layout layout;
  layout.add("w", dimensions, 1, {});
  const auto optimizer = rule.bind<double>(layout);
  Eigen::VectorXd w(dimensions), gradient(dimensions), before;
  Draws start(1, Draws::data);
  for (double& value : w) value = start.normal();
  w *= length / w.norm();
  Turning turning;
  for (int step = 0; step < steps; ++step) {
    Draws draws(1, step);
    for (double& value : gradient) value = scale * draws.normal() / w.norm();
    gradient -= gradient.dot(w) / w.squaredNorm() * w;
    before = w;
    optimizer->step({w.data(), dimensions}, {gradient.data(), dimensions});
    const double angle = std::acos(std::min(1.0, w.normalized().dot(before.normalized())));
    if (step >= steps - judged) turning.mean += angle / judged;
    if (step % 10 == 0) turning.angles.push_back(angle);
  }
  return turning;
}

Measured normalised_decay() {
  const Rule l2 = adam({.lr = rate, .weight_decay = decay}), decoupled = adamw({.lr = rate, .weight_decay = decay}),
             none = adam({.lr = rate});
  constexpr double small = 0.01, large = 1;
  const double beta1 = AdamOptions{}.beta1, theory = std::sqrt(2 * rate * decay * (1 - beta1) / (1 + beta1));
  const Turning l2_small = turn(l2, small, 1), l2_large = turn(l2, large, 1), w_small = turn(decoupled, small, 1),
                w_large = turn(decoupled, large, 1), w_long = turn(decoupled, large, 10), free = turn(none, large, 1);
  render::Chart chart{
      .title = "angle of a step",
      .x = {.label = "steps"},
      .y = {.label = "rad", .log = true},
      .series = {curve("L2, small gradients", l2_small.angles, 0, 10), curve("L2, large", l2_large.angles, 1, 10),
                 curve("decoupled, small", w_small.angles, 2, 10), curve("decoupled, large", w_large.angles, 3, 10),
                 curve("decoupled, ten times as long at first", w_long.angles, 4, 10),
                 curve("no decay", free.angles, 5, 10)}};
  chart.series[3].dashed = true;  // it lies on the one before
  return {
      {
          {"AdamW: angle of a step under small gradients over that under large", w_small.mean / w_large.mean, 0.99,
           1.01},
          {"AdamW: begun ten times as long, over begun at 1", w_long.mean / w_large.mean, 0.9, 1.1},
          {"AdamW: over theory, the root of 2 rate decay (1 - beta1) / (1 + beta1)", w_large.mean / theory, 0.95, 1.05},
          {"Adam with L2: angle under small gradients over that under hundredfold ones", l2_small.mean / l2_large.mean,
           4, 5.3},
          {"no decay: over AdamW's", free.mean / w_large.mean, 0.2, 0.5},
      },
      {chart}};
}

}  // namespace

std::vector<Study> normalisation_studies() {
  return {
      {"normalised_decay",
       "Before a normalisation, decoupled decay gives all weights one effective rate; L2 inside Adam does not.",
       "Kosson et al. 2024", Verdict::holds,
       "With AdamW all weights come to turn by the same angle a step, whatever their gradients and their first length; "
       "with L2 by the cube root of their gradients' ratio apart. Without decay they grow, and turn ever less.",
       &normalised_decay},
  };
}

}  // namespace cairn::apps
