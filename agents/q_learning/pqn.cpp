#include "agents/q_learning/pqn.h"

#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

#include "agents/archive/blocks.h"
#include "agents/learner/state.h"
#include "agents/q_learning/q_lambda.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

PqnOptions checked(const PqnOptions& options, const envs::Spec& spec) {
  if (!spec.discrete())
    throw std::invalid_argument("PQN needs discrete actions, and '" + spec.id +
                                "' has continuous ones; sac, td3, ppo and a2c take those.");
  return optim::checked("pqn", options);
}

QNetworkShape network_shape(const PqnOptions& options, const envs::Spec& spec) {
  return {.inputs = spec.observation_size(),
          .actions = spec.actions(),
          .hidden = options.hidden,
          .activation = options.activation,
          .norm = options.layer_norm};
}

}  // namespace

MemoryNeed memory_need(const PqnOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments) {
  constexpr double number = sizeof(float);
  const double features = spec.observation_size(), actions = spec.actions(), masks = spec.masks ? actions : 0;
  const NetworkSize network = network_size(spec.observation_size(), options.hidden, spec.actions(), options.layer_norm);
  const double samples = static_cast<double>(options.rollout) * environments;
  // Of each sample: what a Rollout holds, the reward as learning sees it, the target and a place in the order.
  const double rollout = samples * (number * (features + masks + 10) + 2 + sizeof(int));
  QNetworkShape narrow = network_shape(options, spec);
  narrow.actions = std::max(narrow.actions, 1);
  narrow.hidden = narrowed(narrow.hidden);
  // Weights, their gradient, two copies for looking at a step, the rule's state; a gradient and packed weights for each
  // shard; packed weights for every four worlds.
  const int packings = (environments + QCollector::width - 1) / QCollector::width;
  const double copies =
      4 + state_per_parameter(rule, QNetwork<float>(narrow).layout()) + 2.0 * options.gradient_shards + packings;
  const double batch = std::min<double>(options.minibatch, samples);
  return {.parts = {{"rollout=" + std::to_string(options.rollout) + " of " + std::to_string(environments) + " worlds",
                     rollout},
                    {"the networks of " + text_of_hidden(options.hidden),
                     number * (network.parameters * copies + network.activations * environments)},
                    {"minibatch=" + std::to_string(options.minibatch),
                     batch * number * (features + actions + network.activations)},
                    {std::to_string(environments) + " worlds", bytes_of_worlds(spec, environments)}},
          .samples = samples};
}

Pqn::Pqn(const envs::Spec& spec, const PqnOptions& options, optim::Rule rule)
    : spec_(spec), options_(checked(options, spec)), rule_(std::move(rule)), network_(network_shape(options_, spec)) {
  rule_.bind<float>(network_.layout());  // a rule that does not suit the network is refused here
}

void Pqn::start_from(const Archive& checkpoint) {
  start_ = StartingWeights(checkpoint, starting_point(name(), network_, options_.normalise_observations));
}

