#include "agents/memory/episode_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "agents/archive/archive.h"
#include "damaged.h"
#include "small_worlds.h"

namespace cairn::agents {
namespace {

constexpr int horizon = 5;
const envs::Spec one_state_spec = tests::OneState(horizon).spec();  // two components, two actions

/// A step of one world: what is observed is its number.
struct Told {
  float reward = 0;
  bool terminated = false, truncated = false;
  float final_value = 0;
};

/// Steps of as many worlds as there are lists of equal length; observations are 10 · world + time, from `begin` on.
Rollout rollout(const std::vector<std::vector<Told>>& worlds, int begin = 0) {
  const auto environments = static_cast<int>(worlds.size()), steps = static_cast<int>(worlds[0].size());
  Rollout rollout(one_state_spec, environments, steps, 1, false);
  for (int t = 0; t < steps; ++t)
    for (int e = 0; e < environments; ++e) {
      const Told& told = worlds[static_cast<std::size_t>(e)][static_cast<std::size_t>(t)];
      const Eigen::Index sample = Eigen::Index{t} * environments + e;
      rollout.observations.col(sample).setConstant(static_cast<float>(10 * e + begin + t));
      rollout.actions(0, sample) = static_cast<float>(t % 2);
      rollout.rewards[sample] = told.reward;
      rollout.terminated[static_cast<std::size_t>(sample)] = told.terminated;
      rollout.truncated[static_cast<std::size_t>(sample)] = told.truncated;
      rollout.final_values(0, sample) = told.final_value;
    }
  return rollout;
}

std::vector<float> returns(const EpisodeMemory& memory) {
  std::vector<float> all;
  for (std::int64_t i = 0; i < memory.size(); ++i) all.push_back(memory.returns(i));
  return all;
}

TEST(EpisodeMemory, KeepsEpisodesThatEarnedSomethingWithTheirReturns) {
  EpisodeMemory memory(one_state_spec, 2, 100, 0.5F, 1);
  memory.add(rollout({{{0}, {1}, {-1}}, {{0}, {0, true}, {0}}}), {});
  EXPECT_EQ(memory.size(), 0) << "one runs, one earned nothing";
  memory.add(rollout({{{2, true}, {0}}, {{4, true}, {-8, true}}}, 3), {});
  // World 0: 0 1 -1 2 → R = ½ (1 + ½ (-1 + ½ 2)); world 1: its second episode 0 4; the third earned nothing above 0.
  EXPECT_EQ(returns(memory), (std::vector<float>{0.5F, 1, 0, 2, 2, 4}));
}

TEST(EpisodeMemory, WhatTheHorizonCutGoesOnAsTheCriticThought) {
  EpisodeMemory memory(one_state_spec, 1, 100, 0.5F, 1);
  memory.add(rollout({{{1}, {1, false, true, 8}, {1}, {1, true, false, 8}}}), {});
  EXPECT_EQ(returns(memory), (std::vector<float>{1 + 0.5F * 5, 1 + 0.5F * 8, 1.5F, 1}));
}

TEST(EpisodeMemory, ReturnsAreInTheUnitsOfThePresentScale) {
  EpisodeMemory memory(one_state_spec, 1, 6, 0.5F, 1);
  memory.add(rollout({{{1}, {4}, {2, false, true, 8}}}), {.factor = 2, .clip = 5});
  EXPECT_EQ(returns(memory), (std::vector<float>{2 + 0.5F * 9, 5 + 0.5F * 8, 4 + 0.5F * 8}));
  memory.rescale({.factor = 1});  // and what follows the cut is worth half as much
  EXPECT_EQ(returns(memory), (std::vector<float>{1 + 0.5F * 6, 4 + 0.5F * 4, 2 + 0.5F * 4}));
  // Of an episode that was overwritten in part the rest stays right.
  memory.add(rollout({{{1}, {1}, {1}, {1}, {1, true}}}), {.factor = 1});
  memory.rescale({.factor = 2});
  EXPECT_EQ(memory.returns(2), 4 + 0.5F * 8);
  EXPECT_EQ(memory.returns(1), 2);  // the latest step
}

TEST(EpisodeMemory, DrawsInProportionToPriorities) {
  EpisodeMemory memory(one_state_spec, 1, 100, 1, 0.5F);
  memory.add(rollout({{{1}, {1}, {1, true}, {1}}}), {});
  ASSERT_EQ(memory.size(), 3);
  const std::vector<std::int64_t> all{0, 1, 2};
  memory.set_priorities(all, Eigen::Array3f(0.01F, 0.16F, 0.25F));  // √: 1, 4, 5 tenths
  constexpr int n = 1000;
  std::vector<std::int64_t> origins(n);
  Rollout batch(one_state_spec, n, 1, 1, false);
  envs::Random random(1, envs::Stream::replay);
  memory.draw(random, 1, origins, batch);
  EXPECT_NEAR(std::ranges::count(origins, 0), n / 10.0, 1);
  EXPECT_NEAR(std::ranges::count(origins, 1), 4 * n / 10.0, 1);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto origin = static_cast<float>(origins[static_cast<std::size_t>(i)]);
    EXPECT_EQ(batch.observations(0, i), origin);
    EXPECT_EQ(batch.actions(0, i), std::fmod(origin, 2));
    EXPECT_EQ(batch.returns(0, i), 3 - origin);
    EXPECT_NEAR(batch.weight[i], origin == 0 ? 1 : origin == 1 ? 0.25 : 0.2, 1e-5);  // (1/P) over the largest
  }
  memory.set_priorities(all, Eigen::Array3f::Zero());  // the least there is, and so all alike
  memory.draw(random, 1, origins, batch);
  EXPECT_NEAR(std::ranges::count(origins, 0), n / 3.0, 1);
}

TEST(EpisodeMemory, GoesOnWhereItWasSaved) {
  const auto second = rollout({{{2, true}, {0}, {1}, {0, false, true, 3}}, {{1}, {4, true}, {1}, {1}}}, 3);
  EpisodeMemory whole(one_state_spec, 2, 7, 0.9F, 0.6F), resumed(one_state_spec, 2, 7, 0.9F, 0.6F);
  whole.add(rollout({{{0}, {1}, {-1}}, {{3}, {0, true}, {0}}}), {.factor = 2});
  whole.set_priorities(std::vector<std::int64_t>{1}, Eigen::Array<float, 1, 1>(0.5F));
  Archive half, at_end, at_end_too;
  whole.save(half, "m");
  resumed.load(half, "m");
  for (EpisodeMemory* memory : {&whole, &resumed}) memory->add(second, {.factor = 3});
  EXPECT_EQ(whole.size(), 7);
  EXPECT_EQ(returns(whole), returns(resumed));
  whole.save(at_end, "m");
  resumed.save(at_end_too, "m");
  ASSERT_EQ(at_end.tensors().size(), at_end_too.tensors().size());
  for (std::size_t i = 0; i < at_end.tensors().size(); ++i)
    EXPECT_EQ(at_end.tensors()[i].bytes, at_end_too.tensors()[i].bytes) << at_end.tensors()[i].name;
}

TEST(EpisodeMemory, RefusesWhatNoRunHasLeft) {
  EXPECT_THAT([] { EpisodeMemory(one_state_spec, 1, horizon - 1, 1, 1); },
              testing::ThrowsMessage<std::invalid_argument>(
                  "A memory of 4 steps cannot hold a whole episode of 'one_state', which may take 5."));
  EpisodeMemory memory(one_state_spec, 1, 10, 1, 1);
  memory.add(rollout({{{1}, {1, true}, {1}}}), {});
  Archive archive;
  memory.save(archive, "m");
  const auto refuses = [&]<class T>(const std::string& name, const std::vector<T>& values) {
    EpisodeMemory other(one_state_spec, 1, 10, 1, 1);
    EXPECT_THROW(other.load(damaged(archive, "m/" + name, values), "m"), std::runtime_error) << name;
  };
  refuses("lengths", std::vector<std::int64_t>{horizon});
  refuses("lengths", std::vector<std::int64_t>{-1});
  refuses("placed", std::vector<std::int64_t>{-1});
  refuses("placed", std::vector<std::int64_t>{3});
  refuses("actions", std::vector<float>{0, 2});
  refuses("running/actions", std::vector<float>{0.5F});
  refuses("priorities", std::vector<double>{1, 0});
  refuses("priorities", std::vector<double>{1, std::numeric_limits<double>::infinity()});
  refuses("largest_priority", std::vector<double>{NAN});
}

}  // namespace
}  // namespace cairn::agents
