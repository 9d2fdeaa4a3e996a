#include "agents/memory/sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "agents/archive/archive.h"
#include "agents/networks/finite.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

constexpr double least_step_priority = 1e-6;  // added to errors, so that nothing is never drawn again

SamplerOptions checked(const SamplerOptions& options, const envs::Spec& spec) {
  if (options.hindsight && !spec.goal)
    throw std::invalid_argument("'hindsight' needs a world with goals, and '" + spec.id + "' has none.");
  return optim::checked("replay", options);
}

std::span<const float> column_of(const Eigen::MatrixXf& matrix, Eigen::Index i) {
  return {matrix.col(i).data(), static_cast<std::size_t>(matrix.rows())};
}

/// All transitions of all demonstrations, in one stream.
ReplayMemory remembered(const envs::Spec& spec, const std::vector<Demonstration>& demonstrations) {
  std::int64_t steps = 0;
  for (const Demonstration& flown : demonstrations) steps += flown.rewards.size();
  if (steps == 0) return {};
  ReplayMemory memory(spec, 1, steps);
  for (const Demonstration& flown : demonstrations) {
    const Eigen::Index length = flown.rewards.size();
    bool fits = flown.observations.rows() == spec.observation_size() && flown.observations.cols() == length + 1 &&
                flown.actions.rows() == spec.action_size() && flown.actions.cols() == length &&
                (flown.masks.size() == 0 ||
                 (spec.masks && flown.masks.rows() == spec.actions() && flown.masks.cols() == length + 1));
    for (Eigen::Index t = 0; fits && t < length; ++t) fits = memory.takes(column_of(flown.actions, t));
    if (!fits) throw std::invalid_argument("A demonstration does not fit '" + spec.id + "'.");
    for (Eigen::Index t = 0; t < length; ++t)
      memory.add(0, {.observation = column_of(flown.observations, t),
                     .next_observation = column_of(flown.observations, t + 1),
                     .next_mask = flown.masks.size() == 0 ? std::span<const float>() : column_of(flown.masks, t + 1),
                     .action = column_of(flown.actions, t),
                     .reward = flown.rewards[t],
                     .terminated = t + 1 == length && flown.terminated,
                     .truncated = t + 1 == length && !flown.terminated});
  }
  return memory;
}

}  // namespace

SamplerBytes bytes_of_sampler(const SamplerOptions& options, const envs::Spec& spec, int environments,
                              const Bonus* bonus) {
  constexpr double number = sizeof(float);
  const double features = spec.observation_size(), action = spec.action_size(), masks = spec.masks ? spec.actions() : 0;
  const std::int64_t slots = std::max<std::int64_t>(options.memory / environments, 1) * environments;
  const double leaves = options.prioritized ? static_cast<double>(std::bit_ceil(static_cast<std::size_t>(slots))) : 0;
  const double transition = number * (2 * features + action + masks + 1) + sizeof(std::uint8_t) + sizeof(std::int64_t);
  const double sample = number * (2 * features + action + masks + 3.0 * spec.goal.size + 5) + 3 * sizeof(std::int64_t) +
                        3 * sizeof(std::uint8_t);
  const double paid = bonus != nullptr && bonus->of_episode() ? number : 0;
  const double novelty = bonus != nullptr ? number * (features + 1) : 0;
  return {.memory = static_cast<double>(slots) * (transition + paid) + 2 * sizeof(double) * leaves,
          .batch = options.batch * (sample + novelty)};
}

Sampler::Sampler(const envs::Spec& spec, const SamplerOptions& options,
                 const std::vector<Demonstration>& demonstrations, std::shared_ptr<Bonus> bonus)
    : options_(checked(options, spec)), spec_(spec), bonus_(std::move(bonus)) {
  demonstrate(demonstrations);
}

void Sampler::demonstrate(const std::vector<Demonstration>& demonstrations) {
  demonstrations_ = remembered(spec_, demonstrations);
  shown_ = demonstrations_.size() == 0
               ? 0
               : std::lround(options_.demonstration_fraction * static_cast<float>(options_.batch));
}

void Sampler::begin(const envs::EnvironmentFactory& factory, int environments) {
  judge_ = factory();
  memory_ = ReplayMemory(spec_, environments, std::max<std::int64_t>(options_.memory / environments, 1));
  priorities_ = options_.prioritized ? SumTree(memory_.slots()) : SumTree();
  largest_priority_ = 1;
  const Eigen::Index n = options_.batch;
  const auto count = static_cast<std::size_t>(n);
  last_.assign(count, 0);
  growing_.assign(count, 0);
  reached_.assign(count, 0);
  for (Eigen::MatrixXf* matrix : {&goals_, &achieved_, &desired_}) matrix->setZero(spec_.goal.size, n);
  for (Eigen::VectorXf* vector : {&rewards_, &relabelled_rewards_}) vector->setZero(n);
  columns_.reserve(count);
}

