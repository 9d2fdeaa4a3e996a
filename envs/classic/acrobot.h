#pragma once

#include <array>

#include "envs/environment.h"

namespace cairn::envs {

struct AcrobotOptions {
  double torque_noise = 0;  ///< uniform in +-this, added to every torque, N m
  template <class V>
  void fields(V&& v) {
    v("torque_noise", torque_noise, "[0,1]", "uniform in +-this, added to every torque, N m");
  }
};

/// Two links hanging from a fixed pivot, driven at the joint between them, must lift the free end: Gymnasium's
/// Acrobot-v1 with the book's equations (Sutton and Barto 2018, section 11.3).
class Acrobot : public Environment {
 public:
  explicit Acrobot(const AcrobotOptions& options = {});
  bool pilot(std::span<const float> observation, std::span<float> action) const override;
  void draw(Canvas& canvas) const override;

 protected:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override;
  void check_state(std::span<const float> state) const override;
  Step advance(std::span<const float> action) override;
  void observe(std::span<float> observation) const override;

 private:
  /// theta1 from hanging, theta2 relative to the first link, their velocities: rad, rad, rad/s, rad/s.
  using State = std::array<float, 4>;
  static bool high_enough(float theta1, float theta2);
  static State derivative(const State& state, float torque);

  AcrobotOptions options_;
  State state_{};
};

}  // namespace cairn::envs
