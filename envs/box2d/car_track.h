#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "envs/box2d/car_track_road.h"
#include "envs/environment.h"
#include "envs/reward.h"

namespace cairn::envs {

struct CarTrackOptions {
  Reward reward = Reward::dense;
  bool continuous = true;
  double difficulty = 1;  ///< 1: the published task; lower: a smaller share of the lap, gentler turns
  int milestones = 10;    ///< equal parts of the lap that `reward=sparse` pays for, 1/milestones each
  template <class V>
  void fields(V&& v) {
    v("reward", reward, "dense|sparse", "dense: Gymnasium's; sparse: 1 for the whole lap, in equal parts");
    v("continuous", continuous, "true|false", "steering, gas and brake instead of five actions");
    v("difficulty", difficulty, "[0,1]", "1: the published task; lower: a smaller share of the lap, gentler turns");
    v("milestones", milestones, "[1,100]", "parts of the lap that reward=sparse pays for; 1: the whole lap alone");
  }
};

/// A car with rear-wheel drive, seen from above, that must drive a lap on a road that is new in each episode:
/// Gymnasium's CarRacing-v3 with its roads, car, actions, reward and quirks, but with numbers to look at instead of a
/// picture. It succeeds in the step in which the car has touched every tile of the road; that ends the episode, as does
/// leaving the field, for -100.
///
/// The observation holds the car's speeds in its own frame, its steering, the speed of each wheel, which wheels are on
/// the road, and where the road leads: points from 1 to 15 tiles ahead of the nearest one, to the right of the car and
/// forward. Gymnasium's picture shows about as far.
///
/// `reward=sparse` divides the tiles into `milestones` equal parts and pays 1/milestones each time another part of them
/// is touched. `difficulty` lowers the share of tiles that make the lap, down to a tenth, and moves checkpoints that
/// lie near the middle outwards, which makes turns gentler.
///
/// A state holds place and motion of the car and its four wheels, the wheels' own speeds, gas, which wheels are on the
/// road, the nearest tile, how many tiles are asked for and how many are paid, the 24 numbers that the road is made of,
/// and which tiles were touched, 16 a number.
class CarTrack : public Environment {
 public:
  explicit CarTrack(const CarTrackOptions& options = {});
  ~CarTrack() override;

  bool pilot(std::span<const float> observation, std::span<float> action) const override;
  void draw(Canvas& canvas) const override;

  /// Takes every draw from `uniform(low, high)` instead of the episode's random stream: noise and distance of twelve
  /// checkpoints, and again where they make no closed road. For replaying recorded episodes.
  void use_draws(std::function<double(double low, double high)> uniform);

  const Road& road() const { return road_; }      ///< of this episode
  int tiles_touched() const { return touched_; }  ///< in this episode

  static constexpr std::size_t wheels = 4;  ///< front left, front right, rear left, rear right

 protected:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override;
  void check_state(std::span<const float> state) const override;
  Step advance(std::span<const float> action) override;
  void observe(std::span<float> observation) const override;

 private:
  struct Physics;
  struct Controls {
    double steer = 0, gas = 0, brake = 0;  ///< left positive [-1,1], [0,1], [0,1]
  };
  Controls controls_of(std::span<const float> action) const;
  void draw_road(const std::function<double(double, double)>& uniform);
  void build(const Road::Place& place);
  void build_road();
  void build_car(const Road::Place& place);
  void turn_wheels();
  void step_world();
  void find_nearest(std::ptrdiff_t back, std::ptrdiff_t ahead);
  float pay();

  CarTrackOptions options_;
  std::function<double(double, double)> draws_;
  std::array<double, Road::draws> road_draws_{};
  Road road_;
  std::unique_ptr<Physics> physics_;
  Controls controls_;
  std::array<double, wheels> omega_{};  // rad/s, of each wheel about its axle
  double gas_ = 0;                      // of both rear wheels, [0,1]
  std::array<bool, wheels> on_road_{};  // as the last step's contacts have it
  std::vector<bool> touched_tiles_;
  int touched_ = 0, paid_ = 0, asked_ = 0;  // tiles
  std::size_t nearest_ = 0;                 // tile to the hull
};

}  // namespace cairn::envs