void Sampler::begin_bonus(const BonusRun& run) {
  if (!bonus_) return;
  bonus_->begin(run);
  const auto worlds = static_cast<std::size_t>(run.environments);
  if (bonus_->of_episode()) paid_.assign(static_cast<std::size_t>(memory_.slots()), 0);
  visited_.setZero(spec_.observation_size(), std::max<Eigen::Index>(run.environments, options_.batch));
  bonuses_.setZero(visited_.cols());
  terminated_.assign(worlds, 0);
  truncated_.assign(worlds, 0);
  bonus_sum_ = 0;
  bonus_count_ = 0;
}

std::optional<double> Sampler::take_mean_bonus() {
  if (!bonus_) return std::nullopt;
  const double sum = std::exchange(bonus_sum_, 0);
  return sum / static_cast<double>(std::max<std::int64_t>(std::exchange(bonus_count_, 0), 1));
}

void Sampler::show_to_bonus(const Eigen::MatrixXf& actions, const envs::VectorEnvironment& worlds) {
  const Eigen::Index n = worlds.size();
  for (Eigen::Index e = 0; e < n; ++e) {
    const envs::Step& step = worlds.steps()[static_cast<std::size_t>(e)];
    terminated_[static_cast<std::size_t>(e)] = step.terminated;
    truncated_[static_cast<std::size_t>(e)] = step.truncated;
    visited_.col(e) = (step.terminated || step.truncated ? worlds.final_observations() : worlds.observations()).col(e);
  }
  const Visits visits{.environments = worlds.size(),
                      .reached = visited_.leftCols(n),
                      .actions = actions,
                      .terminated = terminated_,
                      .truncated = truncated_};
  bonus_->pay(visits, {bonuses_.data(), static_cast<std::size_t>(n)});
  bonus_->learn(visits);
  bonus_sum_ += static_cast<double>(bonuses_.head(n).sum());
  bonus_count_ += n;
}

Batch Sampler::batch() const {
  const Eigen::Index n = options_.batch, features = spec_.observation_size();
  const auto count = static_cast<std::size_t>(n);
  return {.observations = Eigen::MatrixXf::Zero(features, n),
          .actions = Eigen::MatrixXf::Zero(spec_.action_size(), n),
          .rewards = Eigen::ArrayXf::Zero(n),
          .discounts = Eigen::ArrayXf::Zero(n),
          .next_observations = Eigen::MatrixXf::Zero(features, n),
          .next_masks = Eigen::MatrixXf::Ones(spec_.masks ? spec_.actions() : 0, spec_.masks ? n : 0),
          .weights = Eigen::ArrayXf::Ones(n),
          .origins = std::vector<std::int64_t>(count),
          .relabelled = std::vector<std::uint8_t>(count),
          .shown = shown_};
}

void Sampler::add(const Eigen::MatrixXf& observations, const Eigen::MatrixXf& actions,
                  const envs::VectorEnvironment& worlds) {
  if (bonus_) show_to_bonus(actions, worlds);
  for (int e = 0; e < worlds.size(); ++e) {
    const envs::Step& step = worlds.steps()[static_cast<std::size_t>(e)];
    const bool done = step.terminated || step.truncated;
    const std::int64_t index =
        memory_.add(e, {.observation = column_of(observations, e),
                        .next_observation = column_of(done ? worlds.final_observations() : worlds.observations(), e),
                        .next_mask = !spec_.masks ? std::span<const float>()
                                                  : column_of(done ? worlds.final_masks() : worlds.masks(), e),
                        .action = column_of(actions, e),
                        .reward = step.reward,
                        .terminated = step.terminated,
                        .truncated = step.truncated});
    if (options_.prioritized) priorities_.set(index, largest_priority_);
    if (!paid_.empty()) paid_[static_cast<std::size_t>(index)] = bonuses_[e];
  }
}

void Sampler::draw(envs::Random& random, double progress, Batch& batch) {
  batch.shown = shown_;
  choose(random, progress, batch);
  sum_rewards(batch);
}

void Sampler::draw_demonstrated(envs::Random& random, Batch& batch) {
  const Eigen::Index usual = std::exchange(shown_, options_.batch);
  draw(random, 0, batch);
  shown_ = usual;
}

