#include "agents/q_learning/dqn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "agents/archive/blocks.h"
#include "agents/learner/state.h"
#include "agents/networks/distributions.h"
#include "agents/q_learning/losses.h"
#include "agents/q_learning/quantiles.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

constexpr std::int64_t dqn_iteration_steps = 512;  // least environment steps of an iteration

QNetworkShape network_shape(const DqnOptions& options, const envs::Spec& spec) {
  return {.inputs = spec.observation_size(),
          .actions = spec.actions(),
          .hidden = options.hidden,
          .activation = options.activation,
          .dueling = options.dueling,
          .norm = options.layer_norm,
          .quantiles = options.quantiles};
}

DqnOptions checked(DqnOptions options, const envs::Spec& spec) {
  if (!spec.discrete())
    throw std::invalid_argument("DQN needs discrete actions, and '" + spec.id +
                                "' has continuous ones; sac, td3, ppo and a2c take those.");
  options = optim::checked("dqn", std::move(options));
  if (options.quantiles > 1 && options.huber == 0)
    throw std::invalid_argument("dqn: 'quantiles' above 1 are learned by Huber's loss and need 'huber' above 0.");
  return options;
}

}  // namespace

MemoryNeed memory_need(const DqnOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus) {
  constexpr double number = sizeof(float);
  const SamplerBytes replay = bytes_of_sampler(sampler_options(options), spec, environments, bonus);
  const int outputs = (spec.actions() + (options.dueling ? 1 : 0)) * options.quantiles;
  const NetworkSize network = network_size(spec.observation_size(), options.hidden, outputs, options.layer_norm);
  // Weights, those of the target, the gradient, two copies for looking at a step, three that are packed, the rule's
  // state.
  QNetworkShape narrow = network_shape(options, spec);
  narrow.actions = std::max(narrow.actions, 1);
  narrow.hidden = narrowed(narrow.hidden);
  const QNetwork<float> small(narrow);
  const double copies = 8 + state_per_parameter(rule, small.layout());
  const double column = number * (network.activations + 2.0 * outputs);  // of a forward pass
  const double sample = 2 * column + number * (spec.actions() * options.quantiles + options.quantiles + 1.0);
  MemoryNeed need = {
      .parts = {
          {"memory=" + std::to_string(options.memory), replay.memory},
          {"a checkpoint's copy of memory=" + std::to_string(options.memory), options.save_memory ? replay.memory : 0},
          {"the networks of " + text_of_hidden(options.hidden), number * network.parameters * copies},
          {"batch=" + std::to_string(options.batch), replay.batch + options.batch * sample},
          {std::to_string(environments) + " worlds", bytes_of_worlds(spec, environments) + environments * column}}};
  if (bonus != nullptr) need.parts.push_back({"the bonus", bonus->bytes(environments, environments)});
  return need;
}

Dqn::Dqn(const envs::Spec& spec, DqnOptions options, optim::Rule rule, const std::vector<Demonstration>& demonstrations,
         std::shared_ptr<Bonus> bonus)
    : spec_(spec),
      options_(checked(std::move(options), spec)),
      rule_(std::move(rule)),
      network_(network_shape(options_, spec)),
      sampler_(spec, sampler_options(options_), demonstrations, std::move(bonus)) {
  rule_.bind<float>(network_.layout());  // a rule that does not suit the network is refused here
}

void Dqn::start_from(const Archive& checkpoint) {
  start_ = StartingWeights(checkpoint, starting_point(name(), network_, options_.normalise_observations));
}