void Pqn::begin(const Run& run) {
  pin_eigen_cache_sizes();
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, run.environments, run.seed,
                                                      envs::Stream::environment, run.starts);
  if (worlds_->spec().observation_size() != spec_.observation_size() || worlds_->spec().actions() != spec_.actions())
    throw std::invalid_argument("The agent was made for '" + spec_.id + "', but the run's worlds are '" +
                                worlds_->spec().id + "'.");
  parameters_.setZero(network_.layout().size);
  envs::Random random(run.seed, envs::Stream::initialisation);
  network_.initialise({parameters_.data(), static_cast<std::size_t>(parameters_.size())}, random);
  normaliser_ = Normaliser(spec_.observation_size());
  start_.apply({parameters_.data(), static_cast<std::size_t>(parameters_.size())}, normaliser_);
  gradient_.setZero(parameters_.size());

  const int batch = samples_of(options_.rollout, run.environments), minibatch = std::min(options_.minibatch, batch);
  const std::int64_t updates_an_epoch = (std::int64_t{batch} + minibatch - 1) / minibatch;
  const std::int64_t iterations = (run.total_steps + batch - 1) / batch;
  updater_ = Updater(rule_, network_.layout(), {.updates = iterations * options_.epochs * updates_an_epoch},
                     options_.max_nonfinite);
  collector_ = QCollector(network_, spec_, run.environments);
  rollout_ = Rollout(spec_, run.environments, options_.rollout, 1, false);
  rewards_.setZero(batch);
  targets_.setZero(batch);
  order_.resize(static_cast<std::size_t>(batch));

  const int columns = (minibatch + options_.gradient_shards - 1) / options_.gradient_shards;
  shards_.assign(static_cast<std::size_t>(options_.gradient_shards), {});
  for (Shard& shard : shards_) {
    shard.observations.setZero(spec_.observation_size(), columns);
    shard.d_loss_d_q.setZero(spec_.actions(), columns);
    shard.scratch = network_.scratch(columns);
    shard.gradient.setZero(parameters_.size());
  }
  iteration_ = 0;
  sums_ = {};
}

float Pqn::epsilon() const {
  const double progress =
      static_cast<double>(steps()) / static_cast<double>(std::max<std::int64_t>(run_.total_steps, 1));
  const auto fraction = static_cast<double>(options_.exploration_fraction);
  const auto done = static_cast<float>(fraction > 0 ? std::min(1.0, progress / fraction) : 1.0);
  return options_.epsilon_initial + done * (options_.epsilon_final - options_.epsilon_initial);
}

// One iteration: a rollout, its targets, then epochs over it in shuffled minibatches, one update each.
void Pqn::iterate(Telemetry& telemetry) {
  const float random_actions = epsilon();
  collector_.collect(network_, parameters(), *worlds_,
                     {.seed = run_.seed,
                      .iteration = static_cast<std::uint32_t>(iteration_),
                      .epsilon = random_actions,
                      .steps = steps()},
                     options_.normalise_observations ? &normaliser_ : nullptr, *run_.pool, rollout_);
  ++iteration_;
  updater_.optimizer().on(optim::Event::rollout);
  rewards_ = rollout_.rewards * options_.reward_scale;
  // Values are those by which it acted: no other network looks ahead.
  q_lambda_targets<float>({.environments = rollout_.environments,
                           .rewards = view(rewards_),
                           .terminated = rollout_.terminated,
                           .truncated = rollout_.truncated,
                           .values = view(rollout_.values),
                           .final_values = view(rollout_.final_values),
                           .last_values = view(rollout_.last_values)},
                          options_.gamma, options_.lambda, {targets_.data(), order_.size()});

  envs::Random random(run_.seed, envs::Stream::shuffle, 0, static_cast<std::uint32_t>(iteration_));
  std::iota(order_.begin(), order_.end(), 0);
  const auto minibatch = static_cast<std::size_t>(options_.minibatch);
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    random.shuffle(order_);
    for (std::size_t start = 0; start < order_.size(); start += minibatch)
      update(std::span<const int>(order_).subspan(start, std::min(minibatch, order_.size() - start)));
  }

  telemetry.clear();
  telemetry.iteration = iteration_;
  telemetry.steps = steps();
  telemetry.updates = updater_.optimizer().updates();
  worlds_->take_finished(telemetry.episodes);
  const double samples = std::max(sums_.samples, 1.0);
  telemetry.report("train/loss", sums_.loss / samples);
  telemetry.report("train/q_mean", sums_.q / samples);
  telemetry.report("train/epsilon", static_cast<double>(random_actions));
  updater_.report(telemetry);
  sums_ = {};
  if (options_.normalise_observations) normaliser_.freeze();
}

