#pragma once

#include "envs/environment.h"

namespace cairn::envs {

struct PendulumOptions {
  double gravity = 10;  ///< m/s²
  template <class V>
  void fields(V&& v) {
    v("gravity", gravity, "[0,100]", "m/s^2");
  }
};

/// A rod on a pivot to be swung up and held by a weak torque: Gymnasium's Pendulum-v1.
class Pendulum : public Environment {
 public:
  explicit Pendulum(const PendulumOptions& options = {});
  bool pilot(std::span<const float> observation, std::span<float> action) const override;
  void draw(Canvas& canvas) const override;

 protected:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override;
  Step advance(std::span<const float> action) override;
  void observe(std::span<float> observation) const override;

 private:
  float gravity_;
  float theta_ = 0, omega_ = 0;  // rad from upright, positive counter-clockwise; rad/s
  float torque_ = 0;             // N m, the last one, for drawing
};

}  // namespace cairn::envs
