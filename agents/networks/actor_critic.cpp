#include "agents/networks/actor_critic.h"

#include <numbers>

namespace cairn::agents {

ActorCritic::ActorCritic(const envs::Spec& spec, const std::vector<int>& hidden, Activation activation, int value_heads,
                         bool layer_norm)
    : head(spec.discrete() ? Head::logits : Head::means) {
  const int outputs = spec.discrete() ? spec.actions() : spec.action_size();
  actor = Mlp<float>({spec.observation_size(), hidden, outputs, activation, layer_norm}, layout, "actor");
  if (head == Head::means) {
    log_std_size = outputs;
    log_std_offset = layout.add("actor/log_std", outputs, 1, {"log_std", "actor"});
  }
  critic = Mlp<float>({spec.observation_size(), hidden, value_heads, activation, layer_norm}, layout, "critic");
}

Eigen::VectorXf ActorCritic::initial_parameters(std::uint64_t seed, float log_std) const {
  Eigen::VectorXf parameters = Eigen::VectorXf::Zero(layout.size);
  const std::span<float> all(parameters.data(), static_cast<std::size_t>(parameters.size()));
  envs::Random for_actor(seed, envs::Stream::initialisation, 0), for_critic(seed, envs::Stream::initialisation, 1);
  actor.initialise_orthogonal(all, for_actor, std::numbers::sqrt2_v<float>, 0.01F);
  critic.initialise_orthogonal(all, for_critic, std::numbers::sqrt2_v<float>, 1.0F);
  if (log_std_size > 0) parameters.segment(log_std_offset, log_std_size).setConstant(log_std);
  return parameters;
}

std::span<const float> ActorCritic::log_std(std::span<const float> parameters) const {
  if (log_std_size == 0) return {};
  return parameters.subspan(static_cast<std::size_t>(log_std_offset), static_cast<std::size_t>(log_std_size));
}

}  // namespace cairn::agents
