#include "render/sheets/learning_film.h"

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <iterator>

#include "agents/policy_gradient/ppo.h"
#include "agents/training/train.h"
#include "optim/adam.h"
#include "policies.h"
#include "scratch.h"

namespace cairn::render {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string trained(const std::filesystem::path& folder, std::span<agents::Observer* const> observers,
                    std::int64_t steps = 30'000) {
  agents::Ppo agent(cart_pole()->spec(), {}, optim::adam({.lr = 1e-3}));
  agents::train(agent, cart_pole,
                {.steps = steps, .seed = 3, .environments = 8, .folder = folder, .config = {}, .identity = {}},
                observers);
  return contents(folder / "checkpoints/last.safetensors");
}

TEST(LearningFilm, KeepsPoliciesFromTheFirstToTheLastAndLeavesEveryBitAsItIs) {
  const Scratch scratch;
  LearningFilm film;
  agents::Observer* observers[] = {&film};
  EXPECT_TRUE(trained(scratch / "alone", {}) == trained(scratch / "filmed", observers));
  const auto& moments = film.moments();
  ASSERT_EQ(moments.size(), 5U);
  EXPECT_EQ(moments[0].steps, 0);
  for (std::size_t i = 1; i < moments.size(); ++i) {
    EXPECT_GT(moments[i].steps, moments[i - 1].steps);
    EXPECT_NE(moments[i].policy.parameters, moments[i - 1].policy.parameters);
  }
  EXPECT_GE(moments[1].steps, 1'200) << "4 % of the run";
  EXPECT_GE(moments.back().steps, 30'000);
}

TEST(LearningFilm, IsAVideoOfTenSecondsWithTheSameBytesEachTime) {
  const Scratch scratch;
  LearningFilm film;
  agents::Observer* observers[] = {&film};
  trained(scratch / "run", observers);
  film.record(scratch / "one.gif", 5);
  film.record(scratch / "two.gif", 5);
  film.record(scratch / "other.gif", 6);
  const std::string one = contents(scratch / "one.gif");
  EXPECT_EQ(one.substr(0, 3), "GIF");
  EXPECT_TRUE(one == contents(scratch / "two.gif"));
  EXPECT_FALSE(one == contents(scratch / "other.gif")) << "of other episodes";
}

TEST(LearningFilm, OfARunThatHardlyLearnedHasFewerPolicies) {
  const Scratch scratch;
  LearningFilm film;
  agents::Observer* observers[] = {&film};
  trained(scratch / "run", observers, 1);
  ASSERT_EQ(film.moments().size(), 2U) << "one iteration is the whole run";
  film.record(scratch / "short.gif", 5);
  EXPECT_GT(std::filesystem::file_size(scratch / "short.gif"), 1000U);
}

}  // namespace
}  // namespace cairn::render
