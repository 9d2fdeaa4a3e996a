#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "envs/box2d/lidar_level.h"
#include "envs/environment.h"
#include "envs/reward.h"

class b2Body;
class b2World;

namespace cairn::envs {

struct LidarNavOptions {
  int beams = 60;
  bool solvable = true;
  Reward reward = Reward::sparse;
  bool continuous = false;
  double difficulty = 1;  ///< 1: up to 47 obstacles, a way of 5 cells or more; lower: fewer, nearer, a wider goal
  template <class V>
  void fields(V&& v) {
    v("beams", beams, "[4,200]", "of the range finder, evenly around the robot");
    v("solvable", solvable, "true|false", "whether every level has a way to the goal; false: some have none");
    v("reward", reward, "dense|sparse",
      "sparse: 1 for reaching the goal, else 0; dense: JaxNav's, with progress and crashes");
    v("continuous", continuous, "true|false", "commands of speed and turning instead of six actions");
    v("difficulty", difficulty, "[0,1]", "1: up to 47 obstacles, far goals; lower: fewer, nearer, a wider goal");
  }
};

/// A robot with range finders drives through random obstacles to a goal: JaxMARL's JaxNav for one robot (Rutherford et
/// al. 2024), with its levels, motion, observation and dense reward. A crash ends the episode, and so does the goal,
/// which is its success.
///
/// There, beams are 200 and marched in 120 samples; here they are 60 unless asked for, and exact. There, a start may be
/// next to the goal, which chance finds; here the way is at least 5 cells. The goal's radius is 0.3 m, as in the study
/// of learnability, and 0.5 m at difficulty 0, as elsewhere. As there, levels for training can be drawn without asking
/// whether there is a way: `solvable=false`.
///
/// A state holds the robot's place, heading, speed and turning, the goal, and the obstacles of the nine inner rows as
/// bits.
class LidarNav : public Environment {
 public:
  explicit LidarNav(const LidarNavOptions& options = {});
  ~LidarNav() override;

  /// Knows the level, of which the observation shows a part.
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
  struct Command {
    float speed, turning;  ///< m/s; rad/s, counter-clockwise
  };
  void build(Point place, float heading);
  Point place() const;
  static float goal_radius(double difficulty);
  float to_goal() const;  ///< m
  bool crashed() const;
  void look();

  LidarNavOptions options_;
  std::vector<float> ranges_;  // m, a beam each, from behind counter-clockwise
  std::optional<LidarLevel> level_;
  std::unique_ptr<b2World> world_;
  b2Body* robot_ = nullptr;
  Command motion_{};
};

}  // namespace cairn::envs
