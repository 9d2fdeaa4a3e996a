#include "agents/q_learning/dqn.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/archive/blocks.h"
#include "agents/learner/state.h"
#include "agents/networks/distributions.h"

namespace cairn::agents {

namespace {

constexpr std::int64_t iteration_steps = 512;  // least environment steps of an iteration
constexpr double least_priority = 1e-6;        // added to errors, so that nothing is never drawn again

DqnOptions checked(DqnOptions options, const envs::Spec& spec) {
  if (!spec.discrete())
    throw std::invalid_argument("DQN needs discrete actions, and '" + spec.id +
                                "' has continuous ones; ppo, a2c and reinforce take those.");
  const auto require = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(std::string("DQN: ") + what + ".");
  };
  const auto share = [](float value) { return value >= 0 && value <= 1; };
  for (const int width : options.hidden) require(width >= 1, "'hidden' must list widths of at least 1");
  require(share(options.gamma), "'gamma' must be in [0,1]");
  require(options.memory >= 1 && options.learning_starts >= 0, "'memory' must be at least 1");
  require(options.train_frequency >= 1 && options.gradient_steps >= 1 && options.batch >= 1,
          "'train_frequency', 'gradient_steps' and 'batch' must be at least 1");
  require(options.target_interval >= 1 && options.tau > 0 && options.tau <= 1,
          "'target_interval' must be at least 1 and 'tau' in (0,1]");
  require(share(options.epsilon_initial) && share(options.epsilon_final) && share(options.exploration_fraction),
          "'epsilon_initial', 'epsilon_final' and 'exploration_fraction' must be in [0,1]");
  require(options.exploration_hold >= 1, "'exploration_hold' must be at least 1");
  require(options.huber >= 0 && options.reward_scale > 0, "'huber' must not be negative, 'reward_scale' positive");
  require(options.n_step >= 1, "'n_step' must be at least 1");
  require(share(options.priority_alpha) && share(options.priority_beta),
          "'priority_alpha' and 'priority_beta' must be in [0,1]");
  require(options.hindsight_goals >= 1, "'hindsight_goals' must be at least 1");
  require(share(options.demonstration_fraction) && options.demonstration_margin >= 0,
          "'demonstration_fraction' must be in [0,1] and 'demonstration_margin' not negative");
  require(options.max_nonfinite >= 1, "'max_nonfinite' must be at least 1");
  if (options.hindsight && !spec.goal)
    throw std::invalid_argument("DQN: 'hindsight' needs a world with goals, and '" + spec.id + "' has none.");
  return options;
}

std::span<const float> column(const Eigen::MatrixXf& matrix, Eigen::Index i) {
  return {matrix.col(i).data(), static_cast<std::size_t>(matrix.rows())};
}

}  // namespace

Dqn::Dqn(const envs::Spec& spec, DqnOptions options, optim::Rule rule, const std::vector<Demonstration>& demonstrations)
    : spec_(spec),
      options_(checked(std::move(options), spec)),
      rule_(std::move(rule)),
      network_(spec.observation_size(), spec.actions(), options_.hidden, options_.activation, options_.dueling) {
  rule_.bind<float>(network_.layout());  // a rule that does not suit the network is refused here
  std::int64_t steps = 0;
  for (const Demonstration& flown : demonstrations) steps += flown.rewards.size();
  if (steps == 0) return;
  demonstrations_ = ReplayMemory(spec_, 1, steps);
  for (const Demonstration& flown : demonstrations) {
    const Eigen::Index length = flown.rewards.size();
    if (flown.observations.rows() != spec_.observation_size() || flown.observations.cols() != length + 1)
      throw std::invalid_argument("DQN: a demonstration does not fit '" + spec_.id + "'.");
    for (Eigen::Index t = 0; t < length; ++t)
      demonstrations_.add(0, {.observation = column(flown.observations, t),
                              .next_observation = column(flown.observations, t + 1),
                              .next_mask = {},
                              .action = static_cast<int>(flown.actions(0, t)),
                              .reward = flown.rewards[t],
                              .terminated = t + 1 == length && flown.terminated,
                              .truncated = t + 1 == length && !flown.terminated});
  }
}

