#pragma once

#include "envs/environment.h"

namespace cairn::envs {

struct MountainCarOptions {
  double goal_velocity = 0;  ///< least velocity at the flag that counts, position units a step
  template <class V>
  void fields(V&& v) {
    v("goal_velocity", goal_velocity, "[0,0.07]", "least velocity at the flag that counts");
  }
};

/// A car in a valley, too weak for the slope: it must swing. What both variants share (Moore 1990).
class MountainCarValley : public Environment {
 public:
  void draw(Canvas& canvas) const override;

 protected:
  /// The flag stands at `goal_position`; slower than `goal_velocity` (position units a step) does not count.
  MountainCarValley(Spec spec, float goal_position, double goal_velocity);
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override { observe(state); }
  void check_state(std::span<const float> state) const override;
  void observe(std::span<float> observation) const override;
  /// One step under `push` (change of velocity a step); true when the flag is reached.
  bool roll(float push);

 private:
  bool at_flag(float position, float velocity) const {
    return position >= goal_position_ && velocity >= goal_velocity_;
  }

  float goal_position_, goal_velocity_;
  float position_ = 0, velocity_ = 0;
};

/// Gymnasium's MountainCar-v0: -1 a step until the flag.
class MountainCar : public MountainCarValley {
 public:
  explicit MountainCar(const MountainCarOptions& options = {});
  bool pilot(std::span<const float> observation, std::span<float> action) const override;

 protected:
  Step advance(std::span<const float> action) override;
};

/// Gymnasium's MountainCarContinuous-v0: 100 at the flag, less the effort.
class MountainCarContinuous : public MountainCarValley {
 public:
  explicit MountainCarContinuous(const MountainCarOptions& options = {});
  bool pilot(std::span<const float> observation, std::span<float> action) const override;

 protected:
  Step advance(std::span<const float> action) override;
};

}  // namespace cairn::envs
