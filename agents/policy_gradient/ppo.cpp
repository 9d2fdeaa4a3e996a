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

Ppo::Ppo(const envs::Spec& spec, const PpoOptions& options, optim::Rule rule, std::shared_ptr<Bonus> bonus)
    : options_(optim::checked("ppo", options)),
      bonus_(std::move(bonus)),
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
                   .max_nonfinite = options.max_nonfinite,
                   .value_heads = bonus_ ? 2 : 1,
                   .keep_next = options.recompute_advantages || bonus_},
                  std::move(rule)) {}

void Ppo::begin(const Run& run) {
  const int batch = options_.rollout * run.environments, minibatch = std::min(options_.minibatch, batch);
  const std::int64_t updates_an_epoch = (batch + minibatch - 1) / minibatch;
  experience_.begin(run, minibatch, iterations_of(run.total_steps, batch) * options_.epochs * updates_an_epoch);
  order_.resize(static_cast<std::size_t>(batch));
  if (bonus_) {
    bonuses_.setZero(batch);
    bonus_advantage_.setZero(batch);
  }
}

void Ppo::iterate(Telemetry& telemetry) {
  experience_.collect();
  Rollout& rollout = experience_.rollout();
  if (bonus_) bonus_->compute(rollout, {bonuses_.data(), order_.size()}, *experience_.run().pool);

  envs::Random random(experience_.run().seed, envs::Stream::shuffle, 0,
                      static_cast<std::uint32_t>(experience_.iteration()));
  std::iota(order_.begin(), order_.end(), 0);
  bool within_target = true;
  for (int epoch = 0; epoch < options_.epochs && within_target; ++epoch) {
    if (epoch > 0 && options_.recompute_advantages) experience_.revalue();
    if (epoch == 0 || options_.recompute_advantages) estimate_advantages();
    random.shuffle(order_);
    samples_ = order_;
    const auto size = static_cast<std::size_t>(options_.minibatch);
    for (std::size_t first = 0; first < samples_.size() && within_target; first += size)
      within_target = improve(std::span<const int>(samples_).subspan(first, std::min(size, samples_.size() - first)));
  }
  if (bonus_) bonus_->learn(rollout, *experience_.run().pool);

  const LossSums sums = experience_.sums();
  const double weight = std::max(sums.weight, 1e-300);
  experience_.finish(telemetry);
  telemetry.report("train/approx_kl", sums.kl / weight);
  telemetry.report("train/clip_fraction", sums.clipped / weight);
  if (bonus_) telemetry.report("train/bonus", static_cast<double>(bonuses_.mean()));
}

void Ppo::estimate_advantages() {
  Rollout& rollout = experience_.rollout();
  generalised_advantages(rollout, 0, {options_.gamma, options_.lambda}, experience_.rewards(), rollout.advantage);
  if (bonus_) {
    generalised_advantages(rollout, 1, {bonus_->gamma(), options_.lambda, false}, bonuses_, bonus_advantage_);
    rollout.advantage += bonus_->coefficient() * bonus_advantage_;
  }
  if (options_.normalise_advantages == AdvantageNormalisation::batch) standardise(rollout.advantage);
}

// One update; false when the policy has moved further than target_kl from the one that acted.
bool Ppo::improve(std::span<const int> samples) {
  float mean = 0, scale_advantage = 1;
  if (options_.normalise_advantages == AdvantageNormalisation::minibatch && samples.size() > 1) {
    const Eigen::ArrayXf& advantage = experience_.rollout().advantage;
    float squares = 0;
    for (const int sample : samples) mean += advantage[sample];
    mean /= static_cast<float>(samples.size());
    for (const int sample : samples) squares += (advantage[sample] - mean) * (advantage[sample] - mean);
    scale_advantage = 1 / (std::sqrt(squares / static_cast<float>(samples.size())) + 1e-8F);
  }
  // L = clipped surrogate + value_coefficient (V - R)² - entropy H, in the mean over samples
  const LossSums sums = experience_.update(
      samples,
      [this, mean, scale_advantage](OnPolicy::ActorShard& shard, float scale) {
        const Eigen::Index n = shard.size;
        const auto weight = shard.weight.head(n);
        auto advantage = shard.advantage.head(n);
        advantage = (advantage - mean) * scale_advantage;
        clipped_surrogate<float>(shard.distribution.log_probability().head(n), shard.old_log_probability.head(n),
                                 advantage, weight, options_.clip, scale, shard.d_log_probability.head(n), shard.sums);
        shard.d_entropy.head(n) = -options_.entropy * scale * weight;
      },
      [this](OnPolicy::CriticShard& shard, float scale) {
        const Eigen::Index n = shard.size;
        value_loss<float>(shard.values.leftCols(n), shard.old_values.leftCols(n), shard.returns.leftCols(n),
                          shard.weight.head(n), options_.value_clip, options_.value_coefficient * scale,
                          shard.d_values.leftCols(n), shard.sums);
      });
  return options_.target_kl == 0 || sums.kl <= static_cast<double>(options_.target_kl) * sums.weight;
}

void Ppo::save(Archive& archive) const {
  experience_.save(archive);
  if (bonus_) bonus_->save(archive);
}

void Ppo::load(const Archive& archive) {
  experience_.load(archive);
  if (bonus_) bonus_->load(archive);
}

}  // namespace cairn::agents
