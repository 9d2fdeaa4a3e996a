#pragma once

#include <memory>

#include "envs/box2d/goal_task.h"
#include "envs/environment.h"
#include "envs/reward.h"

namespace cairn::envs {

struct SlidePuckOptions {
  Reward reward = Reward::sparse;
  bool continuous = false;
  double difficulty = 1;  ///< 1: goals out of the hand's reach; lower: this share of the way there from the puck
  template <class V>
  void fields(V&& v) {
    v("reward", reward, "dense|sparse",
      "sparse: 1 for reaching the goal, else 0; dense: less the distance that is left");
    v("continuous", continuous, "true|false", "a velocity in two components instead of eight directions and none");
    v("difficulty", difficulty, "[0,1]", "1: goals out of the hand's reach; lower: this share of the way there");
  }
};

/// A disc must strike a puck so that it slides to a goal beyond the disc's reach: a relative of Gymnasium-Robotics'
/// FetchSlide, seen from above. A barrier lets the puck pass and holds the hand; the puck slides with a coefficient of
/// friction of 0.1. The goal is reached by the puck's centre within 0.2 m, at whatever speed, which ends the episode.
///
/// `reward=dense` is -(distance left)/(7.2 m) a step, and 0 at the goal.
///
/// A state holds the hand's place and velocity, the puck's motion, and the goal.
class SlidePuck : public Environment {
 public:
  explicit SlidePuck(const SlidePuckOptions& options = {});
  ~SlidePuck() override;

  void compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                      const Eigen::Ref<const Eigen::MatrixXf>& desired,
                      Eigen::Ref<Eigen::VectorXf> rewards) const override;
  bool reached(std::span<const float> achieved, std::span<const float> desired) const override;
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
  void build(Point hand, Point puck);

  SlidePuckOptions options_;
  goal_task::Rule rule_;
  std::unique_ptr<b2World> world_;
  b2Body* hand_ = nullptr;
  b2Body* puck_ = nullptr;
  Point goal_{};
};

}  // namespace cairn::envs
