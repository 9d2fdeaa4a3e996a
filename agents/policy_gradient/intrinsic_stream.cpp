#include "agents/policy_gradient/intrinsic_stream.h"

#include "agents/policy_gradient/gae.h"

namespace cairn::agents {

namespace {

constexpr int head = 1;  // of the critic's values; 0 is the rewards'

Visits visits_of(const Rollout& rollout) {
  return {.environments = rollout.environments,
          .reached = rollout.next_observations,
          .actions = rollout.actions,
          .terminated = rollout.terminated,
          .truncated = rollout.truncated};
}

}  // namespace

void IntrinsicStream::begin(const Run& run, int samples, std::int64_t rollouts) {
  if (!bonus_) return;
  bonus_->begin({.factory = run.factory,
                 .environments = run.environments,
                 .visits = samples,
                 .calls = rollouts,
                 .seed = run.seed,
                 .pool = run.pool});
  bonuses_.setZero(samples);
  advantage_.setZero(samples);
}

void IntrinsicStream::pay(const Rollout& rollout) {
  if (bonus_) bonus_->pay(visits_of(rollout), {bonuses_.data(), static_cast<std::size_t>(bonuses_.size())});
}

void IntrinsicStream::add_advantages(Rollout& rollout, float lambda) {
  if (!bonus_) return;
  generalised_advantages(rollout, head, {bonus_->gamma(), lambda, false}, bonuses_, advantage_);
  rollout.advantage += bonus_->coefficient() * advantage_;
}

void IntrinsicStream::learn(const Rollout& rollout) {
  if (bonus_) bonus_->learn(visits_of(rollout));
}

void IntrinsicStream::report(Telemetry& telemetry) const {
  if (bonus_) telemetry.report("train/bonus", static_cast<double>(bonuses_.mean()));
}

void IntrinsicStream::save(Archive& archive) const {
  if (bonus_) bonus_->save(archive);
}

void IntrinsicStream::load(const Archive& archive) {
  if (bonus_) bonus_->load(archive);
}

}  // namespace cairn::agents
