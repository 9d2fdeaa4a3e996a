#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>

#include "envs/environment.h"
#include "envs/reward.h"

namespace cairn::envs {

struct LanderOptions {
  Reward reward = Reward::dense;
  bool continuous = false;
  double difficulty = 1;  ///< 1: the published task; lower: lower start, weaker push, wider pad, shorter rest
  bool wind = false;
  double wind_power = 15, turbulence_power = 1.5;
  double gravity = -10;                                     ///< m/s²
  int velocity_iterations = 180, position_iterations = 60;  ///< of Box2D's solver; fewer change the task
  template <class V>
  void fields(V&& v) {
    v("reward", reward, "dense|sparse", "dense: Gymnasium's shaping; sparse: 1 for coming to rest on the pad, else 0");
    v("continuous", continuous, "true|false", "two throttles instead of four actions");
    v("difficulty", difficulty, "[0,1]",
      "1: the published task; lower: lower start, weaker push, wider pad, shorter rest, with the engines off");
    v("wind", wind, "true|false", "gusts and turbulence while no leg touches the ground");
    v("wind_power", wind_power, "[0,20]", "largest horizontal gust, N");
    v("turbulence_power", turbulence_power, "[0,2]", "largest turning gust, N m");
    v("gravity", gravity, "(-12,0)", "m/s^2");
    v("velocity_iterations", velocity_iterations, "[1,1000]", "of the solver, a step; fewer than 180 change the task");
    v("position_iterations", position_iterations, "[1,1000]", "of the solver, a step");
  }
};

/// A rocket that must come to rest between two flags: Gymnasium's LunarLander-v3, discrete and continuous, with its
/// constants, observation, reward and quirks.
///
/// A state holds place and motion of hull, right and left leg, which legs touch, the heights of the terrain's 11 points
/// and, where there is wind, its two indices. An episode that begins in a state makes no step of its own before the
/// first observation, and a rocket at rest is given half a second to rest again.
class Lander : public Environment {
 public:
  explicit Lander(const LanderOptions& options = {});
  ~Lander() override;

  bool pilot(std::span<const float> observation, std::span<float> action) const override;
  void draw(Canvas& canvas) const override;

  /// Takes every draw from `uniform(low, high)` instead of the episode's random stream, in the order 12 terrain
  /// heights, 2 components of the first push, 2 indices of wind where there is wind, then 2 dispersions a step (the
  /// first pair is for reset's own step). For replaying recorded episodes.
  void use_draws(std::function<double(double low, double high)> uniform);

  /// Gust of the wind as a fraction of its power, as a function of its own step counter.
  static double gust(int index);

 protected:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override;
  void check_state(std::span<const float> state) const override;
  Step advance(std::span<const float> action) override;
  void observe(std::span<float> observation) const override;

 private:
  struct Physics;
  struct Engines {
    float main = 0, side = 0;  ///< power in use, [0, 1]
    float direction = 0;       ///< of the side engine, -1 or 1
  };
  double uniform(double low, double high);
  void build(std::span<const float> terrain, double y);  // heights of its points; of hull and legs; m
  void build_terrain(std::span<const float> terrain);
  void build_hull(double y);
  void build_legs(double y);
  Engines fire(std::span<const float> action);
  void blow();
  void look();
  double shaping() const;
  bool at_rest() const;
  bool landed() const;

  LanderOptions options_;
  std::function<double(double, double)> draws_;
  std::unique_ptr<Physics> physics_;
  std::array<float, 8> observation_{};
  std::optional<double> last_shaping_;
  Engines engines_;
  int wind_index_ = 0, torque_index_ = 0;
  int standing_ = 0;  // steps in a row
};

}  // namespace cairn::envs
