#pragma once

#include <array>
#include <memory>

#include "envs/box2d/swing_up.h"
#include "envs/environment.h"

class b2Body;
class b2World;

namespace cairn::envs {

/// `swing_up:links=2`. Two links on a fixed pivot, driven at the elbow alone, must be swung up and kept there:
/// dm_control's `acrobot swingup_sparse` (Tassa et al. 2018), with its masses, lengths, damping, torque, starts and
/// reward, at 100 Hz. It pays while the tip is within 0.2 m of the place straight above the pivot. The world succeeds
/// at the steps at which it has been paying for two seconds without a break. Episodes last ten seconds and never end
/// early; links pass through each other and the ground, and no episode starts with the tip in place.
///
/// A state holds angles and angular velocities of both links (from upright, clockwise positive) and for how many steps
/// the tip has been in place.
class AcrobotSwingUp : public Environment {
 public:
  /// Throws std::invalid_argument for other than two links.
  explicit AcrobotSwingUp(const SwingUpOptions& options = {.links = 2});
  ~AcrobotSwingUp() override;

  void draw(Canvas& canvas) const override;

 protected:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override;
  void check_state(std::span<const float> state) const override;
  Step advance(std::span<const float> action) override;
  void observe(std::span<float> observation) const override;

 private:
  static constexpr int links = 2;
  void build(std::array<float, links> angles, std::array<float, links> velocities);
  std::array<float, links> angles() const;  ///< from upright, clockwise, rad
  float zone() const;                       ///< m, how near the tip must be
  bool in_place() const;

  SwingUpOptions options_;
  std::unique_ptr<b2World> world_;
  std::array<b2Body*, links> bodies_{};
  float torque_ = 0;  // last one, in units of the strongest
  int steps_in_place_ = 0;
};

}  // namespace cairn::envs