void Dqn::begin(const Run& run) {
  pin_eigen_cache_sizes();
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, run.environments, run.seed);
  if (worlds_->spec().observation_size() != spec_.observation_size() || worlds_->spec().actions() != spec_.actions())
    throw std::invalid_argument("The agent was made for '" + spec_.id + "', but the run's worlds are '" +
                                worlds_->spec().id + "'.");
  judge_ = run.factory();
  const int n = options_.batch, features = spec_.observation_size(), actions = spec_.actions();
  parameters_.setZero(network_.layout().size);
  envs::Random random(run.seed, envs::Stream::initialisation);
  network_.initialise({parameters_.data(), static_cast<std::size_t>(parameters_.size())}, random);
  target_ = parameters_;
  gradient_.setZero(parameters_.size());
  const std::int64_t learning = std::max<std::int64_t>(run.total_steps - options_.learning_starts, 0);
  const std::int64_t round = std::int64_t{options_.train_frequency} * run.environments;
  updater_ = Updater(rule_, network_.layout(), {.updates = learning / round * options_.gradient_steps},
                     options_.max_nonfinite);

  memory_ = ReplayMemory(spec_, run.environments, std::max<std::int64_t>(options_.memory / run.environments, 1));
  priorities_ = options_.prioritized ? SumTree(memory_.slots()) : SumTree();
  largest_priority_ = 1;
  normaliser_ = Normaliser(features);
  shown_ = demonstrations_.size() == 0
               ? 0
               : static_cast<Eigen::Index>(std::lround(options_.demonstration_fraction * static_cast<float>(n)));

  round_ = updates_tried_ = 0;
  sums_ = {};

  // Dabney, Ostrovski and Barreto 2021: P(length) ∝ length⁻², here up to the longest allowed.
  holding_times_.clear();
  double total = 0;
  for (int length = 1; length <= options_.exploration_hold; ++length)
    holding_times_.push_back(total += std::pow(length, -2.0));
  for (double& cumulative : holding_times_) cumulative /= total;
  hold_.assign(static_cast<std::size_t>(run.environments), 0);
  held_ = hold_;

  actions_.setZero(1, run.environments);
  before_.setZero(features, run.environments);
  inputs_.setZero(features, std::max(n, run.environments));
  d_q_.setZero(actions, n);
  acting_ = network_.scratch(run.environments);
  online_ = network_.scratch(n);
  delayed_ = network_.scratch(n);
  target_packed_ = false;
  const auto size = static_cast<std::size_t>(n);
  batch_.index.assign(size, 0);
  batch_.relabelled.assign(size, 0);
  batch_.last.assign(size, 0);
  batch_.open.assign(size, 0);
  for (Eigen::MatrixXf* matrix : {&batch_.observations, &batch_.next_observations}) matrix->setZero(features, n);
  batch_.next_masks.setOnes(spec_.masks ? actions : 0, spec_.masks ? n : 0);
  for (Eigen::MatrixXf* matrix : {&batch_.goals, &achieved_, &desired_}) matrix->setZero(spec_.goal.size, n);
  batch_.actions.setZero(n);
  for (Eigen::ArrayXf* array : {&batch_.rewards, &batch_.discounts, &batch_.weights, &batch_.targets, &batch_.errors})
    array->setZero(n);
  rewards_.setZero(n);
  relabelled_rewards_.setZero(n);
  columns_.reserve(size);
}

double Dqn::progress() const {
  return std::min(1.0, static_cast<double>(steps()) / static_cast<double>(std::max<std::int64_t>(run_.total_steps, 1)));
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
  const std::int64_t until = steps() + iteration_steps;
  float random_actions = 0;
  while (steps() < until) {
    random_actions = epsilon();
    const std::int64_t before = steps();
    play();
    ++round_;
    move_target(before, steps());
  }
  telemetry.clear();
  telemetry.steps = steps();
  telemetry.updates = updater_.optimizer().updates();
  worlds_->take_finished(telemetry.episodes);
  const auto updates = static_cast<double>(std::max<std::int64_t>(updater_.applied(), 1));
  telemetry.report("train/loss", sums_.loss / updates);
  telemetry.report("train/q_mean", sums_.q / updates);
  telemetry.report("train/epsilon", static_cast<double>(random_actions));
  updater_.report(telemetry);
  telemetry.report("train/memory", static_cast<double>(memory_.size()));
  sums_ = {};
  if (options_.normalise_observations) normaliser_.freeze();
}

