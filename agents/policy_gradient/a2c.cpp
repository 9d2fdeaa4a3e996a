#include "agents/policy_gradient/a2c.h"

#include "agents/policy_gradient/gae.h"
#include "optim/options.h"

namespace cairn::agents {

A2c::A2c(const envs::Spec& spec, const A2cOptions& options, optim::Rule rule)
    : options_(optim::checked("a2c", options)),
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
  experience_.follow_score(all_, options_.entropy, options_.value_coefficient);
  experience_.finish(telemetry);
}

}  // namespace cairn::agents