void Dqn::begin(const Run& run) {
  pin_eigen_cache_sizes();
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, run.environments, run.seed,
                                                      envs::Stream::environment, run.starts);
  if (worlds_->spec().observation_size() != spec_.observation_size() || worlds_->spec().actions() != spec_.actions())
    throw std::invalid_argument("The agent was made for '" + spec_.id + "', but the run's worlds are '" +
                                worlds_->spec().id + "'.");
  const int n = options_.batch;
  parameters_.setZero(network_.layout().size);
  envs::Random random(run.seed, envs::Stream::initialisation);
  network_.initialise(span_of(parameters_), random);
  normaliser_ = Normaliser(spec_.observation_size());
  start_.apply(span_of(parameters_), normaliser_);
  target_ = parameters_;
  gradient_.setZero(parameters_.size());
  const std::int64_t learning = std::max<std::int64_t>(run.total_steps - options_.learning_starts, 0);
  const std::int64_t round = std::int64_t{options_.train_frequency} * run.environments;
  updater_ =
      Updater(rule_, network_.layout(), {.updates = options_.pretraining + learning / round * options_.gradient_steps},
              options_.max_nonfinite);

  sampler_.begin(run.factory, run.environments);
  sampler_.begin_bonus({.factory = run.factory,
                        .environments = run.environments,
                        .visits = run.environments,
                        .calls = (run.total_steps + run.environments - 1) / run.environments,
                        .seed = run.seed,
                        .pool = run.pool});
  batch_ = sampler_.batch();
  behaviour_ = EpsilonGreedy(spec_, options_.exploration_hold, run.environments);
  round_ = updates_tried_ = 0;
  random_actions_ = 0;
  sums_ = {};

  actions_.setZero(1, run.environments);
  targets_.setZero(options_.quantiles, n);
  errors_.setZero(n);
  d_loss_d_q_.setZero(Eigen::Index{spec_.actions()} * options_.quantiles, n);
  d_loss_d_values_.setZero(spec_.actions());
  acting_ = network_.scratch(run.environments);
  online_ = network_.scratch(n);
  delayed_ = network_.scratch(n);
  network_.pack(target(), delayed_);
}

float Dqn::epsilon() const {
  if (steps() < options_.learning_starts) return 1;
  const auto fraction = static_cast<double>(options_.exploration_fraction);
  const auto done = static_cast<float>(fraction > 0 ? std::min(1.0, progress() / fraction) : 1.0);
  return options_.epsilon_initial + done * (options_.epsilon_final - options_.epsilon_initial);
}

// A round: every world makes train_frequency steps, then gradient_steps updates. The updates use what was remembered
// before the round, so that worlds and learning can run side by side, with the same bits on any number of threads.
void Dqn::iterate(Telemetry& telemetry) {
  const std::int64_t until = steps() + dqn_iteration_steps;
  const bool pretraining = updates_tried_ < options_.pretraining;
  if (pretraining) pretrain();
  while (!pretraining && steps() < until) {
    random_actions_ = epsilon();
    const std::int64_t before = steps();
    play();
    ++round_;
    move_target(before, steps());
  }
  report(telemetry);
  if (options_.normalise_observations) normaliser_.freeze();
}

void Dqn::report(Telemetry& telemetry) {
  telemetry.clear();
  telemetry.steps = steps();
  telemetry.updates = updater_.optimizer().updates();
  worlds_->take_finished(telemetry.episodes);
  const auto updates = static_cast<double>(std::max<std::int64_t>(updater_.applied(), 1));
  telemetry.report("train/loss", sums_.loss / updates);
  telemetry.report("train/q_mean", sums_.q / updates);
  telemetry.report("train/epsilon", static_cast<double>(random_actions_));
  updater_.report(telemetry);
  telemetry.report("train/memory", static_cast<double>(sampler_.size()));
  if (const std::optional<double> bonus = sampler_.take_mean_bonus()) telemetry.report("train/bonus", *bonus);
  sums_ = {};
}

// Updates on demonstrations alone (Hester et al. 2018), up to 512 at a time. The target network moves as it would if
// they came between steps.
void Dqn::pretrain() {
  if (sampler_.demonstrated() == 0) throw std::invalid_argument("DQN has no demonstrations to pretrain on.");
  if (options_.normalise_observations && normaliser_.moments.count() == 0) {
    sampler_.each_demonstrated([&](const auto& observation) { normaliser_.moments.add(observation); });
    normaliser_.freeze();
  }
  const std::int64_t until = std::min(options_.pretraining, updates_tried_ + dqn_iteration_steps);
  const std::int64_t round = std::int64_t{options_.train_frequency} * run_.environments;
  while (updates_tried_ < until) {
    const std::int64_t before = updates_tried_ * round / options_.gradient_steps;
    learn();
    move_target(before, updates_tried_ * round / options_.gradient_steps);
  }
}