void Dqn::play() {
  const bool learning = steps() >= options_.learning_starts && memory_.size() > 0;
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
    remember();
  }
}

void Dqn::act(int step) {
  const auto number = static_cast<std::uint32_t>(round_ * options_.train_frequency + step);
  const float random_share = epsilon();
  const int environments = run_.environments;
  auto inputs = inputs_.leftCols(environments);
  if (options_.normalise_observations)
    normaliser_.frozen.apply(worlds_->observations(), inputs);
  else
    inputs = worlds_->observations();
  network_.pack(parameters(), acting_);
  const auto q = network_.forward_packed(parameters(), inputs, acting_);
  const auto count = static_cast<std::size_t>(spec_.actions());
  for (int e = 0; e < environments; ++e) {
    envs::Random random(run_.seed, envs::Stream::exploration, static_cast<std::uint32_t>(e), number);
    const auto mask = spec_.masks ? column(worlds_->masks(), e) : std::span<const float>();
    const auto i = static_cast<std::size_t>(e);
    if (hold_[i] > 0 && (mask.empty() || mask[static_cast<std::size_t>(held_[i])] > 0)) {
      --hold_[i];
      actions_(0, e) = static_cast<float>(held_[i]);
      continue;
    }
    const bool explores = random.uniform() < random_share;
    const int action =
        explores ? uniform_legal(spec_.actions(), mask, random) : best_legal({q.col(e).data(), count}, mask);
    actions_(0, e) = static_cast<float>(action);
    held_[i] = action;
    hold_[i] = explores ? holding_time(random) - 1 : 0;
  }
}

std::int32_t Dqn::holding_time(envs::Random& random) const {
  if (options_.exploration_hold == 1) return 1;
  return static_cast<std::int32_t>(std::ranges::upper_bound(holding_times_, random.uniform_double()) -
                                   holding_times_.begin()) +
         1;
}

void Dqn::remember() {
  for (int e = 0; e < run_.environments; ++e) {
    const envs::Step& step = worlds_->steps()[static_cast<std::size_t>(e)];
    const bool done = step.terminated || step.truncated;
    const std::int64_t index =
        memory_.add(e, {.observation = column(before_, e),
                        .next_observation = column(done ? worlds_->final_observations() : worlds_->observations(), e),
                        .next_mask = !spec_.masks ? std::span<const float>()
                                                  : column(done ? worlds_->final_masks() : worlds_->masks(), e),
                        .action = static_cast<int>(actions_(0, e)),
                        .reward = step.reward,
                        .terminated = step.terminated,
                        .truncated = step.truncated});
    if (done) hold_[static_cast<std::size_t>(e)] = 0;
    if (options_.prioritized) priorities_.set(index, largest_priority_);
    if (options_.normalise_observations) normaliser_.moments.add(column(before_, e));
  }
}

void Dqn::learn() {
  envs::Random random(run_.seed, envs::Stream::replay, static_cast<std::uint32_t>(updates_tried_ >> 32),
                      static_cast<std::uint32_t>(updates_tried_));
  ++updates_tried_;
  draw_samples(random);
  sum_rewards();
  compute_targets();
  update();
}

