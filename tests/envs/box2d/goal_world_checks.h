#pragma once

// What the worlds must satisfy in which something is to be brought to a place (envs/box2d/goal_task.h), beside what
// every world must (tests/envs/world_checks.h).

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "../world_checks.h"
#include "envs/reward.h"

namespace cairn::envs::checks {

inline std::vector<float> shown(const Environment& world) {
  return std::vector<float>(static_cast<std::size_t>(world.spec().observation_size()));
}
inline float at(const Environment& world, const std::vector<float>& observation, const std::string& name) {
  const auto found = std::ranges::find(world.spec().observation, name, &Component::name);
  EXPECT_NE(found, world.spec().observation.end()) << name;
  return observation[static_cast<std::size_t>(found - world.spec().observation.begin())];
}
inline float distance_to_goal(const Environment& world, const std::vector<float>& observation) {
  const GoalLayout goal = world.spec().goal;
  const auto a = static_cast<std::size_t>(goal.achieved), d = static_cast<std::size_t>(goal.desired);
  return std::hypot(observation[a] - observation[d], observation[a + 1] - observation[d + 1]);
}

/// The action of that name, of a discrete world.
inline std::vector<float> action_named(const Environment& world, const std::string& name) {
  const auto found = std::ranges::find(world.spec().action_names, name);
  EXPECT_NE(found, world.spec().action_names.end()) << name;
  return {static_cast<float>(found - world.spec().action_names.begin())};
}

/// Upper end of Wilson's 95 % interval of a share.
inline double wilson_upper(double share, int n) {
  constexpr double z = 1.959964;
  const double centre = share + z * z / (2 * n);
  return (centre + z * std::sqrt(share * (1 - share) / n + z * z / (4.0 * n * n))) / (1 + z * z / n);
}

/// Rewards of steps are those of the goals in the observation after them; ends are successes, and happen within the
/// tolerance; success is the same whichever the reward. Flown by the pilot and at random.
template <class World, class Options>
void reward_is_a_function_of_the_goals(float tolerance, float farthest) {
  Options sparse_options, dense_options;
  sparse_options.continuous = dense_options.continuous = true;
  dense_options.reward = Reward::dense;
  World sparse(sparse_options), dense(dense_options), judge(dense_options);  // the judge is never reset
  ASSERT_TRUE(sparse.spec().goal.terminates);
  ASSERT_EQ(sparse.spec().goal.size, 2);
  Random random(7, Stream::policy);
  std::vector<float> o = shown(sparse), p = o;
  int successes = 0;
  for (std::uint32_t episode = 0; episode < 20; ++episode) {
    const Start start{.random = Random(7, Stream::environment, 0, episode), .difficulty = episode % 2 == 0 ? 1 : 0.2};
    sparse.reset(start, o);
    dense.reset(start, p);
    for (Step step; !step.terminated && !step.truncated;) {
      std::vector<float> action = random_action(sparse, random);
      if (episode < 16) {
        ASSERT_TRUE(sparse.pilot(o, action));
      }
      step = sparse.step(action, o);
      const Step other = dense.step(action, p);
      ASSERT_EQ(o, p);
      const float left = distance_to_goal(sparse, o);
      if (std::abs(left - tolerance) > 1e-5F) {
        ASSERT_EQ(step.success, left < tolerance);
      }
      ASSERT_EQ(step.terminated, step.success);
      ASSERT_EQ(other.success, step.success);
      ASSERT_EQ(step.reward, step.success ? 1 : 0);
      ASSERT_NEAR(other.reward, step.success ? 0 : -left / farthest, 1e-5);

      const GoalLayout goal = sparse.spec().goal;
      Eigen::MatrixXf achieved(2, 2), desired(2, 2);
      for (int k = 0; k < 2; ++k) {
        achieved(k, 0) = achieved(k, 1) = o[static_cast<std::size_t>(goal.achieved + k)];
        desired(k, 0) = o[static_cast<std::size_t>(goal.desired + k)];
        desired(k, 1) = achieved(k, 1);
      }
      Eigen::VectorXf rewards(2);
      sparse.compute_reward(achieved, desired, rewards);
      ASSERT_EQ(rewards[0], step.reward);
      ASSERT_EQ(rewards[1], 1) << "what was reached is reached";
      judge.compute_reward(achieved, desired, rewards);
      ASSERT_EQ(rewards[0], other.reward);
      ASSERT_EQ(rewards[1], 0);
      successes += step.success;
    }
  }
  EXPECT_GE(successes, 12);
}

/// No episode starts solved, at any difficulty; nor does one end well if nothing is done.
template <class World, class Options>
void nothing_is_given(float tolerance) {
  World world(Options{});
  std::vector<float> o = shown(world);
  const std::vector<float> none{0};
  ASSERT_TRUE(world.spec().action_names[0].starts_with("none"));
  for (std::uint32_t episode = 0; episode < 1500; ++episode) {
    const double difficulty = episode % 3 == 0 ? 0 : episode % 3 == 1 ? 0.4 : 1;
    world.reset({.random = Random(8, Stream::environment, 0, episode), .difficulty = difficulty}, o);
    ASSERT_GT(distance_to_goal(world, o), tolerance + 0.03F) << difficulty;
    if (episode >= 90) continue;
    for (Step step; !step.truncated;) {
      step = world.step(none, o);
      ASSERT_FALSE(step.success);
    }
    ASSERT_EQ(world.elapsed(), 50);
  }
}

/// Random play at difficulty 1 hardly ever succeeds, and the more often the lower the difficulty.
template <class World, class Options>
void chance_seldom_succeeds() {
  World world(Options{});
  const double hard = score(world, 2000, false).success;
  std::printf("random play: %.2f %% of 2,000 episodes, at most %.2f %%\n", 100 * hard, 100 * wilson_upper(hard, 2000));
  EXPECT_LE(wilson_upper(hard, 2000), 0.015);
  double harder = hard;
  for (const double difficulty : {0.5, 0.25, 0.0}) {
    Options options;
    options.difficulty = difficulty;
    World easier(options);
    const double easy = score(easier, 500, false).success;
    EXPECT_GT(easy, harder) << difficulty;
    harder = easy;
  }
  EXPECT_GT(harder, 0.08) << "the easiest episodes are for beginners";
}

/// A start's difficulty draws what a world of this difficulty draws, to the bit.
template <class World, class Options>
void difficulty_is_that_of_the_start() {
  Options options;
  options.difficulty = 0.25;
  World easy(options), world(Options{});
  std::vector<float> a = shown(world), b = a;
  easy.reset(Random(4, Stream::environment), a);
  world.reset({.random = Random(4, Stream::environment), .difficulty = 0.25}, b);
  EXPECT_EQ(a, b);
  Random actions(5, Stream::policy), again(5, Stream::policy);
  expect_same(play(easy, actions, 50), play(world, again, 50));
}

/// Nothing but contacts' impulses is lost with a state: an episode begun there stays near the one that was there.
template <class World, class Options>
void goes_on_from_a_state(int before, int after, float near) {
  World visitor(Options{}), world(Options{});
  std::vector<float> o = shown(world), seen = o;
  Random random(3, Stream::policy);
  visitor.reset(Random(9, Stream::environment), o);
  for (int i = 0; i < before; ++i) visitor.step(random_action(visitor, random), o);
  world.reset({.random = {}, .state = visitor.state()}, seen);
  ASSERT_EQ(seen, o);
  for (int i = 0; i < after; ++i) {
    const std::vector<float> action = random_action(visitor, random);
    visitor.step(action, o);
    world.step(action, seen);
    for (std::size_t k = 0; k < o.size(); ++k)
      ASSERT_NEAR(seen[k], o[k], near) << i << ' ' << world.spec().observation[k].name;
  }
}

}  // namespace cairn::envs::checks
