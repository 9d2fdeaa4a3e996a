#include "agents/learner/memory_need.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "agents/policy_gradient/a2c.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/q_learning/dqn.h"
#include "envs/box2d/ball_in_cup.h"
#include "envs/box2d/docking.h"
#include "envs/box2d/key_rooms.h"
#include "envs/box2d/lander.h"
#include "envs/box2d/lidar_nav.h"
#include "envs/box2d/point_maze.h"
#include "envs/box2d/swing_up.h"
#include "envs/classic/cart_pole.h"
#include "optim/adam.h"
#include "optim/sgd.h"

namespace cairn::agents {
namespace {

template <class World>
std::unique_ptr<envs::Environment> made() {
  return std::make_unique<World>();
}

#if defined(__GLIBC__) && !defined(CAIRN_SANITIZED)  // sanitizers have a malloc of their own

double allocated() {
  const auto info = ::mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

/// What an agent has allocated once it has begun.
template <class Agent, class Options>
void expect_within_a_factor_of_two(const envs::EnvironmentFactory& factory, const Options& options,
                                   const optim::Rule& rule, int environments, double besides = 0) {
  const envs::Spec spec = factory()->spec();
  const double need = memory_need(options, spec, rule, environments).total() - besides;
  envs::ThreadPool pool(1);
  const double before = allocated();
  Agent agent(spec, options, rule);
  agent.begin({.factory = factory, .environments = environments, .seed = 1, .total_steps = 1'000'000, .pool = &pool});
  const double really = allocated() - before;
  EXPECT_GT(need, really / 2) << agent.name() << " in " << spec.id << " by " << rule.description();
  EXPECT_LT(need, really * 2) << agent.name() << " in " << spec.id << " by " << rule.description();
}

TEST(MemoryNeed, OfPolicyGradientIsWhatIsAllocated) {
  const optim::Rule adam = optim::adam(), sgd = optim::sgd();
  for (const envs::EnvironmentFactory& factory :
       {envs::EnvironmentFactory(made<envs::CartPole>), envs::EnvironmentFactory(made<envs::Lander>)}) {
    expect_within_a_factor_of_two<Ppo>(factory, PpoOptions{}, adam, 16);
    expect_within_a_factor_of_two<Ppo>(factory, PpoOptions{.rollout = 5'000, .minibatch = 64}, adam, 16);
    expect_within_a_factor_of_two<Ppo>(factory, PpoOptions{.rollout = 1'000, .recompute_advantages = true}, adam, 16);
    expect_within_a_factor_of_two<Ppo>(factory, PpoOptions{.rollout = 1'000, .minibatch = 50'000}, sgd, 64);
    expect_within_a_factor_of_two<Ppo>(factory, PpoOptions{.hidden = {400, 400}, .gradient_shards = 8}, sgd, 4);
    expect_within_a_factor_of_two<A2c>(factory, A2cOptions{}, adam, 256);
    expect_within_a_factor_of_two<Reinforce>(factory, ReinforceOptions{.rollout = 2'000}, adam, 16);
  }
}

TEST(MemoryNeed, OfQLearningIsWhatIsAllocated) {
  const double transition = 4 * (2 * 4 + 1 + 1) + 1 + 8;  // of cart-pole; a checkpoint's copy is not there at first
  const envs::EnvironmentFactory cart_pole = made<envs::CartPole>;
  const optim::Rule adam = optim::adam();
  expect_within_a_factor_of_two<Dqn>(cart_pole, DqnOptions{}, adam, 16, 100'000 * transition);
  expect_within_a_factor_of_two<Dqn>(cart_pole, DqnOptions{.memory = 1'000, .save_memory = false}, adam, 500);
  expect_within_a_factor_of_two<Dqn>(cart_pole, DqnOptions{.batch = 20'000, .save_memory = false}, adam, 4);
  expect_within_a_factor_of_two<Dqn>(cart_pole,
                                     DqnOptions{.memory = 300'000, .prioritized = true, .save_memory = false}, adam, 4);
  expect_within_a_factor_of_two<Dqn>(
      cart_pole, DqnOptions{.hidden = {500, 500}, .memory = 1'000, .dueling = true, .save_memory = false},
      optim::sgd({.momentum = 0.9}), 4);
}

TEST(MemoryNeed, OfWorldsIsWhatIsAllocated) {
  for (const envs::EnvironmentFactory& factory :
       {envs::EnvironmentFactory(made<envs::CartPole>), envs::EnvironmentFactory(made<envs::Lander>),
        envs::EnvironmentFactory(made<envs::PointMaze>), envs::EnvironmentFactory(made<envs::SwingUp>),
        envs::EnvironmentFactory(made<envs::Docking>), envs::EnvironmentFactory(made<envs::KeyRooms>),
        envs::EnvironmentFactory(made<envs::LidarNav>), envs::EnvironmentFactory(made<envs::BallInCup>)}) {
    const double need = bytes_of_worlds(factory()->spec(), 50), before = allocated();
    const envs::VectorEnvironment worlds(factory, 50, 1);
    const double really = allocated() - before;
    EXPECT_GT(need, really / 2) << worlds.spec().id;
    EXPECT_LT(need, really * 2) << worlds.spec().id;
  }
}

#endif

TEST(MemoryNeed, OfWhatIsBeyondAnyMachineIsANumberAndCostsNothing) {
  const envs::Spec spec = made<envs::CartPole>()->spec();
  const optim::Rule adam = optim::adam();
  const MemoryNeed rollout = memory_need(PpoOptions{.rollout = 65'536}, spec, adam, 65'536);
  EXPECT_EQ(rollout.samples, 65'536.0 * 65'536.0);
  EXPECT_GT(rollout.total(), 1e11);
  EXPECT_EQ(rollout.largest().what, "rollout=65536 of 65536 worlds");
  const MemoryNeed memory = memory_need(DqnOptions{.memory = 1'000'000'000}, spec, adam, 16);
  EXPECT_GT(memory.total(), 9e10);
  EXPECT_EQ(memory.largest().what, "memory=1000000000");
  EXPECT_EQ(memory_need(DqnOptions{.batch = 1'000'000}, spec, adam, 16).largest().what, "batch=1000000");
  const MemoryNeed wide = memory_need(PpoOptions{.hidden = {65'536, 65'536}}, spec, adam, 16);
  EXPECT_GT(wide.total(), 1e11);
  EXPECT_EQ(wide.largest().what, "the networks of hidden=65536/65536");
}

TEST(MemoryNeed, OfARuleFollowsItsState) {
  optim::Layout layout;
  layout.add("weight", 8, 8, {"weight"});
  EXPECT_EQ(state_per_parameter(optim::sgd(), layout), 0);
  EXPECT_EQ(state_per_parameter(optim::sgd({.momentum = 0.9}), layout), 1);
  EXPECT_EQ(state_per_parameter(optim::adam(), layout), 2);
}

}  // namespace
}  // namespace cairn::agents