// Which transitions, with what weights and, in hindsight, towards which goals.
void Dqn::draw_samples(envs::Random& random) {
  const Eigen::Index n = options_.batch;
  const auto below = [&](std::int64_t count) {
    return std::min(count - 1, static_cast<std::int64_t>(random.uniform_double() * static_cast<double>(count)));
  };
  double largest_weight = 0;
  const double beta =
      static_cast<double>(options_.priority_beta) + progress() * (1 - static_cast<double>(options_.priority_beta));
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto c = static_cast<std::size_t>(i);
    batch_.weights[i] = 1;
    if (i < shown_) {
      batch_.index[c] = demonstrations_.nth(below(demonstrations_.size()));
    } else if (options_.prioritized) {
      // Stratified: one draw from each of equal parts of the total.
      const double part = priorities_.total() / static_cast<double>(n - shown_);
      batch_.index[c] = priorities_.find((static_cast<double>(i - shown_) + random.uniform_double()) * part);
      const double probability = priorities_[batch_.index[c]] / priorities_.total();
      const double weight = std::pow(static_cast<double>(memory_.size()) * probability, -beta);
      batch_.weights[i] = static_cast<float>(weight);
      largest_weight = std::max(largest_weight, weight);
    } else {
      batch_.index[c] = memory_.nth(below(memory_.size()));
    }
    batch_.relabelled[c] = 0;
    if (options_.hindsight && i >= shown_ &&
        random.below(static_cast<std::uint32_t>(options_.hindsight_goals) + 1) != 0) {
      // `future`: what was achieved by this or a later step of the same episode, as far as it was flown.
      const std::int64_t future = memory_.later(batch_.index[c], below(memory_.remaining(batch_.index[c])));
      batch_.relabelled[c] = 1;
      batch_.goals.col(i) = memory_.next_observation(future).segment(spec_.goal.achieved, spec_.goal.size);
    }
  }
  if (options_.prioritized && largest_weight > 0) batch_.weights.tail(n - shown_) /= static_cast<float>(largest_weight);
}

// Σ γᵏ r_{t+k} over windows of up to n_step steps that end with their episode, and what is left of the discount.
void Dqn::sum_rewards() {
  const Eigen::Index n = options_.batch;
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto c = static_cast<std::size_t>(i);
    const ReplayMemory& memory = memory_of(i);
    batch_.observations.col(i) = memory.observation(batch_.index[c]);
    batch_.actions[i] = memory.action(batch_.index[c]);
    batch_.rewards[i] = 0;
    batch_.discounts[i] = 1;
    batch_.last[c] = batch_.index[c];
    batch_.open[c] = 1;
  }
  for (int k = 0; k < options_.n_step; ++k) {
    if (options_.hindsight) relabel_rewards();
    for (Eigen::Index i = 0; i < n; ++i) {
      const auto c = static_cast<std::size_t>(i);
      if (!batch_.open[c]) continue;
      const ReplayMemory& memory = memory_of(i);
      const std::int64_t at = batch_.last[c];
      const bool relabelled = batch_.relabelled[c] != 0;
      const float reward = relabelled ? relabelled_rewards_[i] : memory.reward(at);
      batch_.rewards[i] += batch_.discounts[i] * options_.reward_scale * reward;
      batch_.discounts[i] *= options_.gamma;
      // Reaching the new goal ends the episode where reaching the old one did; and reaching the old one does not.
      bool ended = memory.terminated(at);
      if (relabelled && spec_.goal.terminates) ended = batch_.open[c] == 2;
      if (ended) batch_.discounts[i] = 0;
      const std::int64_t next = ended ? -1 : memory.next(at);
      if (next < 0 || k + 1 == options_.n_step)
        batch_.open[c] = 0;
      else
        batch_.last[c] = next;
    }
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto c = static_cast<std::size_t>(i);
    const ReplayMemory& memory = memory_of(i);
    batch_.next_observations.col(i) = memory.next_observation(batch_.last[c]);
    if (spec_.masks) batch_.next_masks.col(i) = memory.next_mask(batch_.last[c]);
    if (!batch_.relabelled[c]) continue;
    for (Eigen::MatrixXf* observations : {&batch_.observations, &batch_.next_observations})  // the same goal in both
      observations->col(i).segment(spec_.goal.desired, spec_.goal.size) = batch_.goals.col(i);
  }
}