// Which transitions, with what weights and, in hindsight, towards which goals.
void Sampler::choose(envs::Random& random, double progress, Batch& batch) {
  const Eigen::Index n = options_.batch, own = n - shown_;
  const auto below = [&](std::int64_t count) {
    return std::min(count - 1, static_cast<std::int64_t>(random.uniform_double() * static_cast<double>(count)));
  };
  const double beta =
      static_cast<double>(options_.priority_beta) + progress * (1 - static_cast<double>(options_.priority_beta));
  double largest_weight = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto c = static_cast<std::size_t>(i);
    batch.weights[i] = 1;
    batch.relabelled[c] = 0;
    if (i < shown_) {
      batch.origins[c] = demonstrations_.nth(below(demonstrations_.size()));
      continue;
    }
    if (options_.prioritized) {
      // P(j) = p_j / Σ p, stratified: one draw from each of equal parts of the total. w = (N P)^-β / max w.
      const double part = priorities_.total() / static_cast<double>(own);
      batch.origins[c] = priorities_.find((static_cast<double>(i - shown_) + random.uniform_double()) * part);
      const double probability = priorities_[batch.origins[c]] / priorities_.total();
      const double weight = std::pow(static_cast<double>(memory_.size()) * probability, -beta);
      batch.weights[i] = static_cast<float>(weight);
      largest_weight = std::max(largest_weight, weight);
    } else {
      batch.origins[c] = memory_.nth(below(memory_.size()));
    }
    if (options_.hindsight && random.below(static_cast<std::uint32_t>(options_.hindsight_goals) + 1) != 0) {
      // `future`: what was achieved by this or a later step of the same episode, as far as it was flown.
      const std::int64_t future = memory_.later(batch.origins[c], below(memory_.remaining(batch.origins[c])));
      batch.relabelled[c] = 1;
      goals_.col(i) = memory_.next_observation(future).segment(spec_.goal.achieved, spec_.goal.size);
    }
  }
  if (largest_weight > 0) batch.weights.tail(own) /= static_cast<float>(largest_weight);
}

// Σ γᵏ r_{t+k} over windows of up to n_step steps that end with their episode, and what is left of the discount.
void Sampler::sum_rewards(Batch& batch) {
  const Eigen::Index n = options_.batch;
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto c = static_cast<std::size_t>(i);
    const ReplayMemory& memory = memory_of(i);
    batch.observations.col(i) = memory.observation(batch.origins[c]);
    batch.actions.col(i) = memory.action(batch.origins[c]);
    batch.rewards[i] = 0;
    batch.discounts[i] = 1;
    last_[c] = batch.origins[c];
    growing_[c] = 1;
  }
  for (int k = 0; k < options_.n_step; ++k) {
    if (options_.hindsight) relabel_rewards(batch);
    if (bonus_) sum_bonuses(batch);
    for (Eigen::Index i = 0; i < n; ++i) {
      const auto c = static_cast<std::size_t>(i);
      if (!growing_[c]) continue;
      const ReplayMemory& memory = memory_of(i);
      const std::int64_t at = last_[c];
      const bool relabelled = batch.relabelled[c] != 0;
      const float reward = relabelled ? relabelled_rewards_[i] : memory.reward(at);
      batch.rewards[i] += batch.discounts[i] * options_.reward_scale * reward;
      batch.discounts[i] *= options_.gamma;
      // Reaching the new goal ends the episode where reaching the old one did; and reaching the old one does not.
      const bool ended = relabelled && spec_.goal.terminates ? reached_[c] != 0 : memory.terminated(at);
      if (ended) batch.discounts[i] = 0;
      const std::int64_t next = ended ? -1 : memory.next(at);
      if (next < 0 || k + 1 == options_.n_step)
        growing_[c] = 0;
      else
        last_[c] = next;
    }
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto c = static_cast<std::size_t>(i);
    const ReplayMemory& memory = memory_of(i);
    batch.next_observations.col(i) = memory.next_observation(last_[c]);
    if (spec_.masks) batch.next_masks.col(i) = memory.next_mask(last_[c]);
    if (!batch.relabelled[c]) continue;
    for (Eigen::MatrixXf* observations : {&batch.observations, &batch.next_observations})  // the same goal in both
      observations->col(i).segment(spec_.goal.desired, spec_.goal.size) = goals_.col(i);
  }
}

