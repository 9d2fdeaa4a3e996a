// A shared encoder with two heads, one of which hears of its task only at every twentieth step.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "agents/networks/mlp.h"
#include "apps/studies/study.h"
#include "optim/adam.h"
#include "optim/partition.h"

namespace cairn::apps {

namespace {

using namespace optim;

constexpr int steps = 4000, every = 20, batch = 32, features = 16, test_points = 512, seeds = 15;
constexpr double rate = 0.01;

/// Encoder and heads over one vector of parameters.
struct Network {
  Layout layout;
  agents::Mlp<float> encoder{{.inputs = 2, .hidden = {32}, .outputs = features}, layout, "encoder"};
  agents::Mlp<float> fast{{.inputs = features, .hidden = {16}, .outputs = 1}, layout, "fast"};
  agents::Mlp<float> slow{{.inputs = features, .hidden = {16}, .outputs = 1}, layout, "slow"};
};

/// The tasks: sin 3a + b and, of the same inputs, cos 3a b.
Eigen::RowVectorXf target(const Eigen::MatrixXf& in, bool slow) {
  const auto a = in.row(0).array(), b = in.row(1).array();
  if (slow) return ((3 * a).cos() * b).matrix();
  return ((3 * a).sin() + b).matrix();
}

Eigen::MatrixXf points(int count, envs::Random random) {
  Eigen::MatrixXf in(2, count);
  for (float& value : in.reshaped()) value = random.uniform(-1, 1);
  return in;
}

/// How the slow head's optimizer is set up.
enum class Kept {
  apart,            ///< moments, clock and schedule of its own, counted in its own updates
  together,         ///< one Adam and one schedule for all; without news the slow head's gradient is zero
  encoder_clock,    ///< its schedule is for its own number of updates, but advances with the encoder's steps
  encoder_horizon,  ///< its schedule counts its own updates, but is as long as the encoder's
};

/// What happens where a new slow head is put in halfway.
enum class Replaced { no, all_reset, moments_reset, nothing_reset };

struct Learned {
  double error = 0;              ///< of the slow head: mean square, relative to the task's variance
  double stale_way = 0;          ///< share of the slow head's way that it went at steps without news
  double largest_step = 0;       ///< of a weight of the new head over the rate, in its first 20 updates
  double foreign_changes = 0;    ///< numbers of the slow head's state that a step of another part changed
  std::vector<double> errors{};  ///< every hundred steps
};

Learned learn(Kept kept, std::uint64_t seed, Replaced replaced = Replaced::no) {
  Network net;
  Eigen::VectorXf weights = Eigen::VectorXf::Zero(net.layout.size), gradient = weights, before = weights;
  const std::span<float> w(weights.data(), static_cast<std::size_t>(weights.size())), g(gradient.data(), w.size());
  envs::Random random(seed, envs::Stream::initialisation);
  for (const agents::Mlp<float>* part : {&net.encoder, &net.fast, &net.slow}) part->initialise_uniform(w, random);
  const Eigen::Index head = net.layout.find("slow/0/weight").offset, head_size = net.layout.size - head;

  const Rule plain = adam({.lr = rate});
  const Schedule of_encoder = cosine({.t_max = steps}), of_head = cosine({.t_max = steps / every, .climb = false});
  const Schedule hurried("hurried", [of_head](std::int64_t count, double base, Horizon horizon) {
    return of_head(count * every, base, horizon);
  });
  const Schedule slow = kept == Kept::encoder_clock ? hurried : kept == Kept::encoder_horizon ? of_encoder : of_head;
  const bool apart = kept != Kept::together;
  const auto optimizer =
      (apart ? partition({{{"slow", plain.with_schedule(slow)}, {"rest", plain.with_schedule(of_encoder)}}})
             : plain.with_schedule(of_encoder))
          .bind<float>(net.layout);

  const Eigen::MatrixXf test = points(test_points, {seed, envs::Stream::problem, 1});
  const Eigen::RowVectorXf truth = target(test, true);
  auto encoding = net.encoder.scratch(test_points), fast = net.fast.scratch(test_points),
       slow_pass = net.slow.scratch(test_points);
  const auto error = [&] {
    const Eigen::MatrixXf code = net.encoder.forward(w, test, encoding);
    const Eigen::RowVectorXf said = net.slow.forward(w, code, slow_pass);
    return (said - truth).squaredNorm() / (truth.array() - truth.mean()).square().sum();
  };

  Learned result;
  double way = 0, stale = 0;
  int since_replaced = -1;
  for (int step = 0; step < steps; ++step) {
    if (step % 100 == 0) result.errors.push_back(error());
    const bool news = step % every == every - 1;
    if (step == steps / 2 && replaced != Replaced::no) {
      net.slow.initialise_uniform(w, random);
      since_replaced = 0;
      for (const Block& block : net.layout.blocks) {
        if (!block.has_tag("slow") || replaced == Replaced::nothing_reset) continue;
        if (replaced == Replaced::all_reset) {
          optimizer->reset(block);
          continue;
        }
        for (Eigen::Index row = 0; row < block.rows; ++row)  // stretches of a block leave its clock alone
          optimizer->reset(Block{block.name, block.offset + row * block.cols, 1, block.cols, block.tags});
      }
    }
    const Eigen::MatrixXf in = points(batch, {seed, envs::Stream::problem, 0, static_cast<std::uint32_t>(step)});
    gradient.setZero();
    const Eigen::MatrixXf code = net.encoder.forward(w, in, encoding);
    const auto descend = [&](const agents::Mlp<float>& part, agents::Mlp<float>::Scratch& scratch, bool of_slow) {
      const Eigen::MatrixXf slope = (part.forward(w, code, scratch) - target(in, of_slow)) * (2.0F / batch);
      Eigen::MatrixXf d_code(features, batch);
      part.backward(w, code, slope, scratch, g, d_code);
      return d_code;
    };
    Eigen::MatrixXf d_code = descend(net.fast, fast, false);
    if (news) d_code += descend(net.slow, slow_pass, true);
    net.encoder.backward(w, in, d_code, encoding, g);

    before = weights;
    if (!apart) {
      optimizer->step(w, g);
    } else {
      const std::vector<StateArray<float>> arrays = optimizer->arrays();
      const auto of_slow = [&](std::size_t i) { return arrays[i].name.find("slow") != std::string::npos; };
      std::vector<std::vector<float>> held;
      held.reserve(arrays.size());
      for (const StateArray<float>& array : arrays) held.emplace_back(array.values.begin(), array.values.end());
      optimizer->step_part("rest", w, g);
      for (std::size_t i = 0; i < arrays.size(); ++i)
        for (std::size_t j = 0; of_slow(i) && j < held[i].size(); ++j)
          result.foreign_changes += held[i][j] != arrays[i].values[j];
      result.foreign_changes +=
          static_cast<double>((weights.tail(head_size).array() != before.tail(head_size).array()).count());
      if (news) optimizer->step_part("slow", w, g);
    }
    const double moved = (weights - before).tail(head_size).norm();
    way += moved;
    if (!news) stale += moved;
    if (since_replaced >= 0 && since_replaced < 20 && news) {
      const double now = slow(apart ? step / every : step, rate, {});
      result.largest_step =
          std::max(result.largest_step, (weights - before).tail(head_size).cwiseAbs().maxCoeff() / now);
      ++since_replaced;
    }
  }
  result.error = error();
  result.errors.push_back(result.error);
  result.stale_way = stale / way;
  return result;
}

Measured heads() {
  render::Chart chart{.title = "error of the slow head", .x = {.label = "steps of the encoder"}, .y = {.log = true}};
  comparison::IntervalChart replaced{.title = "a new head halfway: its largest step over the rate",
                                     .label = "median, least and largest of fifteen seeds"};
  const auto run = [&](const char* name, Kept kept) {
    std::vector<Learned> runs;
    runs.reserve(seeds);
    for (std::uint64_t seed = 0; seed < seeds; ++seed) runs.push_back(learn(kept, seed));
    const auto middle = [&](auto&& of) {
      std::vector<double> values;
      values.reserve(runs.size());
      for (const Learned& one : runs) values.push_back(of(one));
      return median(values);
    };
    Learned result{.error = middle([](const Learned& one) { return one.error; }),
                   .stale_way = middle([](const Learned& one) { return one.stale_way; })};
    for (const Learned& one : runs) result.foreign_changes += one.foreign_changes;
    for (std::size_t i = 0; i < runs[0].errors.size(); ++i)
      result.errors.push_back(middle([i](const Learned& one) { return one.errors[i]; }));
    chart.series.push_back(curve(name, result.errors, static_cast<int>(chart.series.size()), 100));
    return result;
  };
  const auto put_in = [&](const char* name, Replaced what) {
    std::vector<double> largest;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) largest.push_back(learn(Kept::apart, seed, what).largest_step);
    const auto [low, high] = std::ranges::minmax(largest);
    replaced.rows.push_back({name, {median(largest), {low, high}}, static_cast<int>(replaced.rows.size())});
    return median(largest);
  };
  const Learned apart = run("all its own", Kept::apart), together = run("shared state", Kept::together),
                clock = run("the encoder's clock", Kept::encoder_clock),
                horizon = run("the encoder's horizon", Kept::encoder_horizon);
  const double fresh = put_in("moments and clock reset", Replaced::all_reset),
               uncorrected = put_in("moments reset", Replaced::moments_reset),
               old = put_in("nothing reset", Replaced::nothing_reset);
  return {
      {
          {"numbers of the slow head and its state that steps of the other parts changed", apart.foreign_changes, 0, 0},
          {"slow head's relative error, all its own", apart.error, 0, 0.1},
          {"over that: with its schedule on the encoder's clock", clock.error / apart.error, 4},
          {"with its schedule as long as the encoder's", horizon.error / apart.error, 0, 0.8},
          {"with shared moments, clock and schedule", together.error / apart.error, 0.8, 2.5},
          {"shared: share of the slow head's way made without news, by stale moments", together.stale_way, 0.8, 1},
          {"a new head halfway, moments and clock reset: largest step over the rate", fresh, 0.99, 1.02},
          {"moments reset, clock running on", uncorrected, 1.6, 2.3},
          {"nothing reset", old, 1.3, 2},
      },
      {chart, replaced}};
}

}  // namespace

std::vector<Study> head_studies() {
  return {
      {"heads", "Heads that are updated at different rates need optimizer state and schedules of their own.",
       "Cobbe et al. 2021", Verdict::holds_in_part,
       "A schedule that advances with another part's steps ruins the slow head, and a clock that is not restarted "
       "doubles a new head's steps. Shared moments cost little, though nine tenths of the head's way is then made "
       "without news; and a schedule so short is worse here than one that hardly comes down.",
       &heads},
  };
}

}  // namespace cairn::apps
