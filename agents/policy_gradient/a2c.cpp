#include "agents/policy_gradient/a2c.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "agents/policy_gradient/gae.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

/// Options of the machinery, of which both agents have all.
template <class Options>
OnPolicyOptions machinery(const Options& options, bool with_bonus, bool keep_raw = false) {
  return {.hidden = options.hidden,
          .activation = options.activation,
          .rollout = options.rollout,
          .gamma = options.gamma,
          .reward_scale = options.reward_scale,
          .normalise_observations = options.normalise_observations,
          .normalise_returns = options.normalise_returns,
          .log_std_initial = options.log_std_initial,
          .gradient_shards = options.gradient_shards,
          .max_nonfinite = options.max_nonfinite,
          .value_heads = with_bonus ? 2 : 1,
          .keep_next = with_bonus,
          .keep_raw = keep_raw};
}

OnPolicyOptions machinery_of(const A2cOptions& options, bool with_bonus) {
  return machinery(options, with_bonus, options.imitation.on && options.normalise_observations);
}

}  // namespace

MemoryNeed memory_need(const A2cOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus) {
  return memory_need(options.imitation, machinery_of(options, bonus != nullptr),
                     static_cast<double>(options.rollout) * environments, spec, rule, environments, bonus);
}

MemoryNeed memory_need(const ReinforceOptions& options, const envs::Spec& spec, const optim::Rule& rule,
                       int environments) {
  return memory_need(machinery(options, false), static_cast<double>(options.rollout) * environments, spec, rule,
                     environments);
}

// The two agents differ in their default length of a rollout (A2C: 5 steps; REINFORCE: 256, to hold whole episodes),
// and in these lines:
//
//                  A2C                                             REINFORCE
//     lambda       an option, 1 at first: n-step returns           1: with Σ_k γᵏ r_{t+k} the plain return
//     baseline     always: V(s_t) is subtracted from the return    an option
//     name         a2c                                             reinforce

A2c::A2c(const envs::Spec& spec, const A2cOptions& options, optim::Rule rule, const std::shared_ptr<Bonus>& bonus)
    : ScoreFunctionAgent("a2c", spec, machinery_of(optim::checked("a2c", options), bonus != nullptr),
                         {.lambda = options.lambda,
                          .baseline = true,
                          .normalise_advantages = options.normalise_advantages,
                          .entropy = options.entropy,
                          .value_coefficient = options.value_coefficient,
                          .entropy_schedule = options.entropy_schedule},
                         std::move(rule), bonus, options.imitation) {}

Reinforce::Reinforce(const envs::Spec& spec, const ReinforceOptions& options, optim::Rule rule)
    : ScoreFunctionAgent("reinforce", spec, machinery(optim::checked("reinforce", options), false),
                         {.lambda = 1,
                          .baseline = options.baseline,
                          .normalise_advantages = options.normalise_advantages,
                          .entropy = options.entropy,
                          .value_coefficient = options.value_coefficient},
                         std::move(rule)) {}

ScoreFunctionAgent::ScoreFunctionAgent(std::string_view name, const envs::Spec& spec, OnPolicyOptions options,
                                       Weighting weighting, optim::Rule rule, std::shared_ptr<Bonus> bonus,
                                       const SelfImitationOptions& imitation)
    : name_(name),
      rollout_(options.rollout),
      gamma_(options.gamma),
      weighting_(std::move(weighting)),
      intrinsic_(std::move(bonus)),
      imitation_(imitation, spec, options.gamma),
      experience_(spec, std::move(options), std::move(rule)) {}

void ScoreFunctionAgent::begin(const Run& run) {
  const int batch = samples_of(rollout_, run.environments);
  horizon_ = {.updates = iterations_of(run.total_steps, batch)};
  experience_.begin(run, std::max(batch, imitation_.batch()), horizon_.updates);
  intrinsic_.begin(run, batch, horizon_.updates);
  imitation_.begin(experience_, horizon_.updates);
  all_.resize(static_cast<std::size_t>(batch));
  std::iota(all_.begin(), all_.end(), 0);
}

void ScoreFunctionAgent::iterate(Telemetry& telemetry) {
  experience_.collect();
  Rollout& rollout = experience_.rollout();
  intrinsic_.pay(rollout);
  entropy_ =
      scheduled(weighting_.entropy_schedule, weighting_.entropy, experience_.updater().optimizer().updates(), horizon_);
  // A_t = R_t - V(s_t); with λ = 1, R_t = Σ_k γᵏ r_{t+k}.
  generalised_advantages(rollout, 0, {gamma_, weighting_.lambda}, experience_.rewards(), rollout.advantage);
  intrinsic_.add_advantages(rollout, weighting_.lambda);
  if (!weighting_.baseline) rollout.advantage = rollout.returns.row(0).transpose().array();
  if (weighting_.normalise_advantages) standardise(rollout.advantage);
  experience_.update(
      all_,
      [this](ActorShard& shard, float scale) {
        const Eigen::Index n = shard.size;
        const auto weight = shard.weight.head(n);
        score_function<float>(shard.distribution.log_probability().head(n), shard.advantage.head(n), weight, scale,
                              shard.d_log_probability.head(n), shard.sums);
        shard.d_entropy.head(n) = -entropy_ * scale * weight;
      },
      [this](CriticShard& shard, float scale) {
        const Eigen::Index n = shard.size;
        value_loss<float>(shard.values.leftCols(n), shard.old_values.leftCols(n), shard.returns.leftCols(n),
                          shard.weight.head(n), 0, weighting_.value_coefficient * scale, shard.d_values.leftCols(n),
                          shard.sums);
      });
  imitation_.learn(experience_);
  intrinsic_.learn(rollout);
  experience_.finish(telemetry);
  intrinsic_.report(telemetry);
  imitation_.report(telemetry);
}

void ScoreFunctionAgent::save(Archive& archive) const {
  experience_.save(archive);
  intrinsic_.save(archive);
  imitation_.save(archive);
}

void ScoreFunctionAgent::load(const Archive& archive) {
  experience_.load(archive);
  intrinsic_.load(archive);
  imitation_.load(archive);
}

}  // namespace cairn::agents
