#include "agents/policy_gradient/a2c.h"

#include "agents/policy_gradient/gae.h"

namespace cairn::agents {

A2c::A2c(const envs::Spec& spec, const A2cOptions& options, optim::Rule rule)
    : options_(options),
      experience_(spec,
                  {.hidden = options.hidden,
                   .activation = options.activation,
                   .rollout = options.rollout,
                   .gamma = options.gamma,
                   .reward_scale = options.reward_scale,
                   .normalise_observations = options.normalise_observations,
                   .normalise_returns = options.normalise_returns,
                   .log_std_initial = options.log_std_initial,
                   .gradient_shards = options.gradient_shards,
                   .max_nonfinite = options.max_nonfinite},
                  std::move(rule)) {}

void A2c::begin(const Run& run) {
  const int batch = options_.rollout * run.environments;
  experience_.begin(run, batch, iterations_of(run.total_steps, batch));
  all_.resize(static_cast<std::size_t>(batch));
  std::iota(all_.begin(), all_.end(), 0);
}

void A2c::iterate(Telemetry& telemetry) {
  experience_.collect();
  Rollout& rollout = experience_.rollout();
  generalised_advantages(rollout, 0, {options_.gamma, options_.lambda}, experience_.rewards(), rollout.advantage);
  if (options_.normalise_advantages) standardise(rollout.advantage);
  // L = -A log p + value_coefficient (V - R)² - entropy H, in the mean over samples
  experience_.update(
      all_,
      [&](OnPolicy::ActorShard& shard, float scale) {
        const Eigen::Index n = shard.size;
        const auto weight = shard.weight.head(n);
        score_function<float>(shard.distribution.log_probability().head(n), shard.advantage.head(n), weight, scale,
                              shard.d_log_probability.head(n), shard.sums);
        shard.d_entropy.head(n) = -options_.entropy * scale * weight;
      },
      [&](OnPolicy::CriticShard& shard, float scale) {
        const Eigen::Index n = shard.size;
        value_loss<float>(shard.values.leftCols(n), shard.old_values.leftCols(n), shard.returns.leftCols(n),
                          shard.weight.head(n), 0, options_.value_coefficient * scale, shard.d_values.leftCols(n),
                          shard.sums);
      });
  experience_.finish(telemetry);
}

}  // namespace cairn::agents
