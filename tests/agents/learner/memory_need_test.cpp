#include "agents/learner/memory_need.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "agents/exploration/counts.h"
#include "agents/exploration/elliptical.h"
#include "agents/exploration/rnd.h"
#include "agents/imitation/bc.h"
#include "agents/imitation/go_explore.h"
#include "agents/policy_gradient/a2c.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/policy_gradient/stream_ac.h"
#include "agents/q_learning/dqn.h"
#include "agents/q_learning/pqn.h"
#include "agents/q_learning/sac.h"
#include "agents/q_learning/stream_q.h"
#include "agents/q_learning/td3.h"
#include "envs/box2d/ball_in_cup.h"
#include "envs/box2d/docking.h"
#include "envs/box2d/key_rooms.h"
#include "envs/box2d/lander.h"
#include "envs/box2d/lidar_nav.h"
#include "envs/box2d/point_maze.h"
#include "envs/box2d/swing_up.h"
#include "envs/classic/cart_pole.h"
#include "envs/classic/mountain_car.h"
#include "envs/classic/pendulum.h"
#include "optim/adam.h"
#include "optim/obgd.h"
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

/// What an agent has allocated once it has begun; `more`: what its constructor takes after the rule.
template <class Agent, class Options, class... More>
void expect_within_a_factor_of_two(const envs::EnvironmentFactory& factory, const Options& options,
                                   const optim::Rule& rule, int environments, double besides = 0, const More&... more) {
  const envs::Spec spec = factory()->spec();
  const double need = memory_need(options, spec, rule, environments).total() - besides;
  envs::ThreadPool pool(1);
  const double before = allocated();
  Agent agent(spec, options, rule, more...);
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

TEST(MemoryNeed, OfSelfImitationIsWhatIsAllocated) {
  const optim::Rule adam = optim::adam();
  for (const envs::EnvironmentFactory& factory :
       {envs::EnvironmentFactory(made<envs::CartPole>), envs::EnvironmentFactory(made<envs::Lander>)}) {
    const envs::Spec spec = factory()->spec();
    PpoOptions ppo{.normalise_observations = true};
    ppo.imitation = {.on = true, .memory = 300'000};
    const double copy = EpisodeMemory::bytes(spec, 16, 300'000);  // a checkpoint's, which is not there at first
    expect_within_a_factor_of_two<Ppo>(factory, ppo, adam, 16, copy);
    A2cOptions a2c{.hidden = {300, 300}};
    a2c.imitation = {.on = true, .batch = 4'096, .memory = 2'000};
    expect_within_a_factor_of_two<A2c>(factory, a2c, adam, 64, EpisodeMemory::bytes(spec, 64, 2'000));
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
      cart_pole,
      DqnOptions{.hidden = {200, 200}, .memory = 1'000, .batch = 2'000, .layer_norm = true, .save_memory = false}, adam,
      4);
  expect_within_a_factor_of_two<Dqn>(
      cart_pole, DqnOptions{.memory = 1'000, .batch = 500, .quantiles = 200, .save_memory = false}, adam, 4);
  expect_within_a_factor_of_two<Dqn>(
      cart_pole, DqnOptions{.hidden = {500, 500}, .memory = 1'000, .dueling = true, .save_memory = false},
      optim::sgd({.momentum = 0.9}), 4);
}

TEST(MemoryNeed, OfPqnIsWhatIsAllocated) {
  const envs::EnvironmentFactory cart_pole = made<envs::CartPole>;
  const optim::Rule adam = optim::adam();
  expect_within_a_factor_of_two<Pqn>(cart_pole, PqnOptions{}, adam, 32);
  expect_within_a_factor_of_two<Pqn>(cart_pole, PqnOptions{.rollout = 4'000}, adam, 16);
  expect_within_a_factor_of_two<Pqn>(cart_pole, PqnOptions{.rollout = 500, .minibatch = 8'000}, adam, 16);
  expect_within_a_factor_of_two<Pqn>(
      cart_pole, PqnOptions{.hidden = {400, 400}, .layer_norm = false, .gradient_shards = 8}, optim::sgd(), 4);
}

TEST(MemoryNeed, OfStreamingIsWhatIsAllocated) {
  const envs::EnvironmentFactory cart_pole = made<envs::CartPole>;
  for (const optim::Rule& rule : {optim::obgd(), optim::adam()}) {
    expect_within_a_factor_of_two<StreamQ>(cart_pole, StreamQOptions{.hidden = {500, 500}}, rule, 1);
    expect_within_a_factor_of_two<StreamAc>(cart_pole, StreamAcOptions{.hidden = {300, 300}}, rule, 1);
  }
}

TEST(MemoryNeed, OfCloningIsWhatIsAllocated) {
  const envs::EnvironmentFactory car = made<envs::MountainCar>;
  const optim::Rule adam = optim::adam();
  const std::vector<Demonstration> few = fly_demonstrations(car, 1, 1);
  expect_within_a_factor_of_two<Bc>(car, BcOptions{.hidden = {400, 400}}, adam, 16, 0, few);
  expect_within_a_factor_of_two<Bc>(car, BcOptions{.batch = 20'000}, adam, 16, 0, few);
}

TEST(MemoryNeed, OfGoExploreIsWhatIsAllocated) {
  GoExploreOptions options;
  options.learner.save_memory = false;
  expect_within_a_factor_of_two<GoExplore>(made<envs::PointMaze>, options, optim::adam(), 16);
  options.learner.memory = 1'000;
  expect_within_a_factor_of_two<GoExplore>(made<envs::PointMaze>, options, optim::adam(), 100);
}

TEST(MemoryNeed, OfContinuousQLearningIsWhatIsAllocated) {
  const envs::EnvironmentFactory pendulum = made<envs::Pendulum>;
  const optim::Rule adam = optim::adam(), sgd = optim::sgd();
  expect_within_a_factor_of_two<Sac>(pendulum, SacOptions{.memory = 1'000, .save_memory = false}, adam, 4);
  expect_within_a_factor_of_two<Sac>(pendulum, SacOptions{.hidden = {64, 64}, .memory = 200'000, .save_memory = false},
                                     sgd, 16);
  expect_within_a_factor_of_two<Sac>(
      pendulum, SacOptions{.hidden = {64}, .memory = 1'000, .batch = 20'000, .save_memory = false, .critic_norm = true},
      adam, 4);
  expect_within_a_factor_of_two<Td3>(pendulum, Td3Options{.memory = 1'000, .save_memory = false}, adam, 4);
  expect_within_a_factor_of_two<Td3>(
      pendulum, Td3Options{.hidden = {300, 300}, .memory = 1'000, .save_memory = false, .critics = 1}, sgd, 500);
}

TEST(MemoryNeed, OfABonusIsWhatIsAllocated) {
  const envs::EnvironmentFactory cart_pole = made<envs::CartPole>;
  const envs::Spec spec = cart_pole()->spec();
  envs::ThreadPool pool(1);
  constexpr int environments = 32, visits = 32 * 128;
  const auto expect = [&](Bonus& bonus) {
    const double need = bonus.bytes(environments, visits), before = allocated();
    bonus.begin({.factory = cart_pole, .environments = environments, .visits = visits, .seed = 1, .pool = &pool});
    const double really = allocated() - before;
    EXPECT_GT(need, really / 2) << bonus.name();
    EXPECT_LT(need, really * 2) << bonus.name();
  };
  for (const CountScope scope : {CountScope::lifelong, CountScope::product}) {
    Counts counts(spec, {.bins = {20}, .scope = scope});
    expect(counts);
  }
  for (const std::vector<int>& hidden : {std::vector<int>{64, 64}, {256}}) {
    Rnd rnd(spec, {.hidden = hidden});
    expect(rnd);
    Elliptical elliptical(spec, {.hidden = hidden});
    expect(elliptical);
  }
  Elliptical whitened(spec, {.features = EllipticalFeatures::whitened});
  expect(whitened);
}

TEST(MemoryNeed, OfAnAgentWithABonusHoldsThatToo) {
  const envs::Spec spec = made<envs::CartPole>()->spec();
  const Counts counts(spec, {.scope = CountScope::episodic});
  const optim::Rule adam = optim::adam();
  const double paid = memory_need(DqnOptions{}, spec, adam, 16, &counts).total();
  EXPECT_GE(paid, memory_need(DqnOptions{}, spec, adam, 16).total() + counts.bytes(16, 16) + 4 * 100'000);
  EXPECT_GT(memory_need(PpoOptions{}, spec, adam, 16, &counts).total(),
            memory_need(PpoOptions{}, spec, adam, 16).total() + counts.bytes(16, 16 * 128));
  EXPECT_EQ(memory_need(A2cOptions{}, spec, adam, 16, &counts).parts.back().what, "the bonus");
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
