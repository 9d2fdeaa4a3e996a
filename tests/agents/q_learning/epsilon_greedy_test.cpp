#include "agents/q_learning/epsilon_greedy.h"

#include <gtest/gtest.h>

#include "memory/damaged.h"

namespace cairn::agents {
namespace {

const envs::Spec three{.id = "three", .observation = {{"x", "", 0, 1}}, .action_names = {"a", "b", "c"}};
const Eigen::MatrixXf no_masks;

/// Values of which action `best` has the largest.
Eigen::MatrixXf best_values(int best, int worlds = 1) {
  Eigen::MatrixXf q = Eigen::MatrixXf::Zero(3, worlds);
  q.row(best).setOnes();
  return q;
}

TEST(EpsilonGreedy, TakesTheBestActionButForItsShareOfRandomOnes) {
  constexpr int worlds = 20'000;
  EpsilonGreedy behaviour(three, 1, worlds);
  Eigen::MatrixXf actions(1, worlds);
  behaviour.act(best_values(1, worlds), no_masks, 0, 1, 0, actions);
  EXPECT_EQ((actions.array() == 1).count(), worlds);
  behaviour.act(best_values(1, worlds), no_masks, 0.3F, 1, 1, actions);
  EXPECT_NEAR(static_cast<double>((actions.array() == 1).count()) / worlds, 0.8, 0.015)
      << "a third of 0.3 is best, too";
  EXPECT_NEAR(static_cast<double>((actions.array() == 2).count()) / worlds, 0.1, 0.015);
}

TEST(EpsilonGreedy, NeverTakesIllegalActionsNotEvenHeldOnes) {
  envs::Spec masked = three;
  masked.masks = true;
  constexpr int worlds = 500;
  EpsilonGreedy behaviour(masked, 1'000, worlds);
  Eigen::MatrixXf actions(1, worlds), masks = Eigen::MatrixXf::Ones(3, worlds);
  for (int illegal = 0; illegal < 3; ++illegal) {
    masks.setOnes();
    masks.row(illegal).setZero();
    for (const float epsilon : {0.0F, 1.0F}) {
      behaviour.act(best_values(illegal, worlds), masks, epsilon, 1, static_cast<std::uint32_t>(illegal), actions);
      EXPECT_EQ((actions.array() == static_cast<float>(illegal)).count(), 0);
    }
  }
}

// P(n) = n⁻² / Σ k⁻², k up to 3: 36/49, 9/49, 4/49.
TEST(EpsilonGreedy, HoldsRandomActionsUntilTheEpisodeEnds) {
  constexpr int worlds = 20'000;
  EpsilonGreedy behaviour(three, 3, worlds);
  Eigen::MatrixXf first(1, worlds), actions(1, worlds);
  behaviour.act(best_values(0, worlds), no_masks, 1, 1, 0, first);
  const auto away = static_cast<double>((first.array() != 0).count());  // seen to be random
  std::vector<double> still;
  for (std::uint32_t step = 1; step < 4; ++step) {
    behaviour.act(best_values(0, worlds), no_masks, 0, 1, step, actions);
    still.push_back(static_cast<double>((actions.array() == first.array() && first.array() != 0).count()) / away);
  }
  EXPECT_NEAR(still[0], 13.0 / 49, 0.015);
  EXPECT_NEAR(still[1], 4.0 / 49, 0.01);
  EXPECT_EQ(still[2], 0);

  behaviour.act(best_values(0, worlds), no_masks, 1, 1, 9, first);
  behaviour.end_episodes(std::vector<envs::Step>(worlds, envs::Step{.truncated = true}));
  behaviour.act(best_values(0, worlds), no_masks, 0, 1, 10, actions);
  EXPECT_EQ((actions.array() == 0).count(), worlds);
}

TEST(EpsilonGreedy, SavesAndLoadsWhatIsHeld) {
  constexpr int worlds = 100;
  EpsilonGreedy behaviour(three, 5, worlds), copy(three, 5, worlds);
  Eigen::MatrixXf actions(1, worlds), again(1, worlds);
  behaviour.act(best_values(0, worlds), no_masks, 1, 1, 0, actions);
  Archive archive;
  behaviour.save(archive, "exploration");
  copy.load(archive, "exploration");
  behaviour.act(best_values(0, worlds), no_masks, 0, 1, 1, actions);
  copy.act(best_values(0, worlds), no_masks, 0, 1, 1, again);
  EXPECT_EQ(actions, again);
  EXPECT_GT((actions.array() != 0).count(), 0) << "some are held";
  const auto refuses = [&](const char* name, std::int32_t value) {
    std::vector<std::int32_t> stored = archive.get<std::int32_t>(name);
    stored[7] = value;
    EXPECT_THROW(copy.load(damaged(archive, name, stored), "exploration"), std::runtime_error) << name << value;
  };
  refuses("exploration/hold", -1);
  refuses("exploration/hold", 5);
  refuses("exploration/held", -1);
  refuses("exploration/held", 3);
}

}  // namespace
}  // namespace cairn::agents
