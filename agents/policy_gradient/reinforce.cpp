#include "agents/policy_gradient/reinforce.h"

#include "agents/policy_gradient/gae.h"
#include "optim/options.h"

namespace cairn::agents {

Reinforce::Reinforce(const envs::Spec& spec, const ReinforceOptions& options, optim::Rule rule)
    : options_(optim::checked("reinforce", options)),
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

void Reinforce::begin(const Run& run) {
  const int batch = options_.rollout * run.environments;
  experience_.begin(run, batch, iterations_of(run.total_steps, batch));
  all_.resize(static_cast<std::size_t>(batch));
  std::iota(all_.begin(), all_.end(), 0);
}

void Reinforce::iterate(Telemetry& telemetry) {
  experience_.collect();
  Rollout& rollout = experience_.rollout();
  // With λ = 1, R_t = Σ_k γᵏ r_{t+k} is the plain return, and A_t = R_t - V(s_t).
  generalised_advantages(rollout, 0, {options_.gamma, 1}, experience_.rewards(), rollout.advantage);
  if (!options_.baseline) rollout.advantage = rollout.returns.row(0).transpose().array();
  if (options_.normalise_advantages) standardise(rollout.advantage);
  experience_.follow_score(all_, options_.entropy, options_.value_coefficient);
  experience_.finish(telemetry);
}

}  // namespace cairn::agents