void Dqn::play() {
  const bool learning = steps() >= options_.learning_starts && sampler_.size() > 0;
  for (int step = 0; step < options_.train_frequency; ++step) {
    act(step);
    before_ = worlds_->observations();
    // One task for the learner, one for the worlds; all updates of the round beside its first step.
    const bool learn_now = learning && step == 0;
    run_.pool->run(learn_now ? 2 : 1, [&](int task) {
      if (task == 0)
        worlds_->step(0, actions_);
      else
        for (int i = 0; i < options_.gradient_steps; ++i) learn();
    });
    sampler_.add(before_, actions_, *worlds_);
    behaviour_.end_episodes(worlds_->steps());
    if (options_.normalise_observations)
      for (const auto observation : before_.colwise()) normaliser_.moments.add(observation);
  }
}

// With probability ε a random action, else argmax_a Q(s, a).
void Dqn::act(int step) {
  inputs_ = worlds_->observations();
  whiten(inputs_);
  network_.pack(parameters(), acting_);
  const auto q = network_.values(network_.forward_packed(parameters(), inputs_, acting_), acting_);
  const auto number = static_cast<std::uint32_t>(round_ * options_.train_frequency + step);
  behaviour_.act(q, worlds_->masks(), epsilon(), run_.seed, number, actions_);
}

void Dqn::whiten(Eigen::MatrixXf& observations) const {
  if (options_.normalise_observations) normaliser_.frozen.apply(observations, observations);
}

void Dqn::learn() {
  envs::Random random(run_.seed, envs::Stream::replay, static_cast<std::uint32_t>(updates_tried_ >> 32),
                      static_cast<std::uint32_t>(updates_tried_));
  if (updates_tried_++ < options_.pretraining)
    sampler_.draw_demonstrated(random, batch_);
  else
    sampler_.draw(random, progress(), batch_);
  whiten(batch_.observations);
  whiten(batch_.next_observations);
  network_.pack(parameters(), online_);
  compute_targets();
  compute_loss();
  gradient_.setZero();
  network_.backward(parameters(), batch_.observations, d_loss_d_q_, online_, span_of(gradient_));
  const auto require = [&](bool finite, const char* what) {
    if (!finite)
      throw Diverged(std::string("The ") + what + " not finite after " + std::to_string(steps()) + " steps.");
  };
  require(std::isfinite(batch_means_.q), "network's values are");
  if (!updater_.step(span_of(parameters_), span_of(gradient_), steps()).applied) return;
  // A clipped slope makes a finite gradient of an infinite target.
  require(all_finite(view(targets_)), "targets are");
  require(std::isfinite(batch_means_.loss), "loss is");
  sampler_.set_priorities(batch_, errors_);
  sums_.loss += batch_means_.loss;
  sums_.q += batch_means_.q;
}

// y = Σ γᵏ r + γⁿ Q'(s', argmax Q(s', ·)), Q' the target network; without `double` its own maximum. 0 past an end. Of
// each quantile of Q', where there are several, and the argmax by their mean.
void Dqn::compute_targets() {
  const auto delayed = network_.forward_packed(target(), batch_.next_observations, delayed_);
  const auto chooser =
      options_.double_q ? network_.forward_packed(parameters(), batch_.next_observations, online_) : delayed;
  const auto outputs = static_cast<std::size_t>(delayed.rows());
  for (Eigen::Index i = 0; i < targets_.cols(); ++i)
    quantile_targets<float>({chooser.col(i).data(), outputs}, {delayed.col(i).data(), outputs}, batch_.next_mask(i),
                            batch_.rewards[i], batch_.discounts[i],
                            {targets_.col(i).data(), static_cast<std::size_t>(options_.quantiles)});
}

