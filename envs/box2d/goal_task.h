#pragma once

#include <Eigen/Core>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "envs/canvas.h"
#include "envs/environment.h"
#include "envs/reward.h"

class b2Body;
class b2World;
struct b2Vec2;

/// What `arm_reach`, `push_block`, `slide_puck` and `gantry_grasp` have in common: planar relatives of
/// Gymnasium-Robotics' Fetch worlds, ten times as large, in which something is to be brought to a place on a plane.
/// Control comes at 25 Hz; episodes last two seconds, and reaching the goal ends them.
namespace cairn::envs::goal_task {

/// Steps of an agent in a second, substeps of the engine in each, and steps of an episode.
inline constexpr int steps_a_second = 25, substeps = 4, horizon = 50;
inline constexpr float dt = 0.01F;  ///< s, of a substep
/// Of Box2D's solver, in a substep.
inline constexpr int velocity_iterations = 8, position_iterations = 3;
inline constexpr float friction = 0.2F;  ///< of surfaces of which nothing else is said

/// When a place counts as the goal, and what that pays. Both depend on the two places alone, whatever the difficulty,
/// so that hindsight may put one goal for another.
struct Rule {
  float tolerance;  ///< m, from the goal at most
  float farthest;   ///< m, where `dense` pays -1
  Reward reward;    ///< sparse: 1 at the goal, else 0; dense: 0 at the goal, else -distance/farthest

  /// Whether the two places are within the tolerance.
  bool reached(std::span<const float> achieved, std::span<const float> desired) const;
  /// One step that ends at `place`; the goal ends the episode.
  Step step(Point place, Point goal) const;
  /// As Environment::compute_reward, of goals of two components.
  void pay(const Eigen::Ref<const Eigen::MatrixXf>& achieved, const Eigen::Ref<const Eigen::MatrixXf>& desired,
           Eigen::Ref<Eigen::VectorXf> rewards) const;
};

/// Fills in what these worlds' specs have in common, the goal's place in the observation by the names `NAME x` and
/// `goal x` included.
void describe(Spec& spec, const std::string& name, Reward reward, double difficulty);

/// The goal of an easier episode: only `share` of the way from `from` to the published one, but at least `shortest` m.
Point nearer(Point from, Point goal, double share, float shortest);

/// Uniform in a rectangle about `center`.
Point somewhere(Random& random, Point center, float half_width, float half_height);
/// Euclidean, in the points' unit.
float distance(Point a, Point b);

/// Nine discrete moves: along each axis backward, not at all or forward.
inline constexpr std::array<Point, 9> moves{
    {{0, 0}, {1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}}};
/// What the nine moves are called, in order.
std::vector<std::string> move_names();
/// For pilots: the move by which something that goes at `now` (m/s) comes nearest to going `wanted` (m/s), on the mean
/// of the next step, where moves are `fastest` (m/s on each axis) and velocities change by at most `change` (m/s²).
int move_for(Point now, Point wanted, float fastest, float change);

/// Four walls of the room [low, high]; returns the body that does not move.
b2Body* build_room(b2World& world, Point low, Point high, float rough = friction);
/// A thing that lies flat on the ground: dry friction of at most `force` N and `torque` N m (Coulomb's).
void lay_flat(b2World& world, b2Body& ground, b2Body& body, float force, float torque);
/// Pushes towards a velocity (m/s) with a force of at most `strongest` N, for one substep.
void drive(b2Body& body, b2Vec2 velocity, float strongest);

/// A disc on the ground that is driven, at rest.
b2Body* build_hand(b2World& world, Point at);
inline constexpr float hand_radius = 0.15F;  ///< m
inline constexpr float hand_mass = 1.0F;     ///< kg

/// The goal, and a line to it from what must come there.
void draw_goal(Canvas& canvas, Point from, Point goal, float tolerance);

}  // namespace cairn::envs::goal_task
