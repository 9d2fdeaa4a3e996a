#include "envs/wrappers.h"

#include <gmock/gmock.h>

#include "envs/box2d/arm_reach.h"
#include "envs/box2d/key_rooms.h"
#include "envs/box2d/lander.h"
#include "envs/check.h"
#include "envs/classic/cart_pole.h"
#include "envs/classic/mountain_car.h"
#include "envs/vector_environment.h"
#include "tests/envs/world_checks.h"

namespace cairn::envs {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

Recipe lander(bool continuous = false) {
  return recipe<Lander>(LanderOptions{.continuous = continuous});
}
Recipe mountain_car() {
  return recipe<MountainCar>(MountainCarOptions{});
}
Recipe arm() {
  return recipe<ArmReach>(ArmReachOptions{});
}

/// Every wrapper around an environment, and some around each other.
std::vector<Recipe> around(const Recipe& of) {
  return {time_limit({.steps = 50, .of = of}),
          frame_skip({.n = 3, .of = of}),
          observation_stack({.n = 3, .of = of}),
          action_noise({.std = 0.3F, .chance = 0.5F, .of = of}),
          reward_scale({.factor = 0.5F, .of = of}),
          action_delay({.steps = 2, .of = of}),
          frame_skip({.n = 2, .of = observation_stack({.n = 2, .of = action_noise({.of = action_delay({.of = of})})})}),
          action_noise({.of = action_noise({.of = of})})};
}

TEST(Wrappers, KeepWhatEveryWorldMust) {
  for (const Recipe& of : {lander(), lander(true), mountain_car(), arm()})
    for (const Recipe& wrapped : around(of)) {
      SCOPED_TRACE(wrapped.description);
      checks::deterministic(wrapped.factory, 60);
      checks::snapshots(wrapped.factory, 8, 30);
      const bool shows_the_past = wrapped.description.find("stack:") != std::string::npos;  // which no state holds
      if (!wrapped.factory()->spec().state.empty() && !shows_the_past) checks::states(wrapped.factory, 20);
      if (wrapped.description.find("lander") == std::string::npos)  // which tumbles beyond its bounds now and then
        checks::bounds(wrapped.factory, 2);
      checks::refusals(wrapped.factory);
      checks::refused_starts(wrapped.factory);
      for (const Check& check : check_environment(wrapped.factory)) EXPECT_EQ(check.fault, "") << check.name;
    }
}

// The same steps in a vector environment, broken off and restored from what a checkpoint holds.
TEST(Wrappers, GoOnFromACheckpointToTheBit) {
  for (const Recipe& wrapped : around(lander())) {
    SCOPED_TRACE(wrapped.description);
    VectorEnvironment whole(wrapped.factory, 2, 5), resumed(wrapped.factory, 2, 5);
    Random actions(6, Stream::policy);
    const auto step = [&](VectorEnvironment& worlds, int steps, Random random) {
      Eigen::MatrixXf chosen(1, 2);
      for (int i = 0; i < steps; ++i) {
        for (Eigen::Index e = 0; e < 2; ++e)
          chosen(0, e) = static_cast<float>(random.below(static_cast<std::uint32_t>(worlds.spec().actions())));
        worlds.step(0, chosen);
      }
    };
    step(whole, 130, actions);
    resumed.restore(whole.state());
    EXPECT_EQ(whole.observations(), resumed.observations());
    step(whole, 130, Random(7, Stream::policy));
    step(resumed, 130, Random(7, Stream::policy));
    EXPECT_EQ(whole.observations(), resumed.observations());
  }
}

TEST(Wrappers, AreDescribedAsTheCommandLineWritesThem) {
  EXPECT_EQ(frame_skip({.n = 2, .of = mountain_car()}).description, "skip:n=2,of=(mountain_car:goal_velocity=0)");
  EXPECT_EQ(time_limit({.steps = 9, .of = frame_skip({.n = 2, .of = mountain_car()})}).description,
            "limit:steps=9,of=(skip:n=2,of=(mountain_car:goal_velocity=0))");
  EXPECT_EQ(time_limit({.of = mountain_car()}).factory()->spec().id, "limit_mountain_car");
  EXPECT_THAT([] { frame_skip({.n = 2}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("skip: 'of' says which environment is wrapped")));
  EXPECT_THAT([] { frame_skip({.n = 0, .of = mountain_car()}); },
              ThrowsMessage<std::invalid_argument>(HasSubstr("skip: 'n' cannot be 0")));
}

TEST(TimeLimit, CutsSoonerAndLater) {
  Random random(1, Stream::environment);
  for (const int steps : {7, 450}) {
    const auto world = time_limit({.steps = steps, .of = mountain_car()}).factory();
    std::vector<float> observation(2);
    world->reset(random, observation);
    const float coast = 1;
    int taken = 0;
    for (Step step; !step.truncated; ++taken) step = world->step({&coast, 1}, observation);
    EXPECT_EQ(taken, steps);
    EXPECT_FALSE(world->spec().return_threshold) << "of a task of another length";
  }
}

TEST(FrameSkip, AddsUpWhatTheStepsPayAndStopsWhereTheEpisodeEnds) {
  const auto skipping = frame_skip({.n = 4, .of = mountain_car()}).factory(), plain = mountain_car().factory();
  EXPECT_EQ(skipping->spec().horizon, 50);
  std::vector<float> observation(2), seen(2);
  skipping->reset(Random(1, Stream::environment), observation);
  plain->reset(Random(1, Stream::environment), seen);
  EXPECT_EQ(observation, seen);
  const float right = 2;
  EXPECT_EQ(skipping->step({&right, 1}, observation).reward, -4);
  for (int i = 0; i < 4; ++i) plain->step({&right, 1}, seen);
  EXPECT_EQ(observation, seen);

  const auto falling = frame_skip({.n = 500, .of = recipe<CartPole>(CartPoleOptions{})}).factory();
  std::vector<float> pole(4);
  falling->reset(Random(1, Stream::environment), pole);
  const float push = 1;
  EXPECT_TRUE(falling->step({&push, 1}, pole).terminated);
}

TEST(FrameSkip, PaysInGoalWorldsWhatTheGoalsSay) {
  const auto world = frame_skip({.n = 5, .of = arm()}).factory();
  const GoalLayout goal = world->spec().goal;
  std::vector<float> seen(static_cast<std::size_t>(world->spec().observation_size()));
  world->reset(Random(1, Stream::environment), seen);
  Random actions(2, Stream::policy);
  for (int i = 0; i < 10; ++i) {
    const Step step = world->step(checks::random_action(*world, actions), seen);
    const Eigen::MatrixXf achieved = Eigen::Map<const Eigen::VectorXf>(seen.data() + goal.achieved, goal.size),
                          desired = Eigen::Map<const Eigen::VectorXf>(seen.data() + goal.desired, goal.size);
    Eigen::VectorXf reward(1);
    world->compute_reward(achieved, desired, reward);
    EXPECT_EQ(step.reward, reward[0]);
  }
}

TEST(ObservationStack, ShowsTheNewestFirst) {
  const auto stacked = observation_stack({.n = 3, .of = mountain_car()}).factory(), plain = mountain_car().factory();
  std::vector<float> all(6), seen(2);
  stacked->reset(Random(1, Stream::environment), all);
  plain->reset(Random(1, Stream::environment), seen);
  std::vector<std::vector<float>> history(3, seen);
  const float right = 2;
  for (int i = 0; i < 5; ++i) {
    for (std::size_t back = 0; back < 3; ++back)
      for (std::size_t c = 0; c < 2; ++c) EXPECT_EQ(all[2 * back + c], history[back][c]) << i << ' ' << back;
    stacked->step({&right, 1}, all);
    plain->step({&right, 1}, seen);
    history.insert(history.begin(), seen);
    history.pop_back();
  }
  EXPECT_EQ(stacked->spec().observation[2].name, "position, 1 before");
}

// Hindsight replaces the goal that was asked for, and must not leave an old one behind.
TEST(ObservationStack, ShowsTheGoalThatIsAskedForOnce) {
  const auto plain = arm().factory(), stacked = observation_stack({.n = 2, .of = arm()}).factory();
  const GoalLayout goal = plain->spec().goal;
  EXPECT_EQ(stacked->spec().observation_size(), 2 * plain->spec().observation_size() - goal.size);
  EXPECT_EQ(stacked->spec().goal.desired, goal.desired);
}

TEST(ActionNoise, ChangesActionsAndNothingElse) {
  const auto noisy = action_noise({.std = 0.5F, .chance = 0.5F, .of = mountain_car()}).factory(),
             exact = action_noise({.std = 0, .chance = 0, .of = mountain_car()}).factory(),
             plain = mountain_car().factory();
  std::vector<float> a(2), b(2), c(2);
  noisy->reset(Random(1, Stream::environment), a);
  exact->reset(Random(1, Stream::environment), b);
  plain->reset(Random(1, Stream::environment), c);
  EXPECT_EQ(a, c) << "the start is that of the environment in it";
  const float right = 2;
  for (int i = 0; i < 20; ++i) {
    noisy->step({&right, 1}, a);
    exact->step({&right, 1}, b);
    plain->step({&right, 1}, c);
  }
  EXPECT_EQ(b, c);
  EXPECT_NE(a, c);
}

TEST(RewardScale, ScalesRewardsOfGoalsToo) {
  const auto world = reward_scale({.factor = 0.5F, .of = arm()}).factory(), plain = arm().factory();
  Eigen::MatrixXf achieved(world->spec().goal.size, 1), desired = achieved;
  achieved.setZero();
  desired.setZero();
  Eigen::VectorXf scaled(1), whole(1);
  world->compute_reward(achieved, desired, scaled);
  plain->compute_reward(achieved, desired, whole);
  EXPECT_EQ(scaled[0], 0.5F * whole[0]);
  const auto car = reward_scale({.factor = 0.5F, .of = mountain_car()}).factory();
  std::vector<float> seen(2);
  car->reset(Random(1, Stream::environment), seen);
  const float right = 2;
  EXPECT_EQ(car->step({&right, 1}, seen).reward, -0.5F);
  EXPECT_EQ(car->spec().return_threshold, -55);
}

TEST(ActionDelay, CarriesOutEachActionLater) {
  const auto late = action_delay({.steps = 2, .of = mountain_car()}).factory(), plain = mountain_car().factory();
  std::vector<float> a(2), b(2);
  late->reset(Random(1, Stream::environment), a);
  plain->reset(Random(1, Stream::environment), b);
  const std::vector<float> chosen{2, 1, 0, 2, 2}, carried_out{0, 0, 2, 1, 0};
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    late->step({&chosen[i], 1}, a);
    plain->step({&carried_out[i], 1}, b);
    EXPECT_EQ(a, b) << i;
  }
}

TEST(Wrappers, LetMasksPilotAndDifficultyThrough) {
  const auto rooms = action_noise({.chance = 0.5F, .of = recipe<KeyRooms>(KeyRoomsOptions{})}).factory();
  EXPECT_TRUE(rooms->spec().masks);
  const auto stacked = observation_stack({.n = 3, .of = lander()}).factory();
  std::vector<float> seen(static_cast<std::size_t>(stacked->spec().observation_size())), action(1);
  stacked->reset(Start{.random = Random(1, Stream::environment), .difficulty = 0.25}, seen);
  EXPECT_EQ(stacked->difficulty(), 0.25);
  EXPECT_TRUE(stacked->pilot(seen, action));
}

}  // namespace
}  // namespace cairn::envs
