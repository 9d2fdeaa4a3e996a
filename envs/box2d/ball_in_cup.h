#pragma once

#include <memory>

#include "envs/canvas.h"
#include "envs/environment.h"
#include "envs/reward.h"

class b2Body;
class b2World;

namespace cairn::envs {

struct BallInCupOptions {
  Reward reward = Reward::sparse;
  bool continuous = false;
  double difficulty = 1;  ///< 1: the ball starts beside or below the cup; lower: nearer a drop into it, wider zone
  template <class V>
  void fields(V&& v) {
    v("reward", reward, "dense|sparse",
      "sparse: 1 a step while the ball is in the cup, else 0; dense: also for nearness");
    v("continuous", continuous, "true|false", "a force in two components instead of eight directions and none");
    v("difficulty", difficulty, "[0,1]", "1: the ball starts beside or below; lower: nearer a drop into the cup");
  }
};

/// A ball on a string must be swung up and caught in the cup that it hangs from: dm_control's `ball_in_cup catch`
/// (Tassa et al. 2018), side view, at 50 Hz. Its walls, 16 mm thick, are thinner than what Box2D keeps apart; so all
/// lengths are ten times those, and gravity and forces, too, while masses, springs, dampers and times are the same:
/// motions are the same but for that scale. There, a ball may start above the opening and fall in by itself; here, at
/// difficulty 1, none does. It pays while the ball is in the cup; the world succeeds at the steps at which it has been
/// there for a second without a break. Episodes last 20 seconds and never end early.
///
/// A state holds places and velocities of cup and ball and for how many steps the ball has been in the cup.
class BallInCup : public Environment {
 public:
  explicit BallInCup(const BallInCupOptions& options = {});
  ~BallInCup() override;

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
  void build(Point cup, Point ball);
  void build_cup(Point at);
  void build_ball(Point at);
  void build_string();
  float zone() const;      ///< m, half the width and height of where the ball counts as caught
  Point off_zone() const;  ///< the ball's middle from the zone's, m
  bool caught() const;

  BallInCupOptions options_;
  std::unique_ptr<b2World> world_;
  b2Body* cup_ = nullptr;
  b2Body* ball_ = nullptr;
  Point push_{};  // the last force, in units of the strongest
  int steps_caught_ = 0;
};

}  // namespace cairn::envs
