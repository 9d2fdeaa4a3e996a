#pragma once

#include <memory>

#include "envs/environment.h"
#include "envs/reward.h"

class b2Body;
class b2World;

namespace cairn::envs {

struct SwingUpOptions {
  int links = 1;  ///< 1: a pole on a cart; 2: two links on a fixed pivot, driven at the elbow
  Reward reward = Reward::sparse;
  bool continuous = false;
  double difficulty = 1;  ///< 1: the pole hangs at first (two links: anywhere); lower: nearer upright, wider zone
  template <class V>
  void fields(V&& v) {
    v("links", links, "[1,2]",
      "1: a pole on a cart; 2: two links, driven at the elbow (acrobot), at 100 steps a second");
    v("reward", reward, "dense|sparse", "sparse: 1 a step while balanced, else 0; dense: the height of the pole's tip");
    v("continuous", continuous, "true|false", "a force or torque instead of left, none and right");
    v("difficulty", difficulty, "[0,1]", "1: the pole hangs at first; lower: starts nearer upright, wider zone");
  }
};

/// The world that these options ask for: a SwingUp, or an AcrobotSwingUp where there are two links.
std::unique_ptr<Environment> make_swing_up(const SwingUpOptions& options = {});

/// A pole on a cart that hangs down and must be swung up and kept there: dm_control's `cartpole swingup_sparse` (Tassa
/// et al. 2018), with its masses, lengths and force, at 50 Hz. The pole is balanced while it stands within 18 degrees
/// of upright and turns slower than 2 rad/s, so that passing through does not count. The world succeeds at the steps at
/// which the pole has been balanced for two seconds without a break. Episodes last ten seconds and never end early; the
/// track's ends stop the cart.
///
/// A state holds the cart's place and speed, the pole's angle and angular velocity (from upright, clockwise positive)
/// and for how many steps the pole has been balanced.
class SwingUp : public Environment {
 public:
  /// Throws std::invalid_argument for two links.
  explicit SwingUp(const SwingUpOptions& options = {});
  ~SwingUp() override;

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
  void build(float x, float angle);
  bool balanced() const;

  SwingUpOptions options_;
  std::unique_ptr<b2World> world_;
  b2Body* cart_ = nullptr;
  b2Body* pole_ = nullptr;
  float force_ = 0;  // last one, in units of the strongest
  int steps_balanced_ = 0;
};

}  // namespace cairn::envs