// One step of the optimizer down the gradient of L = ½ (Q(s, a) - G)², in the mean over the minibatch.
void Pqn::update(std::span<const int> minibatch) {
  const float scale = 1.0F / static_cast<float>(minibatch.size());
  const std::size_t shards = shards_.size();
  run_.pool->run_in_place(static_cast<int>(shards), [&](int i) {
    const auto s = static_cast<std::size_t>(i);
    const std::size_t begin = minibatch.size() * s / shards, end = minibatch.size() * (s + 1) / shards;
    compute_gradient(minibatch.subspan(begin, end - begin), scale, shards_[s]);
  });
  gradient_ = shards_[0].gradient;
  double loss = shards_[0].loss, q = shards_[0].q;
  for (std::size_t s = 1; s < shards; ++s) {
    gradient_ += shards_[s].gradient;
    loss += shards_[s].loss;
    q += shards_[s].q;
  }
  const auto require = [&](double sum, const char* what) {
    if (!std::isfinite(sum))
      throw Diverged(std::string("The ") + what + " not finite after " + std::to_string(steps()) + " steps.");
  };
  require(q, "network's values are");
  const std::span<float> weights(parameters_.data(), static_cast<std::size_t>(parameters_.size()));
  if (!updater_.step(weights, view(gradient_), steps()).applied) return;
  require(loss, "loss is");
  sums_.loss += loss;
  sums_.q += q;
  sums_.samples += static_cast<double>(minibatch.size());
}

void Pqn::compute_gradient(std::span<const int> samples, float scale, Shard& shard) const {
  const auto n = static_cast<Eigen::Index>(samples.size());
  auto observations = shard.observations.leftCols(n);
  for (Eigen::Index i = 0; i < n; ++i)
    observations.col(i) = rollout_.observations.col(samples[static_cast<std::size_t>(i)]);
  network_.pack(parameters(), shard.scratch);
  const auto q = network_.forward_packed(parameters(), observations, shard.scratch);
  auto d_loss_d_q = shard.d_loss_d_q.leftCols(n);
  d_loss_d_q.setZero();
  shard.loss = shard.q = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const int sample = samples[static_cast<std::size_t>(i)];
    const auto action = static_cast<Eigen::Index>(rollout_.actions(0, sample));
    const float error = q(action, i) - targets_[sample];
    d_loss_d_q(action, i) = scale * error;
    shard.loss += 0.5 * static_cast<double>(error) * static_cast<double>(error);
    shard.q += static_cast<double>(q(action, i));
  }
  shard.gradient.setZero();
  network_.backward(parameters(), observations, d_loss_d_q, shard.scratch,
                    {shard.gradient.data(), static_cast<std::size_t>(shard.gradient.size())});
}

Policy Pqn::policy() const {
  Policy policy;
  policy.head = Head::q_values;
  policy.shape = network_.folded_shape();
  Eigen::VectorXf point(parameters_.size());
  updater_.optimizer().evaluation_point(parameters(), {point.data(), static_cast<std::size_t>(point.size())});
  policy.parameters = network_.folded(view(point));
  if (options_.normalise_observations) policy.normaliser = normaliser_.frozen;
  policy.epsilon = options_.epsilon_final;
  return policy;
}

void Pqn::save(Archive& archive) const {
  put_blocks(archive, "parameters/", network_.layout(), parameters());
  updater_.save(archive, "optimizer");
  save_worlds(archive, "worlds", *worlds_);
  archive.put_value("iteration", iteration_);
  normaliser_.moments.save(archive, "normaliser/observations");
}

void Pqn::load(const Archive& archive) {
  get_blocks(archive, "parameters/", network_.layout(),
             {parameters_.data(), static_cast<std::size_t>(parameters_.size())});
  updater_.load(archive, "optimizer");
  load_worlds(archive, "worlds", *worlds_);
  iteration_ = archive.get_value<std::int64_t>("iteration");
  require_count("iteration", iteration_, longest_run / rollout_.size() + 1);  // the last one may go past the end
  normaliser_.moments.load(archive, "normaliser/observations");
  normaliser_.freeze();
}

}  // namespace cairn::agents