// Rewards of the relabelled columns' present steps, by the world's own pure function, all in one call. Columns whose
// new goal is reached get `open` 2.
void Dqn::relabel_rewards() {
  columns_.clear();
  for (Eigen::Index i = shown_; i < options_.batch; ++i) {
    const auto c = static_cast<std::size_t>(i);
    if (!batch_.relabelled[c] || !batch_.open[c]) continue;
    const auto k = static_cast<Eigen::Index>(columns_.size());
    achieved_.col(k) = memory_.next_observation(batch_.last[c]).segment(spec_.goal.achieved, spec_.goal.size);
    desired_.col(k) = batch_.goals.col(i);
    columns_.push_back(i);
    const auto size = static_cast<std::size_t>(spec_.goal.size);
    batch_.open[c] = judge_->reached({achieved_.col(k).data(), size}, {desired_.col(k).data(), size}) ? 2 : 1;
  }
  const auto count = static_cast<Eigen::Index>(columns_.size());
  auto rewards = rewards_.head(count);
  judge_->compute_reward(achieved_.leftCols(count), desired_.leftCols(count), rewards);
  for (Eigen::Index k = 0; k < count; ++k) relabelled_rewards_[columns_[static_cast<std::size_t>(k)]] = rewards[k];
}

// y = Σ γᵏ r + γⁿ Q'(s', argmax Q(s', ·)), Q' the target network; without `double` its own maximum. 0 past an end.
void Dqn::compute_targets() {
  const Eigen::Index n = options_.batch;
  if (options_.normalise_observations) {
    normaliser_.frozen.apply(batch_.observations, batch_.observations);
    normaliser_.frozen.apply(batch_.next_observations, batch_.next_observations);
  }
  if (!target_packed_) network_.pack(target(), delayed_);
  target_packed_ = true;
  network_.pack(parameters(), online_);
  const auto delayed = network_.forward_packed(target(), batch_.next_observations, delayed_);
  // The online network looks ahead with the weights that `online_` has packed; its outputs for s come afterwards.
  const auto chooser =
      options_.double_q ? network_.forward_packed(parameters(), batch_.next_observations, online_) : delayed;
  const auto actions = static_cast<std::size_t>(spec_.actions());
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto mask = spec_.masks ? column(batch_.next_masks, i) : std::span<const float>();
    const int best = best_legal({chooser.col(i).data(), actions}, mask);
    const float ahead = batch_.discounts[i] > 0 ? delayed(best, i) : 0;
    batch_.targets[i] = batch_.rewards[i] + batch_.discounts[i] * ahead;
  }
}

void Dqn::update() {
  const Eigen::Index n = options_.batch;
  const auto q = network_.forward_packed(parameters(), batch_.observations, online_);
  d_q_.setZero();
  double loss = 0, values = 0;
  const float huber = options_.huber > 0 ? options_.huber : std::numeric_limits<float>::infinity();
  for (Eigen::Index i = 0; i < n; ++i) {
    const int action = batch_.actions[i];
    const float error = q(action, i) - batch_.targets[i], size = std::abs(error);
    const float scale = batch_.weights[i] / static_cast<float>(n);
    batch_.errors[i] = size;
    values += static_cast<double>(q(action, i));
    // ½ e², linear beyond `huber`
    loss += static_cast<double>(scale * (size <= huber ? 0.5F * error * error : huber * (size - 0.5F * huber)));
    d_q_(action, i) = scale * std::clamp(error, -huber, huber);
    if (i >= shown_ || options_.demonstration_margin == 0) continue;
    // max_a [Q(s, a) + margin (a ≠ shown)] - Q(s, shown)
    Eigen::Index best = action;
    float most = q(action, i);
    for (Eigen::Index a = 0; a < q.rows(); ++a)
      if (a != action && q(a, i) + options_.demonstration_margin > most) {
        most = q(a, i) + options_.demonstration_margin;
        best = a;
      }
    loss += static_cast<double>(scale * (most - q(action, i)));
    d_q_(best, i) += scale;
    d_q_(action, i) -= scale;
  }
  gradient_.setZero();
  const auto size = static_cast<std::size_t>(parameters_.size());
  network_.backward(parameters(), batch_.observations, d_q_, online_, {gradient_.data(), size});
  if (!updater_.step({parameters_.data(), size}, {gradient_.data(), size}, steps()).applied) return;
  sums_.loss += loss;
  sums_.q += values / static_cast<double>(n);
  if (!options_.prioritized) return;
  for (Eigen::Index i = shown_; i < n; ++i) {
    const double priority =
        std::pow(static_cast<double>(batch_.errors[i]) + least_priority, static_cast<double>(options_.priority_alpha));
    priorities_.set(batch_.index[static_cast<std::size_t>(i)], priority);
    largest_priority_ = std::max(largest_priority_, priority);
  }
}

