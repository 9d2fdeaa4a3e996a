#include "agents/policy_gradient/self_imitation.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <string>

#include "agents/archive/archive.h"

namespace cairn::agents {

SelfImitation::SelfImitation(const SelfImitationOptions& options, const envs::Spec& spec, float gamma)
    : options_(options), gamma_(gamma) {
  if (options_.on) EpisodeMemory::require_capacity(spec, options_.memory, "'imitation_memory'");
}

void SelfImitation::begin(const OnPolicy& experience, std::int64_t iterations) {
  if (!options_.on) return;
  const envs::VectorEnvironment& worlds = experience.worlds();
  memory_ = EpisodeMemory(worlds.spec(), worlds.size(), options_.memory, gamma_, options_.alpha);
  updater_ = experience.another_updater(iterations * options_.updates);
  batch_ = Rollout(worlds.spec(), options_.batch, 1, experience.value_heads(), false);
  origins_.resize(static_cast<std::size_t>(options_.batch));
  all_.resize(origins_.size());
  std::iota(all_.begin(), all_.end(), 0);
  better_ = seen_ = 0;
}

void SelfImitation::learn(OnPolicy& experience) {
  if (!options_.on) return;
  memory_.add(experience.rollout(), experience.reward_scale());
  better_ = seen_ = 0;
  updater_.optimizer().on(optim::Event::rollout);
  const double factor = experience.updater().rate_factor() * static_cast<double>(options_.weight);
  if (updater_.rate_factor() != factor) updater_.set_rate_factor(factor);
  if (memory_.size() == 0) return;
  envs::Random random(experience.run().seed, envs::Stream::replay, 0,
                      static_cast<std::uint32_t>(experience.iteration()));
  for (int i = 0; i < options_.updates; ++i) update(experience, random);
}

void SelfImitation::update(OnPolicy& experience, envs::Random& random) {
  constexpr Eigen::Index least = 64;  // samples that the mean is over, though fewer have anything to say
  const auto n = static_cast<Eigen::Index>(std::min<std::int64_t>(options_.batch, memory_.size()));
  const auto count = static_cast<std::size_t>(n);
  memory_.draw(random, static_cast<double>(options_.beta), std::span(origins_).first(count), batch_);
  experience.normalise(batch_.observations.leftCols(n));
  experience.evaluate(batch_, n);
  imitation_advantage<float>(batch_.values.leftCols(n), batch_.returns.leftCols(n), options_.clip,
                             batch_.advantage.head(n));
  memory_.set_priorities(std::span(origins_).first(count), batch_.advantage);
  const Eigen::Index better = (batch_.advantage.head(n) > 0).count();
  better_ += better;
  seen_ += n;
  scale_ = 1.0F / static_cast<float>(std::max(better, least));
  experience.update(
      updater_, batch_, std::span(all_).first(count),
      [this](ActorShard& shard, float) {
        const Eigen::Index size = shard.size;
        imitation_policy_loss<float>(shard.distribution.log_probability().head(size), shard.advantage.head(size),
                                     shard.weight.head(size), options_.entropy, scale_,
                                     shard.d_log_probability.head(size), shard.d_entropy.head(size), shard.sums);
      },
      [this](CriticShard& shard, float) {
        const Eigen::Index size = shard.size;
        imitation_value_loss<float>(shard.values.leftCols(size), shard.returns.leftCols(size), shard.weight.head(size),
                                    options_.clip, options_.value_weight * scale_, shard.d_values.leftCols(size),
                                    shard.sums);
      });
}

void SelfImitation::report(Telemetry& telemetry) const {
  if (!options_.on) return;
  telemetry.report("train/imitated",
                   static_cast<double>(better_) / static_cast<double>(std::max<std::int64_t>(seen_, 1)));
  telemetry.report("train/memory", static_cast<double>(memory_.size()));
}

void SelfImitation::save(Archive& archive) const {
  if (!options_.on) return;
  memory_.save(archive, "imitation");
  updater_.save(archive, "imitation_optimizer");
}

void SelfImitation::load(const Archive& archive) {
  if (!options_.on) return;
  memory_.load(archive, "imitation");
  updater_.load(archive, "imitation_optimizer");
}

MemoryNeed memory_need(const SelfImitationOptions& imitation, const OnPolicyOptions& options, double largest_batch,
                       const envs::Spec& spec, const optim::Rule& rule, int environments, const Bonus* bonus) {
  if (!imitation.on) return memory_need(options, largest_batch, spec, rule, environments, bonus);
  MemoryNeed need =
      memory_need(options, std::max<double>(largest_batch, imitation.batch), spec, rule, environments, bonus);
  constexpr double number = sizeof(float);
  const double features = spec.observation_size(), action = spec.action_size(), heads = options.value_heads;
  const double masks = spec.masks ? spec.actions() : 0;
  const std::string memory = "imitation_memory=" + std::to_string(imitation.memory);
  const double bytes = EpisodeMemory::bytes(spec, environments, imitation.memory);
  const int outputs = spec.discrete() ? spec.actions() : spec.action_size();
  const double parameters = network_size(spec.observation_size(), options.hidden, outputs).parameters +
                            network_size(spec.observation_size(), options.hidden, options.value_heads).parameters;
  const ActorCritic small(spec, narrowed(options.hidden), options.activation, options.value_heads);
  // Of an optimizer of its own the state, and two copies for looking at a step.
  need.parts.push_back({memory, bytes});
  need.parts.push_back({"a checkpoint's copy of " + memory, bytes});
  need.parts.push_back(
      {"an optimizer for imitation", number * parameters * (2 + state_per_parameter(rule, small.layout))});
  need.parts.push_back({"imitation_batch=" + std::to_string(imitation.batch),
                        imitation.batch * (number * (features + action + masks + 3 * heads + 4) + 16)});
  return need;
}

}  // namespace cairn::agents