// r = compute_reward(achieved after the step, new goal), for all relabelled samples whose windows grow, in one call.
void Sampler::relabel_rewards(const Batch& batch) {
  columns_.clear();
  const auto size = static_cast<std::size_t>(spec_.goal.size);
  for (Eigen::Index i = shown_; i < options_.batch; ++i) {
    const auto c = static_cast<std::size_t>(i);
    if (!batch.relabelled[c] || !growing_[c]) continue;
    const auto k = static_cast<Eigen::Index>(columns_.size());
    achieved_.col(k) = memory_.next_observation(last_[c]).segment(spec_.goal.achieved, spec_.goal.size);
    desired_.col(k) = goals_.col(i);
    reached_[c] = judge_->reached({achieved_.col(k).data(), size}, {desired_.col(k).data(), size}) ? 1 : 0;
    columns_.push_back(i);
  }
  const auto count = static_cast<Eigen::Index>(columns_.size());
  auto rewards = rewards_.head(count);
  judge_->compute_reward(achieved_.leftCols(count), desired_.leftCols(count), rewards);
  for (Eigen::Index k = 0; k < count; ++k) relabelled_rewards_[columns_[static_cast<std::size_t>(k)]] = rewards[k];
}

// β b of the steps at which windows stand, discounted as their rewards are.
void Sampler::sum_bonuses(Batch& batch) {
  columns_.clear();
  for (Eigen::Index i = 0; i < options_.batch; ++i) {
    const auto c = static_cast<std::size_t>(i);
    if (!growing_[c]) continue;
    const auto k = static_cast<Eigen::Index>(columns_.size());
    if (paid_.empty())
      visited_.col(k) = memory_of(i).next_observation(last_[c]);
    else
      bonuses_[k] = i < shown_ ? 0 : paid_[static_cast<std::size_t>(last_[c])];
    columns_.push_back(i);
  }
  const auto count = static_cast<Eigen::Index>(columns_.size());
  if (paid_.empty()) bonus_->novelty(visited_.leftCols(count), bonuses_.head(count));
  for (Eigen::Index k = 0; k < count; ++k) {
    const Eigen::Index i = columns_[static_cast<std::size_t>(k)];
    batch.rewards[i] += batch.discounts[i] * bonus_->coefficient() * bonuses_[k];
  }
}

void Sampler::set_priorities(const Batch& batch, const Eigen::ArrayXf& errors) {
  if (!options_.prioritized) return;
  for (Eigen::Index i = batch.shown; i < errors.size(); ++i) {  // p = (|δ| + 1e-6)^α
    const double priority = std::pow(static_cast<double>(std::abs(errors[i])) + least_step_priority,
                                     static_cast<double>(options_.priority_alpha));
    priorities_.set(batch.origins[static_cast<std::size_t>(i)], priority);
    largest_priority_ = std::max(largest_priority_, priority);
  }
}

void Sampler::save(Archive& archive, const std::string& name) const {
  archive.metadata[name] = options_.save_memory ? "exact" : "left out";
  if (bonus_) bonus_->save(archive);
  if (!options_.save_memory) return;
  memory_.save(archive, name);
  if (!paid_.empty()) archive.put(name + "/bonuses", paid_);
  if (!options_.prioritized) return;
  require_finite(name + "/priorities", priorities_.weights());
  archive.put(name + "/priorities", priorities_.weights());
  archive.put_value(name + "/largest_priority", largest_priority_);
}

void Sampler::load(const Archive& archive, const std::string& name) {
  if (bonus_) bonus_->load(archive);
  const auto kept = archive.metadata.find(name);
  if (kept != archive.metadata.end() && kept->second == "left out") return;
  memory_.load(archive, name);
  if (!paid_.empty()) {
    archive.get_into<float>(name + "/bonuses", paid_);
    if (!all_finite(std::span<const float>(paid_)))
      throw std::runtime_error("'" + name + "/bonuses' holds a number that is not finite.");
  }
  if (!options_.prioritized) return;
  std::vector<double> weights(static_cast<std::size_t>(priorities_.size()));
  archive.get_into<double>(name + "/priorities", weights);
  try {
    priorities_.assign(weights);
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error("'" + name + "/priorities': " + error.what());
  }
  for (std::int64_t i = 0; i < memory_.slots(); ++i)
    if (memory_.holds(i) != (priorities_[i] > 0))
      throw std::runtime_error("'" + name + "/priorities' holds " + std::to_string(priorities_[i]) + " for a " +
                               (memory_.holds(i) ? "transition." : "place that is empty."));
  largest_priority_ = archive.get_value<double>(name + "/largest_priority");
  if (!(largest_priority_ > 0) || !std::isfinite(largest_priority_))
    throw std::runtime_error("'" + name + "/largest_priority' is " + std::to_string(largest_priority_) + ".");
}

}  // namespace cairn::agents