void Dqn::move_target(std::int64_t before, std::int64_t after) {
  if (before / options_.target_interval == after / options_.target_interval) return;
  if (options_.tau == 1)
    target_ = parameters_;
  else
    target_ += options_.tau * (parameters_ - target_);
  updater_.optimizer().on(optim::Event::target);
  target_packed_ = false;
}

Policy Dqn::policy() const {
  Policy policy;
  policy.head = Head::q_values;
  policy.shape = network_.folded_shape();
  Eigen::VectorXf point(parameters_.size());
  updater_.optimizer().evaluation_point(parameters(), {point.data(), static_cast<std::size_t>(point.size())});
  policy.parameters = network_.folded({point.data(), static_cast<std::size_t>(point.size())});
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
  archive.put("exploration/hold", hold_);
  archive.put("exploration/held", held_);
  normaliser_.moments.save(archive, "normaliser/observations");
  archive.metadata["memory"] = options_.save_memory ? "exact" : "left out";
  if (!options_.save_memory) return;
  memory_.save(archive, "memory");
  if (!options_.prioritized) return;
  archive.put("memory/priorities", priorities_.weights());
  archive.put_value("memory/largest_priority", largest_priority_);
}

void Dqn::load(const Archive& archive) {
  const auto size = static_cast<std::size_t>(parameters_.size());
  get_blocks(archive, "parameters/", network_.layout(), {parameters_.data(), size});
  get_blocks(archive, "target/", network_.layout(), {target_.data(), size});
  target_packed_ = false;
  updater_.load(archive, "optimizer");
  load_worlds(archive, "worlds", *worlds_);
  std::array<std::int64_t, 2> progress{};
  archive.get_into<std::int64_t>("progress", progress);
  const std::int64_t steps_a_round = std::int64_t{options_.train_frequency} * run_.environments;
  require_count("progress", progress[0], longest_run / steps_a_round + 1);  // the last round may go past the end
  require_count("progress", progress[1], std::numeric_limits<std::int64_t>::max() / 2);
  round_ = progress[0];
  updates_tried_ = progress[1];
  archive.get_into<std::int32_t>("exploration/hold", hold_);
  archive.get_into<std::int32_t>("exploration/held", held_);
  for (std::size_t e = 0; e < hold_.size(); ++e)
    if (hold_[e] < 0 || hold_[e] >= options_.exploration_hold || held_[e] < 0 || held_[e] >= spec_.actions())
      throw std::runtime_error("'exploration' holds action " + std::to_string(held_[e]) + " for " +
                               std::to_string(hold_[e]) + " steps.");
  normaliser_.moments.load(archive, "normaliser/observations");
  normaliser_.freeze();
  if (!archive.has("memory/added")) return;  // left out: the memory fills anew
  memory_.load(archive, "memory");
  for (std::int64_t i = 0; i < memory_.slots(); ++i)
    if (memory_.action(i) < 0 || memory_.action(i) >= spec_.actions())
      throw std::runtime_error("'memory/actions' holds " + std::to_string(memory_.action(i)) + ".");
  if (!options_.prioritized) return;
  std::vector<double> weights(static_cast<std::size_t>(priorities_.size()));
  archive.get_into<double>("memory/priorities", weights);
  try {
    priorities_.assign(weights);
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(std::string("'memory/priorities': ") + error.what());
  }
  largest_priority_ = archive.get_value<double>("memory/largest_priority");
  if (!(largest_priority_ >= 0) || !std::isfinite(largest_priority_))
    throw std::runtime_error("'memory/largest_priority' is no priority.");
}

}  // namespace cairn::agents
