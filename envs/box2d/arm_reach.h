#pragma once

#include <array>
#include <memory>

#include "envs/box2d/goal_task.h"
#include "envs/environment.h"
#include "envs/reward.h"

class b2RevoluteJoint;

namespace cairn::envs {

struct ArmReachOptions {
  int links = 2;
  Reward reward = Reward::sparse;
  bool continuous = false;
  double difficulty = 1;  ///< 1: goals all over the place; lower: goals nearer to the tip, down to 0.1 to 0.3 m
  template <class V>
  void fields(V&& v) {
    v("links", links, "[2,4]", "of the arm, which is 2 m long whatever their number");
    v("reward", reward, "dense|sparse",
      "sparse: 1 for reaching the goal, else 0; dense: less the distance that is left");
    v("continuous", continuous, "true|false", "a speed of each joint instead of back, none and forth");
    v("difficulty", difficulty, "[0,1]", "1: goals anywhere within reach; lower: nearer to the tip");
  }
};

/// The tip of a planar arm must come to a goal: a relative of Gymnasium-Robotics' FetchReach, seen from above, without
/// gravity and contacts. Motors turn the joints at up to 2.5 rad/s. The goal lies at least 25 cm a link away from the
/// tip and is reached within 5 cm, which ends the episode.
///
/// `reward=dense` is -(distance left)/(3.8 m) a step, and 0 at the goal. Directions of discrete actions: left, up and
/// forth turn a joint counter-clockwise.
///
/// A state holds each link's angle and angular velocity (from the x axis, counter-clockwise), and the goal.
class ArmReach : public Environment {
 public:
  explicit ArmReach(const ArmReachOptions& options = {});
  ~ArmReach() override;

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
  static constexpr std::size_t most_links = 4;
  struct Link {
    float angle = 0, angular_velocity = 0;  // rad from the x axis, rad/s
  };
  using Links = std::array<Link, most_links>;  // the first `links_` of them

  void build(const Links& links);
  Links links() const;
  Point tip(const Links& links) const;
  std::array<float, most_links> turns_to_goal(std::span<const float> observation) const;  // rad, of each joint

  ArmReachOptions options_;
  goal_task::Rule rule_;
  std::size_t links_;
  float length_;  // m, of a link
  std::unique_ptr<b2World> world_;
  std::array<b2Body*, most_links> bodies_{};
  std::array<b2RevoluteJoint*, most_links> joints_{};
  Point goal_{};
};

}  // namespace cairn::envs
