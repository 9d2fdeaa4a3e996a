#include "render/worlds/pilots.h"

#include <gmock/gmock.h>

#include "envs/classic/cart_pole.h"
#include "policies.h"

namespace cairn::render {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;

const envs::EnvironmentFactory cart_pole = [] { return std::make_unique<envs::CartPole>(); };

/// A policy that says after how many steps it came about.
agents::Policy policy_of(std::int64_t steps) {
  agents::Policy policy = steady_policy(cart_pole()->spec());
  policy.parameters[0] = static_cast<float>(steps);
  return policy;
}

std::vector<float> flown(const ShownWorlds& worlds) {
  std::vector<float> steps;
  for (int i = 0; i < worlds.size(); ++i) steps.push_back(worlds.world(i).policy->parameters[0]);
  return steps;
}

class PilotsTest : public testing::Test {
 protected:
  ShownWorlds worlds{cart_pole, 6, 1};
  Pilots pilots;

  void learn(std::int64_t until, std::int64_t iteration) {
    for (std::int64_t steps = 0; steps <= until; steps += iteration) pilots.add(steps, policy_of(steps));
  }
};

TEST_F(PilotsTest, TheNewestFliesAllWorlds) {
  pilots.fly(worlds);
  EXPECT_FALSE(worlds.has_policy()) << "there is none yet";
  learn(20'000, 2'000);
  pilots.fly(worlds);
  EXPECT_THAT(flown(worlds), Each(20'000));
  EXPECT_THAT(pilots.names(), IsEmpty());
}

TEST_F(PilotsTest, KeptOnesFlyBesideTheNewestOnceThereAreSome) {
  pilots.set_ladder(true);
  pilots.add(0, policy_of(0));
  pilots.fly(worlds);
  EXPECT_THAT(flown(worlds), Each(0));
  EXPECT_THAT(pilots.names(), IsEmpty());
  learn(500'000, 2'500);
  pilots.fly(worlds);
  EXPECT_THAT(flown(worlds), ElementsAre(500'000, 500'000, 500'000, 10'000, 50'000, 200'000));
  EXPECT_THAT(pilots.names(),
              ElementsAre("newest", "newest", "newest", "after 10k steps", "after 50k steps", "after 200k steps"));
  pilots.set_ladder(false);
  pilots.fly(worlds);
  EXPECT_THAT(flown(worlds), Each(500'000));
}

TEST_F(PilotsTest, APersonGoesBackAndOn) {
  learn(10'000, 1'000);
  pilots.fly(worlds);
  const std::uint32_t episode = worlds.world(0).episode;
  pilots.go_to(4'400);
  EXPECT_EQ(pilots.moment(), 4'000);
  pilots.fly(worlds);
  EXPECT_THAT(flown(worlds), Each(4'000));
  EXPECT_EQ(worlds.world(0).episode, episode + 1) << "from a start";
  pilots.add(11'000, policy_of(11'000));
  pilots.fly(worlds);
  EXPECT_THAT(flown(worlds), Each(4'000)) << "learning goes on, the worlds stay there";
  EXPECT_EQ(worlds.world(0).episode, episode + 1);
  pilots.go_back();
  EXPECT_EQ(pilots.moment(), 3'000);
  pilots.go_to(-5);
  pilots.go_back();
  EXPECT_EQ(pilots.moment(), 0) << "the first";
  pilots.go_to(10'000);
  pilots.go_on();
  EXPECT_EQ(pilots.moment(), std::nullopt) << "the newest, however new it becomes";
  pilots.go_on();
  EXPECT_EQ(pilots.moment(), std::nullopt);
  pilots.go_back();
  EXPECT_EQ(pilots.moment(), 10'000);
  pilots.fly(worlds);
  EXPECT_THAT(flown(worlds), Each(10'000));
}

TEST_F(PilotsTest, KeepsABoundedNumberFromTheWholeRunAndThoseAfterRoundNumbers) {
  learn(3'000'000, 100);
  const std::vector<std::int64_t> moments = pilots.moments();
  EXPECT_LE(moments.size(), 64U);
  EXPECT_GE(moments.size(), 32U);
  EXPECT_EQ(moments.front(), 0);
  EXPECT_EQ(moments.back(), 3'000'000);
  for (const std::int64_t round : {500, 2'000, 10'000, 50'000, 200'000, 1'000'000})
    EXPECT_THAT(moments, testing::Contains(round));
  EXPECT_TRUE(std::ranges::is_sorted(moments));
  std::int64_t widest = 0;
  for (std::size_t i = 1; i < moments.size(); ++i) widest = std::max(widest, moments[i] - moments[i - 1]);
  EXPECT_LT(widest, 3'000'000 / 10) << "from all of it";
}

}  // namespace
}  // namespace cairn::render
