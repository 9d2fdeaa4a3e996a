#include "envs/wrappers.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "envs/wrapper.h"

namespace cairn::envs {

namespace {

/// The recipe of a wrapper that is made from an environment and its options.
template <class Wrapped, class Options>
Recipe wrapped(const char* name, const Options& options) {
  if (!options.of.factory)
    throw std::invalid_argument(std::string(name) + ": 'of' says which environment is wrapped, as in " + name +
                                ":of=(lander:reward=sparse).");
  return {optim::describe(name, options),
          [name, options] { return std::make_unique<Wrapped>(name, options.of.factory(), options); }};
}

/// The spec of a wrapper that changes nothing in it.
Spec spec_of(const char* name, const Environment& inner) {
  Spec spec = inner.spec();
  spec.id = std::string(name) + '_' + spec.id;
  return spec;
}

class TimeLimit final : public Wrapper {
 public:
  TimeLimit(const char* name, std::unique_ptr<Environment> inner, const TimeLimitOptions& options)
      : Wrapper(std::move(inner), changed(spec_of(name, *inner), options)) {}

 private:
  static Spec changed(Spec spec, const TimeLimitOptions& options) {
    if (spec.horizon != options.steps) spec.return_threshold.reset();  // of a task of another length
    spec.horizon = options.steps;
    return spec;
  }
};

class FrameSkip final : public Wrapper {
 public:
  FrameSkip(const char* name, std::unique_ptr<Environment> inner, const FrameSkipOptions& options)
      : Wrapper(std::move(inner), changed(spec_of(name, *inner), options)), n_(options.n) {}

 protected:
  Step advance(std::span<const float> action) override {
    Step all;
    for (int i = 0; i < n_ && !all.terminated; ++i) {
      const Step one = step_inner(action);
      all.reward = spec().goal ? one.reward : all.reward + one.reward;
      all.terminated = one.terminated;
      all.success = all.success || one.success;
    }
    return all;
  }

 private:
  static Spec changed(Spec spec, const FrameSkipOptions& options) {
    spec.horizon = std::max(1, spec.horizon / options.n);
    spec.steps_a_second = std::max(1, spec.steps_a_second / options.n);
    if (spec.goal && options.n > 1) spec.return_threshold.reset();  // fewer steps pay
    return spec;
  }
  int n_;
};

class ObservationStack final : public Wrapper {
 public:
  ObservationStack(const char* name, std::unique_ptr<Environment> inner, const ObservationStackOptions& options)
      : Wrapper(std::move(inner), changed(spec_of(name, *inner), options)),
        earlier_(static_cast<std::size_t>(spec().observation_size()) - seen().size()) {}
  bool pilot(std::span<const float> observation, std::span<float> action) const override {
    return inner().pilot(observation.first(seen().size()), action);
  }

