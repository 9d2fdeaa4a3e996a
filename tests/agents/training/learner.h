#pragma once

#include <chrono>
#include <functional>
#include <limits>
#include <thread>

#include "agents/archive/archive.h"
#include "agents/learner/agent.h"
#include "agents/learner/state.h"
#include "agents/learner/updater.h"

namespace cairn::agents {

/// The smallest agent there can be: steps its worlds with an action that it nudges at random and keeps in its policy's
/// bias. Every part of its state matters for what comes next, so a resume that forgets one shows.
class Wanderer : public Agent {
 public:
  int steps_an_iteration = 8;                   ///< a world
  std::chrono::milliseconds pause{0};           ///< how long an iteration takes at least
  std::int64_t diverges_after = 1'000'000'000;  ///< iterations
  std::int64_t weights_end_after = 1'000'000'000;
  std::function<void(std::int64_t)> before_iteration = [](std::int64_t) {};

  std::string_view name() const override { return "wanderer"; }
  void begin(const Run& run) override {
    run_ = run;
    worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, run.environments, run.seed,
                                                        envs::Stream::environment, run.starts);
    random_ = envs::Random(run.seed, envs::Stream::exploration);
  }
  void iterate(Telemetry& telemetry) override {
    before_iteration(iterations_);
    std::this_thread::sleep_for(pause);
    if (iterations_ == diverges_after) throw Diverged("The gradient was not finite.");
    if (iterations_ == weights_end_after) {
      bias_ = std::numeric_limits<float>::quiet_NaN();
      throw Diverged("The weights are not finite.");
    }
    bias_ += 0.1F * random_.normal();
    for (int t = 0; t < steps_an_iteration; ++t) {
      worlds_->step(0, Eigen::MatrixXf::Constant(worlds_->spec().action_size(), worlds_->size(), bias_));
      steps_ += worlds_->size();
    }
    ++iterations_;
    worlds_->take_finished(telemetry.episodes);
    telemetry.updates = iterations_;
    telemetry.report("train/bias", static_cast<double>(bias_));
  }
  std::int64_t steps() const override { return steps_; }
  Policy policy() const override {
    Policy policy;
    policy.head = Head::means;
    policy.shape = {
        .inputs = worlds_->spec().observation_size(), .hidden = {}, .outputs = worlds_->spec().action_size()};
    policy.parameters = Eigen::VectorXf::Zero(policy.shape.inputs * policy.shape.outputs + policy.shape.outputs);
    policy.parameters.tail(policy.shape.outputs).setConstant(bias_);
    policy.log_std = Eigen::VectorXf::Zero(policy.shape.outputs);
    policy.low = Eigen::VectorXf::Constant(policy.shape.outputs, -2);
    policy.high = Eigen::VectorXf::Constant(policy.shape.outputs, 2);
    return policy;
  }
  /// Of a few hidden units, which the bias moves.
  std::optional<Policy> critic() const override {
    Policy critic;
    critic.head = Head::value;
    critic.shape = {.inputs = worlds_->spec().observation_size(), .hidden = {6}, .outputs = 1};
    const Eigen::Index size = (critic.shape.inputs + 1) * 6 + 7;
    critic.parameters = Eigen::VectorXf::LinSpaced(size, -bias_, 3 * bias_);
    return critic;
  }
  const envs::VectorEnvironment& worlds() const override { return *worlds_; }
  void save(Archive& archive) const override {
    save_worlds(archive, "worlds", *worlds_);
    const auto random = random_.state();
    archive.put("random", std::span<const std::uint64_t>(random));
    archive.put_value("bias", bias_);
    archive.put_value("steps", steps_);
    archive.put_value("iterations", iterations_);
  }
  void load(const Archive& archive) override {
    load_worlds(archive, "worlds", *worlds_);
    std::array<std::uint64_t, 6> random{};
    archive.get_into<std::uint64_t>("random", random);
    random_ = envs::Random::from_state(random);
    bias_ = archive.get_value<float>("bias");
    steps_ = archive.get_value<std::int64_t>("steps");
    iterations_ = archive.get_value<std::int64_t>("iterations");
  }

 private:
  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;
  envs::Random random_;
  float bias_ = 0;
  std::int64_t steps_ = 0, iterations_ = 0;
};

}  // namespace cairn::agents
