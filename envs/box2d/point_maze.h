#pragma once

#include <array>
#include <memory>
#include <vector>

#include "envs/box2d/maze_map.h"
#include "envs/environment.h"
#include "envs/reward.h"

class b2Body;
class b2World;

namespace cairn::envs {

struct PointMazeOptions {
  Maze map = Maze::umaze;
  bool continuous = false;
  Reward reward = Reward::sparse;
  double difficulty = 1;  ///< 1: the longest ways, or the task's; lower: this share of them, down to one cell
  int task = 0;           ///< 0: goals and starts are drawn; else the map's fixed one with this number
  template <class V>
  void fields(V&& v) {
    v("map", map, "umaze|medium|large|giant|teleport",
      "the plan; episodes last at most 150, 600, 800, 1300 or 1200 steps");
    v("continuous", continuous, "true|false", "a force in two components instead of eight directions and none");
    v("reward", reward, "dense|sparse", "sparse: 1 for reaching the goal, else 0; dense: less the way that is left");
    v("difficulty", difficulty, "[0,1]", "1: goals 85 to 100 % of the longest way off; lower: this share of it");
    v("task", task, "[0,5]", "0: goals all over the map; 1 to 5: one far goal of OGBench's, of all maps but umaze");
  }
};

/// A disc under force must find its way to a goal: after Gymnasium-Robotics' PointMaze, seen from above, without
/// gravity. As there, goal and start are drawn uniformly over open cells, each shifted by up to 0.25 m from its cell's
/// centre, and the goal is reached within 0.45 m. But there the start may be the next cell, and goals that chance finds
/// need no more than patience; here it lies at least 85 % of the longest way off, in cells along the way and not
/// through walls, and in the small maze time is short (150 steps, there 300; its pilot takes 111). So pushing at random
/// hardly ever succeeds, and standing still never. Reaching the goal ends the episode.
///
/// `reward=dense` is -(way left)/(longest way) a step, and 0 at the goal: a function of the two goals alone, so that
/// hindsight may relabel it; never positive, so that arriving early is best.
///
/// `task` asks for one of the five fixed ways that OGBench has in each map (Park et al. 2024), start and goal each
/// shifted as above: far goals, always the same. Its mazes are four times as large, its disc is in proportion a little
/// wider (0.175 m), has no momentum and moves at most 0.05 m a step; here all maps have one disc.
///
/// In `teleport` a disc within 0.375 m of an entrance's centre comes out at rest in the centre of one of three exits,
/// drawn anew each time; one of them is closed all round, and the rest of the episode is lost.
///
/// A state is the observation: the disc's place and velocity, and the goal.
class PointMaze : public Environment {
 public:
  explicit PointMaze(const PointMazeOptions& options = {});
  ~PointMaze() override;

  void compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                      const Eigen::Ref<const Eigen::MatrixXf>& desired,
                      Eigen::Ref<Eigen::VectorXf> rewards) const override;
  bool reached(std::span<const float> achieved, std::span<const float> desired) const override;
  bool pilot(std::span<const float> observation, std::span<float> action) const override;
  void draw(Canvas& canvas) const override;

 protected:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override { observe(state); }
  void check_state(std::span<const float> state) const override;
  Step advance(std::span<const float> action) override;
  void observe(std::span<float> observation) const override;

 private:
  struct Goal {
    int cell;
    std::vector<int> starts;  // the cells that are far enough from it
  };

  void find_goals();
  void pass_entrances();
  void build(Point position);
  void build_walls();
  void build_disc(Point position);
  float reward(Point achieved, Point desired) const;

  PointMazeOptions options_;
  const MazeMap& map_;
  std::vector<Goal> goals_;  // of the difficulty of the last episode that drew one
  int farthest_ = 0;         // cells, from a start to its goal, at that difficulty
  std::unique_ptr<b2World> world_;
  b2Body* disc_ = nullptr;
  Point goal_{}, push_{};  // push_: the last force, in units of the largest, for drawing
};

}  // namespace cairn::envs
