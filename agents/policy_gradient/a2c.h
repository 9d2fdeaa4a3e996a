#pragma once

#include <numeric>
#include <vector>

#include "agents/policy_gradient/on_policy.h"

namespace cairn::agents {

struct A2cOptions {
  std::vector<int> hidden = {64, 64};
  Activation activation = Activation::tanh;
  int rollout = 5;
  float gamma = 0.99F, lambda = 1, entropy = 0, value_coefficient = 0.5F;
  bool normalise_observations = false, normalise_returns = false, normalise_advantages = false;
  float reward_scale = 1, log_std_initial = 0;
  int gradient_shards = 2, max_nonfinite = 10;

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the hidden layers, of actor and critic each");
    v("activation", activation, "tanh|relu", "after each hidden layer");
    v("rollout", rollout, "[1,10000000]", "steps of each world between updates");
    v("gamma", gamma, "[0,1]", "discount");
    v("lambda", lambda, "[0,1]", "of generalised advantage estimation; 1: n-step returns");
    v("entropy", entropy, "[0,inf)", "coefficient of the entropy bonus");
    v("value_coefficient", value_coefficient, "[0,inf)", "coefficient of the squared value error");
    v("normalise_observations", normalise_observations, "true|false", "whiten by running moments, clip at 10");
    v("normalise_returns", normalise_returns, "true|false", "divide rewards by the running deviation of returns");
    v("normalise_advantages", normalise_advantages, "true|false", "over the batch, to mean 0 and deviation 1");
    v("reward_scale", reward_scale, "(0,inf)", "multiplies every reward");
    v("log_std_initial", log_std_initial, "[-20,2]", "log standard deviation of continuous actions at first");
    v("gradient_shards", gradient_shards, "[1,256]", "parts of a batch that threads can share; changes the bits");
    v("max_nonfinite", max_nonfinite, "[1,1000000]", "updates in a row with a gradient not finite that end the run");
  }
};

/// Advantage actor-critic, the synchronous form of A3C (Mnih et al. 2016): one update on each short rollout.
class A2c final : public Agent {
 public:
  A2c(const envs::Spec& spec, const A2cOptions& options, optim::Rule rule);

  std::string_view name() const override { return "a2c"; }
  void begin(const Run& run) override;
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return experience_.steps(); }
  Policy policy() const override { return experience_.policy(); }
  std::optional<Policy> critic() const override { return experience_.critic(); }
  Updater* updater() override { return &experience_.updater(); }
  const envs::VectorEnvironment& worlds() const override { return experience_.worlds(); }
  void save(Archive& archive) const override { experience_.save(archive); }
  void load(const Archive& archive) override { experience_.load(archive); }

 private:
  A2cOptions options_;
  OnPolicy experience_;
  std::vector<int> all_;
};

}  // namespace cairn::agents