// L = 1/n Σ w [huber(Q(s, a) - y) + margin loss of shown actions], and its gradient by Q(s, ·). With quantiles their
// loss stands for Huber's, and the margin is of their means.
void Dqn::compute_loss() {
  const Eigen::Index n = targets_.cols(), quantiles = options_.quantiles;
  const auto q = network_.forward_packed(parameters(), batch_.observations, online_);
  const auto value = network_.values(q, online_);
  d_loss_d_q_.setZero();
  double loss = 0, values = 0;
  const float limit = options_.huber > 0 ? options_.huber : std::numeric_limits<float>::infinity();
  const auto actions = static_cast<std::size_t>(spec_.actions());
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto action = static_cast<int>(batch_.actions(0, i));
    const float weight = batch_.weights[i] / static_cast<float>(n);
    if (quantiles == 1) {
      errors_[i] = q(action, i) - targets_(0, i);
      const Loss temporal = huber_loss(errors_[i], limit);
      loss += static_cast<double>(weight * temporal.value);
      d_loss_d_q_(action, i) = weight * temporal.slope;
    } else {
      const auto count = static_cast<std::size_t>(quantiles);
      const QuantileLoss<float> temporal =
          quantile_huber_loss<float>({q.col(i).data() + action * quantiles, count}, {targets_.col(i).data(), count},
                                     limit, weight, {d_loss_d_q_.col(i).data() + action * quantiles, count});
      errors_[i] = temporal.error;
      loss += static_cast<double>(weight * temporal.value);
    }
    if (i < batch_.shown && options_.demonstration_margin > 0) {
      float* const d_values = quantiles == 1 ? d_loss_d_q_.col(i).data() : d_loss_d_values_.data();
      d_loss_d_values_.setZero();
      loss += static_cast<double>(margin_loss({value.col(i).data(), actions}, action, options_.demonstration_margin,
                                              weight, {d_values, actions}));
      for (Eigen::Index row = 0; quantiles > 1 && row < q.rows(); ++row)  // a value is the mean of its quantiles
        d_loss_d_q_(row, i) += d_loss_d_values_[row / quantiles] / static_cast<float>(quantiles);
    }
    values += static_cast<double>(value(action, i));
  }
  batch_means_ = {.loss = loss, .q = values / static_cast<double>(n)};
}

// θ' += τ (θ - θ') each time another target_interval steps are done.
void Dqn::move_target(std::int64_t before, std::int64_t after) {
  if (before / options_.target_interval == after / options_.target_interval) return;
  if (options_.tau == 1)
    target_ = parameters_;
  else
    target_ += options_.tau * (parameters_ - target_);
  require_finite("target network's weights", network_.layout(), target(), after);
  network_.pack(target(), delayed_);
  updater_.optimizer().on(optim::Event::target);
}

Policy Dqn::policy() const {
  Policy policy;
  policy.head = Head::q_values;
  policy.shape = network_.folded_shape();
  Eigen::VectorXf point(parameters_.size());
  updater_.optimizer().evaluation_point(parameters(), span_of(point));
  policy.parameters = network_.folded(view(point));
  if (options_.normalise_observations) policy.normaliser = normaliser_.frozen;
  policy.epsilon = options_.epsilon_final;
  return policy;
}

void Dqn::save(Archive& archive) const {
  put_blocks(archive, "parameters/", network_.layout(), parameters());
  put_blocks(archive, "target/", network_.layout(), target());
  updater_.save(archive, "optimizer");
  save_worlds(archive, "worlds", *worlds_);
  archive.put("progress", std::vector<std::int64_t>{round_, updates_tried_});
  behaviour_.save(archive, "exploration");
  normaliser_.moments.save(archive, "normaliser/observations");
  sampler_.save(archive, "memory");
}

void Dqn::load(const Archive& archive) {
  get_blocks(archive, "parameters/", network_.layout(), span_of(parameters_));
  get_blocks(archive, "target/", network_.layout(), span_of(target_));
  network_.pack(target(), delayed_);
  updater_.load(archive, "optimizer");
  load_worlds(archive, "worlds", *worlds_);
  std::array<std::int64_t, 2> progress{};
  archive.get_into<std::int64_t>("progress", progress);
  const std::int64_t steps_a_round = std::int64_t{options_.train_frequency} * run_.environments;
  require_count("progress", progress[0], longest_run / steps_a_round + 1);  // the last round may go past the end
  require_count("progress", progress[1], std::numeric_limits<std::int64_t>::max() / 2);
  round_ = progress[0];
  updates_tried_ = progress[1];
  behaviour_.load(archive, "exploration");
  normaliser_.moments.load(archive, "normaliser/observations");
  normaliser_.freeze();
  sampler_.load(archive, "memory");
}

}  // namespace cairn::agents
