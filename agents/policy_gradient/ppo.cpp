#include "agents/policy_gradient/ppo.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "agents/policy_gradient/gae.h"
#include "optim/options.h"

namespace cairn::agents {

std::string_view to_string(AdvantageNormalisation normalisation) {
  switch (normalisation) {
    case AdvantageNormalisation::none:
      return "none";
    case AdvantageNormalisation::minibatch:
      return "minibatch";
    case AdvantageNormalisation::batch:
      return "batch";
  }
  return "";
}

bool parse(std::string_view text, AdvantageNormalisation& normalisation) {
  using enum AdvantageNormalisation;
  for (const AdvantageNormalisation candidate : {none, minibatch, batch})
    if (text == to_string(candidate)) {
      normalisation = candidate;
      return true;
    }
  return false;
}

namespace {

OnPolicyOptions machinery(const PpoOptions& options, bool with_bonus) {
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
          .keep_next = options.recompute_advantages || with_bonus,
          .keep_raw = options.imitation.on && options.normalise_observations};
}

}  // namespace

MemoryNeed memory_need(const PpoOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus) {
  const double samples = static_cast<double>(options.rollout) * environments;
  return memory_need(options.imitation, machinery(options, bonus != nullptr),
                     std::min<double>(options.minibatch, samples), spec, rule, environments, bonus);
}

Ppo::Ppo(const envs::Spec& spec, const PpoOptions& options, optim::Rule rule, std::shared_ptr<Bonus> bonus)
    : options_(optim::checked("ppo", options)),
      intrinsic_(std::move(bonus)),
      imitation_(options.imitation, spec, options.gamma),
      experience_(spec, machinery(options, static_cast<bool>(intrinsic_)), std::move(rule)) {}

void Ppo::begin(const Run& run) {
  const int batch = samples_of(options_.rollout, run.environments), minibatch = std::min(options_.minibatch, batch);
  const std::int64_t updates_an_epoch = (std::int64_t{batch} + minibatch - 1) / minibatch;
  const std::int64_t iterations = iterations_of(run.total_steps, batch);
  horizon_ = {.updates = iterations * options_.epochs * updates_an_epoch};
  experience_.begin(run, std::max(minibatch, imitation_.batch()), horizon_.updates);
  intrinsic_.begin(run, batch, iterations);
  imitation_.begin(experience_, iterations);
  order_.resize(static_cast<std::size_t>(batch));
}

// One iteration: a rollout, then epochs over it in shuffled minibatches, one update each.
void Ppo::iterate(Telemetry& telemetry) {
  experience_.collect();
  intrinsic_.pay(experience_.rollout());
  const std::int64_t updates = experience_.updater().optimizer().updates();
  clip_ = scheduled(options_.clip_schedule, options_.clip, updates, horizon_);
  entropy_ = scheduled(options_.entropy_schedule, options_.entropy, updates, horizon_);

  envs::Random random(experience_.run().seed, envs::Stream::shuffle, 0,
                      static_cast<std::uint32_t>(experience_.iteration()));
  std::iota(order_.begin(), order_.end(), 0);
  const auto minibatch_size = static_cast<std::size_t>(options_.minibatch);
  bool within_target = true;
  for (int epoch = 0; epoch < options_.epochs && within_target; ++epoch) {
    if (epoch > 0 && options_.recompute_advantages) experience_.revalue();
    if (epoch == 0 || options_.recompute_advantages) estimate_advantages();
    random.shuffle(order_);
    samples_ = order_;
    for (std::size_t start = 0; start < samples_.size() && within_target; start += minibatch_size) {
      const auto minibatch =
          std::span<const int>(samples_).subspan(start, std::min(minibatch_size, samples_.size() - start));
      const LossSums sums = update(minibatch);
      const auto target_kl = static_cast<double>(options_.target_kl);
      within_target = target_kl == 0 || sums.kl <= target_kl * sums.weight;
    }
  }
  imitation_.learn(experience_);
  intrinsic_.learn(experience_.rollout());
  report(telemetry);
}

// A_t and R_t of the rewards, and of the bonus, whose advantages are added to theirs.
void Ppo::estimate_advantages() {
  Rollout& rollout = experience_.rollout();
  generalised_advantages(rollout, 0, {options_.gamma, options_.lambda}, experience_.rewards(), rollout.advantage);
  intrinsic_.add_advantages(rollout, options_.lambda);
  if (options_.normalise_advantages == AdvantageNormalisation::batch) standardise(rollout.advantage);
}

// One step of the optimizer down the gradient of
//
//     L = L_clip + value_coefficient (V - R)² - entropy H,  in the mean over the minibatch.
LossSums Ppo::update(std::span<const int> minibatch) {
  float mean = 0, factor = 1;  // A ← (A - mean) factor
  if (options_.normalise_advantages == AdvantageNormalisation::minibatch && minibatch.size() > 1) {
    const Eigen::ArrayXf& advantage = experience_.rollout().advantage;
    float squares = 0;
    for (const int sample : minibatch) mean += advantage[sample];
    mean /= static_cast<float>(minibatch.size());
    for (const int sample : minibatch) squares += (advantage[sample] - mean) * (advantage[sample] - mean);
    factor = 1 / (std::sqrt(squares / static_cast<float>(minibatch.size())) + 1e-8F);
  }
  return experience_.update(
      minibatch,
      [this, mean, factor](ActorShard& shard, float scale) {
        shard.advantage.head(shard.size) = (shard.advantage.head(shard.size) - mean) * factor;
        policy_loss(shard, scale);
      },
      [this](CriticShard& shard, float scale) { value_loss(shard, scale); });
}

// L_clip = -min(r A, clamp(r, 1 - clip, 1 + clip) A), r = π(a|s) / π_old(a|s), and d L / d H = -entropy.
void Ppo::policy_loss(ActorShard& shard, float scale) const {
  const Eigen::Index n = shard.size;
  const auto weight = shard.weight.head(n);
  clipped_surrogate<float>(shard.distribution.log_probability().head(n), shard.old_log_probability.head(n),
                           shard.advantage.head(n), weight, clip_, scale, shard.d_log_probability.head(n), shard.sums);
  shard.d_entropy.head(n) = -entropy_ * scale * weight;
}

// value_coefficient (V - R)², clipped where value_clip > 0.
void Ppo::value_loss(CriticShard& shard, float scale) const {
  const Eigen::Index n = shard.size;
  agents::value_loss<float>(shard.values.leftCols(n), shard.old_values.leftCols(n), shard.returns.leftCols(n),
                            shard.weight.head(n), options_.value_clip, options_.value_coefficient * scale,
                            shard.d_values.leftCols(n), shard.sums);
}

void Ppo::report(Telemetry& telemetry) {
  const LossSums sums = experience_.sums();
  const double weight = std::max(sums.weight, 1e-300);
  experience_.finish(telemetry);
  telemetry.report("train/approx_kl", sums.kl / weight);
  telemetry.report("train/clip_fraction", sums.clipped / weight);
  intrinsic_.report(telemetry);
  imitation_.report(telemetry);
}

void Ppo::save(Archive& archive) const {
  experience_.save(archive);
  intrinsic_.save(archive);
  imitation_.save(archive);
}

void Ppo::load(const Archive& archive) {
  experience_.load(archive);
  intrinsic_.load(archive);
  imitation_.load(archive);
}

}  // namespace cairn::agents