 protected:
  void begun() override {
    for (std::size_t at = 0; at < earlier_.size(); at += kept_.size()) {
      keep();
      std::ranges::copy(kept_, earlier_.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  Step advance(std::span<const float> action) override {
    keep();
    const Step step = step_inner(action);
    if (!earlier_.empty()) {
      std::ranges::copy_backward(std::span(earlier_).first(earlier_.size() - kept_.size()), earlier_.end());
      std::ranges::copy(kept_, earlier_.begin());
    }
    return step;
  }
  void observe(std::span<float> observation) const override {
    std::ranges::copy(seen(), observation.begin());
    std::ranges::copy(earlier_, observation.begin() + static_cast<std::ptrdiff_t>(seen().size()));
  }

 private:
  /// Whether the component is one of the goal that is asked for.
  static bool asked_for(const GoalLayout& goal, int component) {
    return goal && component >= goal.desired && component < goal.desired + goal.size;
  }
  static Spec changed(Spec spec, const ObservationStackOptions& options) {
    const std::vector<Component> once = spec.observation;
    for (int i = 1; i < options.n; ++i)
      for (int c = 0; c < static_cast<int>(once.size()); ++c) {
        if (asked_for(spec.goal, c)) continue;
        spec.observation.push_back(once[static_cast<std::size_t>(c)]);
        spec.observation.back().name += ", " + std::to_string(i) + " before";
      }
    spec.bytes += sizeof(float) * static_cast<double>(spec.observation.size());
    return spec;
  }
  void keep() {
    kept_.clear();
    for (int c = 0; c < static_cast<int>(seen().size()); ++c)
      if (!asked_for(spec().goal, c)) kept_.push_back(seen()[static_cast<std::size_t>(c)]);
  }

  std::vector<float> earlier_;                                   // from the newest back
  std::vector<float> kept_ = std::vector<float>(seen().size());  // what is shown later of what is seen now
};

class ActionNoise final : public Wrapper {
 public:
  ActionNoise(const char* name, std::unique_ptr<Environment> inner, ActionNoiseOptions options)
      : Wrapper(std::move(inner), spec_of(name, *inner)),
        options_(std::move(options)),
        taken_(action_floats()),
        legal_(choices()) {}

 protected:
  void begun() override { noise_ = random_beside(); }
  Step advance(std::span<const float> action) override {
    std::ranges::copy(action, taken_.begin());
    if (spec().discrete()) {
      if (noise_.uniform() < options_.chance) taken_[0] = any_legal();
    } else {
      for (std::size_t i = 0; i < taken_.size(); ++i)
        taken_[i] += noise_.normal() * options_.std * (spec().action[i].high - spec().action[i].low) / 2;
    }
    return step_inner(taken_);
  }

 private:
  std::size_t action_floats() const { return static_cast<std::size_t>(spec().action_size()); }
  std::size_t choices() const { return static_cast<std::size_t>(spec().actions()); }
  float any_legal() {
    mask(legal_);
    const auto count = static_cast<std::uint32_t>(std::ranges::count(legal_, 1.0F));
    auto left = count == 0 ? 0 : noise_.below(count);
    for (std::size_t i = 0; i < legal_.size(); ++i)
      if (legal_[i] == 1 && left-- == 0) return static_cast<float>(i);
    return taken_[0];
  }

  ActionNoiseOptions options_;
  Random noise_;
  std::vector<float> taken_, legal_;
};

class RewardScale final : public Wrapper {
 public:
  RewardScale(const char* name, std::unique_ptr<Environment> inner, const RewardScaleOptions& options)
      : Wrapper(std::move(inner), changed(spec_of(name, *inner), options)), factor_(options.factor) {}
  void compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                      const Eigen::Ref<const Eigen::MatrixXf>& desired,
                      Eigen::Ref<Eigen::VectorXf> rewards) const override {
    Wrapper::compute_reward(achieved, desired, rewards);
    rewards *= factor_;
  }

 protected:
  Step advance(std::span<const float> action) override {
    Step step = step_inner(action);
    step.reward *= factor_;
    return step;
  }

 private:
  static Spec changed(Spec spec, const RewardScaleOptions& options) {
    if (spec.return_threshold) *spec.return_threshold *= static_cast<double>(options.factor);
    return spec;
  }
  float factor_;
};

class ActionDelay final : public Wrapper {
 public:
  ActionDelay(const char* name, std::unique_ptr<Environment> inner, const ActionDelayOptions& options)
      : Wrapper(std::move(inner), spec_of(name, *inner)),
        size_(static_cast<std::size_t>(spec().action_size())),
        waiting_(size_ * (static_cast<std::size_t>(options.steps) + 1)) {}

 protected:
  void begun() override {
    next_ = 0;
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const std::size_t c = i % size_;
      waiting_[i] = spec().discrete() ? 0 : std::clamp(0.0F, spec().action[c].low, spec().action[c].high);
    }
  }
  Step advance(std::span<const float> action) override {  // a ring: the action goes in where the oldest one is next
    std::ranges::copy(action, waiting_.begin() + static_cast<std::ptrdiff_t>(next_));
    next_ = (next_ + size_) % waiting_.size();
    return step_inner(std::span(waiting_).subspan(next_, size_));
  }

 private:
  std::size_t size_, next_ = 0;
  std::vector<float> waiting_;
};

}  // namespace

Recipe time_limit(const TimeLimitOptions& options) {
  return wrapped<TimeLimit>("limit", options);
}
Recipe frame_skip(const FrameSkipOptions& options) {
  return wrapped<FrameSkip>("skip", options);
}
Recipe observation_stack(const ObservationStackOptions& options) {
  return wrapped<ObservationStack>("stack", options);
}
Recipe action_noise(const ActionNoiseOptions& options) {
  return wrapped<ActionNoise>("noise", options);
}
Recipe reward_scale(const RewardScaleOptions& options) {
  return wrapped<RewardScale>("scale", options);
}
Recipe action_delay(const ActionDelayOptions& options) {
  return wrapped<ActionDelay>("delay", options);
}

}  // namespace cairn::envs
