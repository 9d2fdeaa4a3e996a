#pragma once

#include <array>
#include <memory>

#include "envs/box2d/goal_task.h"
#include "envs/environment.h"
#include "envs/reward.h"

class b2PrismaticJoint;

namespace cairn::envs {

struct GantryGraspOptions {
  Reward reward = Reward::sparse;
  bool continuous = false;
  double difficulty = 1;  ///< 1: goals on the floor and in the air; lower: this share of the way there from the block
  template <class V>
  void fields(V&& v) {
    v("reward", reward, "dense|sparse",
      "sparse: 1 for reaching the goal, else 0; dense: less the distance that is left");
    v("continuous", continuous, "true|false", "speeds of hand and fingers instead of eight directions, open and close");
    v("difficulty", difficulty, "[0,1]", "1: goals on the floor and in the air; lower: this share of the way there");
  }
};

/// A hand with two fingers, hung from a gantry, must bring a block to a goal: a relative of Gymnasium-Robotics'
/// FetchPickAndPlace, seen from the side. Half of the goals lie on the floor, where pushing is enough; the others are
/// in the air, where the block must be held. The goal lies at least 0.75 m away from the block and is reached by its
/// centre within 0.2 m, at whatever speed, which ends the episode.
///
/// `reward=dense` is -(distance left)/(5 m) a step, and 0 at the goal.
///
/// A state holds the motions of hand, left finger, right finger and block, and the goal.
class GantryGrasp : public Environment {
 public:
  explicit GantryGrasp(const GantryGraspOptions& options = {});
  ~GantryGrasp() override;

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
  void build_bodies(Point hand, Point block);
  void build_joints();
  float grip() const;        // m, by which the fingers have come inward
  float grip_speed() const;  // m/s

  GantryGraspOptions options_;
  goal_task::Rule rule_;
  std::unique_ptr<b2World> world_;
  b2Body* hand_ = nullptr;
  b2Body* block_ = nullptr;
  std::array<b2Body*, 2> fingers_{};  // left, right
  std::array<b2PrismaticJoint*, 2> slides_{};
  Point goal_{};
};

}  // namespace cairn::envs
