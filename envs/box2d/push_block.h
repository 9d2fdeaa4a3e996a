#pragma once

#include <memory>

#include "envs/box2d/goal_task.h"
#include "envs/environment.h"
#include "envs/reward.h"

namespace cairn::envs {

struct PushBlockOptions {
  Reward reward = Reward::sparse;
  bool continuous = false;
  double difficulty = 1;  ///< 1: goals all over the room; lower: this share of the way there from the block
  template <class V>
  void fields(V&& v) {
    v("reward", reward, "dense|sparse",
      "sparse: 1 for reaching the goal, else 0; dense: less the distance that is left");
    v("continuous", continuous, "true|false", "a velocity in two components instead of eight directions and none");
    v("difficulty", difficulty, "[0,1]", "1: goals all over the room; lower: this share of the way there");
  }
};

/// A disc must push a block to a goal: a relative of Gymnasium-Robotics' FetchPush, seen from above. The block lies on
/// the floor with a coefficient of friction of 0.6. The goal lies at least 0.75 m away from it and is reached by its
/// centre within 0.3 m, at whatever speed, which ends the episode.
///
/// `reward=dense` is -(distance left)/(4 m) a step, and 0 at the goal.
///
/// A state holds the hand's place and velocity, the block's motion, and the goal.
class PushBlock : public Environment {
 public:
  explicit PushBlock(const PushBlockOptions& options = {});
  ~PushBlock() override;

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
  void build(Point hand, Point block);

  PushBlockOptions options_;
  goal_task::Rule rule_;
  std::unique_ptr<b2World> world_;
  b2Body* hand_ = nullptr;
  b2Body* block_ = nullptr;
  Point goal_{};
};

}  // namespace cairn::envs
