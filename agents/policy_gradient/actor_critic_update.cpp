#include "agents/policy_gradient/actor_critic_update.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "agents/archive/archive.h"

namespace cairn::agents {

namespace {

/// A loss that is not finite although its gradient is, as where an infinite target meets a clipped slope. (The
/// divergence from the old policy may well be infinite where the loss is clipped.)
void require_finite_losses(const LossSums& sums, std::int64_t steps) {
  const auto look = [&](double sum, const char* what) {
    if (!std::isfinite(sum))
      throw Diverged(std::string("The ") + what + " is not finite after " + std::to_string(steps) + " steps.");
  };
  look(sums.policy, "policy's loss");
  look(sums.value, "critic's loss");
  look(sums.entropy, "policy's entropy");
}

/// `gradient` = Σ over shards, in their order, of their gradients by as many parameters from `first` on.
template <class Shard>
void sum_gradients(const std::vector<Shard>& shards, Eigen::Index first, Eigen::Ref<Eigen::VectorXf> gradient) {
  const auto own = [&](const Shard& shard) {
    return Eigen::Map<const Eigen::VectorXf>(shard.gradient.data() + first, gradient.size());
  };
  gradient = own(shards[0]);
  for (std::size_t i = 1; i < shards.size(); ++i) gradient += own(shards[i]);
}

}  // namespace

ActorCriticUpdate::ActorCriticUpdate(const ActorCritic& networks, const envs::Spec& spec, int shards, int largest_batch)
    : networks_(networks),
      actor_size_(networks.layout.find("critic/0/weight").offset),
      actor_shards_(static_cast<std::size_t>(shards)),
      critic_shards_(static_cast<std::size_t>(shards)),
      gradient_(Eigen::VectorXf::Zero(networks.layout.size)) {
  const auto columns = static_cast<int>((std::int64_t{largest_batch} + shards - 1) / shards);
  const int outputs = networks.actor.shape().outputs, heads = networks.critic.shape().outputs;
  for (ActorShard& shard : actor_shards_) {
    shard.observations.setZero(spec.observation_size(), columns);
    shard.actions.setZero(spec.action_size(), columns);
    if (spec.masks) shard.masks.setZero(spec.actions(), columns);
    for (Eigen::ArrayXf* array :
         {&shard.old_log_probability, &shard.advantage, &shard.weight, &shard.d_log_probability, &shard.d_entropy})
      array->setZero(columns);
    shard.distribution = ActionDistribution<float>(networks.head, outputs, columns);
    shard.scratch = networks.actor.scratch(columns);
    shard.d_outputs.setZero(outputs, columns);
    shard.gradient.setZero(networks.layout.size);
  }
  for (CriticShard& shard : critic_shards_) {
    shard.observations.setZero(spec.observation_size(), columns);
    for (Eigen::MatrixXf* values : {&shard.old_values, &shard.returns, &shard.values, &shard.d_values})
      values->setZero(heads, columns);
    shard.weight.setZero(columns);
    shard.scratch = networks.critic.scratch(columns);
    // The critic's stretch begins where the actor's ends, anywhere on a cache line; on the border of one, the longer of
    // the two tasks reads and writes whole lines.
    shard.gradient = optim::LargeVector<float>(static_cast<std::size_t>(networks.layout.size), 0,
                                               optim::SideBySide<float>(static_cast<std::size_t>(actor_size_)));
  }
}

ActorCriticUpdate::Outcome ActorCriticUpdate::run(std::span<float> parameters, Updater& updater, const Rollout& rollout,
                                                  std::span<const int> samples, const PolicyLoss& policy_loss,
                                                  const ValueLoss& value_loss, std::int64_t environment_steps,
                                                  envs::ThreadPool& pool) {
  const float scale = 1.0F / static_cast<float>(samples.size());
  const std::size_t shards = actor_shards_.size();
  const auto part = [samples, shards](std::size_t i) {
    const std::size_t begin = samples.size() * i / shards, end = samples.size() * (i + 1) / shards;
    return samples.subspan(begin, end - begin);
  };
  const auto cut = static_cast<std::size_t>(actor_size_), size = parameters.size();
  optim::DividedStep<float>* const last = std::exchange(begun_, nullptr);
  // Two threads take a network each; of more, each two take a group of shards. The first task is the caller's, who
  // starts first: it has the critic, which takes longer when both run.
  const std::size_t groups = std::clamp(static_cast<std::size_t>(pool.threads()) / 2, std::size_t{1}, shards);
  std::array<bool, 2> finite{true, true};  // what each of the two moved
  pool.run_in_place(static_cast<int>(2 * groups), [=, this, &finite, &rollout, &policy_loss, &value_loss](int task) {
    const bool for_critic = task % 2 == 0;
    const std::size_t group = static_cast<std::size_t>(task) / 2;
    if (last) {
      const std::size_t first = for_critic ? cut : 0, end = for_critic ? size : cut;
      last->move(first, end);
      finite[for_critic ? 1 : 0] = all_finite(std::span<const float>(parameters).subspan(first, end - first));
    }
    for (std::size_t i = shards * group / groups; i < shards * (group + 1) / groups; ++i) {
      if (for_critic) {
        forward(parameters, rollout, part(i), critic_shards_[i]);
        value_loss(critic_shards_[i], scale);
        backward(parameters, critic_shards_[i]);
      } else {
        forward(parameters, rollout, part(i), actor_shards_[i]);
        policy_loss(actor_shards_[i], scale);
        backward(parameters, actor_shards_[i]);
      }
    }
    if (groups == 1) for_critic ? sum_critic() : sum_actor();
  });
  if (!finite[0] || !finite[1]) updater.require_finite_weights(parameters, environment_steps);
  if (groups > 1) {
    sum_actor();
    sum_critic();
  }

  // Two threads move their networks by this gradient when they begin with the next one: gradient, moments and
  // parameters of each then stay in its core's cache, and the threads meet once an update.
  const std::span<const float> gradient(gradient_.data(), parameters.size());
  const bool divides = pool.threads() > 1 && groups == 1 && !updater.looks_at_next_step();
  auto* const divided = divides ? dynamic_cast<optim::DividedStep<float>*>(&updater.optimizer()) : nullptr;
  optim::StepReport report;
  if (divided) {
    report = divided->begin_step(parameters, gradient);
    updater.account(report, environment_steps);
    begun_ = divided;
  } else {
    report = updater.step(parameters, gradient, environment_steps);
  }

  Outcome outcome{.sums = {}, .applied = report.applied};
  for (const ActorShard& shard : actor_shards_) outcome.sums += shard.sums;
  for (const CriticShard& shard : critic_shards_) outcome.sums += shard.sums;
  if (outcome.applied)
    require_finite_losses(outcome.sums, environment_steps);
  else
    require_finite_outputs(environment_steps);
  return outcome;
}

// A gradient that is not finite is skipped; where already the networks' outputs are not, skipping mends nothing.
void ActorCriticUpdate::require_finite_outputs(std::int64_t steps) const {
  const auto look = [&](const auto& shard, const char* what) {
    if (!all_finite(view(shard.scratch.activations.back().leftCols(shard.size))))
      throw Diverged(std::string("The ") + what + " are not finite after " + std::to_string(steps) + " steps.");
  };
  for (const ActorShard& shard : actor_shards_) look(shard, "policy's outputs");
  for (const CriticShard& shard : critic_shards_) look(shard, "critic's values");
}

void ActorCriticUpdate::sum_actor() {
  sum_gradients(actor_shards_, 0, gradient_.head(actor_size_));
}

void ActorCriticUpdate::sum_critic() {
  sum_gradients(critic_shards_, actor_size_, gradient_.tail(gradient_.size() - actor_size_));
}

void ActorCriticUpdate::finish(std::span<const float> parameters, const Updater& updater,
                               std::int64_t environment_steps) {
  auto* const last = std::exchange(begun_, nullptr);
  if (!last) return;
  last->move(0, parameters.size());
  updater.require_finite_weights(parameters, environment_steps);
}

void ActorCriticUpdate::forward(std::span<const float> parameters, const Rollout& rollout, std::span<const int> samples,
                                ActorShard& shard) const {
  const auto n = shard.size = static_cast<Eigen::Index>(samples.size());
  for (Eigen::Index i = 0; i < n; ++i) {
    const int sample = samples[static_cast<std::size_t>(i)];
    shard.observations.col(i) = rollout.observations.col(sample);
    shard.actions.col(i) = rollout.actions.col(sample);
    if (shard.masks.size() != 0) shard.masks.col(i) = rollout.masks.col(sample);
    shard.old_log_probability[i] = rollout.log_probability[sample];
    shard.advantage[i] = rollout.advantage[sample];
    shard.weight[i] = rollout.weight[sample];
  }
  const auto outputs = networks_.actor.forward(parameters, shard.observations.leftCols(n), shard.scratch);
  const Eigen::Index masked = shard.masks.size() == 0 ? 0 : n;
  shard.distribution.forward(outputs, shard.actions.leftCols(n), shard.masks.leftCols(masked),
                             networks_.log_std(parameters));
  shard.sums = {};
  shard.sums.weight = static_cast<double>(shard.weight.head(n).sum());
  shard.sums.entropy = static_cast<double>((shard.weight.head(n) * shard.distribution.entropy().head(n)).sum());
}

void ActorCriticUpdate::forward(std::span<const float> parameters, const Rollout& rollout, std::span<const int> samples,
                                CriticShard& shard) const {
  const auto n = shard.size = static_cast<Eigen::Index>(samples.size());
  for (Eigen::Index i = 0; i < n; ++i) {
    const int sample = samples[static_cast<std::size_t>(i)];
    shard.observations.col(i) = rollout.observations.col(sample);
    shard.old_values.col(i) = rollout.values.col(sample);
    shard.returns.col(i) = rollout.returns.col(sample);
    shard.weight[i] = rollout.weight[sample];
  }
  shard.values.leftCols(n) = networks_.critic.forward(parameters, shard.observations.leftCols(n), shard.scratch);
  shard.sums = {};
}

void ActorCriticUpdate::backward(std::span<const float> parameters, ActorShard& shard) const {
  const Eigen::Index n = shard.size;
  shard.gradient.head(actor_size_).setZero();
  const std::span<float> gradient(shard.gradient.data(), parameters.size());
  const auto d_log_std = networks_.log_std_size == 0
                             ? std::span<float>()
                             : gradient.subspan(static_cast<std::size_t>(networks_.log_std_offset),
                                                static_cast<std::size_t>(networks_.log_std_size));
  auto d_outputs = shard.d_outputs.leftCols(n);
  shard.distribution.backward(shard.d_log_probability.head(n), shard.d_entropy.head(n), d_outputs, d_log_std);
  networks_.actor.backward(parameters, shard.observations.leftCols(n), d_outputs, shard.scratch, gradient);
}

void ActorCriticUpdate::backward(std::span<const float> parameters, CriticShard& shard) const {
  const Eigen::Index n = shard.size;
  std::fill(shard.gradient.begin() + actor_size_, shard.gradient.end(), 0.0F);
  networks_.critic.backward(parameters, shard.observations.leftCols(n), shard.d_values.leftCols(n), shard.scratch,
                            shard.gradient);
}

void ActorCriticUpdate::evaluate(std::span<const float> parameters, const Eigen::MatrixXf& observations, Eigen::Index n,
                                 envs::ThreadPool& pool, Eigen::MatrixXf& values) {
  const auto shards = static_cast<Eigen::Index>(critic_shards_.size());
  pool.run(static_cast<int>(shards), [&](int i) {
    CriticShard& shard = critic_shards_[static_cast<std::size_t>(i)];
    networks_.critic.pack(parameters, shard.scratch);
    evaluate(parameters, observations, n * i / shards, n * (i + 1) / shards, shard, values);
  });
}

void ActorCriticUpdate::evaluate(std::span<const float> parameters, const Eigen::MatrixXf& observations,
                                 Eigen::Index first, Eigen::Index end, CriticShard& shard,
                                 Eigen::MatrixXf& values) const {
  for (const Eigen::Index widest = shard.observations.cols(); first < end; first += widest) {
    const Eigen::Index count = std::min(widest, end - first);
    values.middleCols(first, count) =
        networks_.critic.forward_packed(parameters, observations.middleCols(first, count), shard.scratch);
  }
}

void ActorCriticUpdate::revalue(std::span<const float> parameters, const Eigen::Ref<const Eigen::MatrixXf>& present,
                                const FrozenNormaliser* normaliser, envs::ThreadPool& pool, Rollout& rollout) {
  const auto shards = static_cast<Eigen::Index>(critic_shards_.size());
  pool.run(static_cast<int>(shards), [&](int i) {
    CriticShard& shard = critic_shards_[static_cast<std::size_t>(i)];
    networks_.critic.pack(parameters, shard.scratch);
    const Eigen::Index n = rollout.size(), end = n * (i + 1) / shards;
    evaluate(parameters, rollout.observations, n * i / shards, end, shard, rollout.values);
    const auto value = [&](const auto& raw) {
      auto seen = shard.observations.leftCols(1);
      if (normaliser)
        normaliser->apply(raw, seen);
      else
        seen = raw;
      return networks_.critic.forward_packed(parameters, seen, shard.scratch);
    };
    for (Eigen::Index sample = n * i / shards; sample < end; ++sample)
      if (rollout.truncated[static_cast<std::size_t>(sample)])
        rollout.final_values.col(sample) = value(rollout.next_observations.col(sample));
    if (i == 0)
      for (int e = 0; e < rollout.environments; ++e) rollout.last_values.col(e) = value(present.col(e));
  });
}

}  // namespace cairn::agents
