#include "render/window/play_view.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "envs/classic/cart_pole.h"
#include "envs/classic/mountain_car.h"
#include "policies.h"
#include "scratch.h"
#include "xvfb.h"

namespace cairn::render {
namespace {

using Phase = PlayStatus::Phase;

TEST(PlayView, LetsAPersonFlyAndKeepsWholeEpisodes) {
  const Xvfb server;
  const Scratch scratch;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.folder);  // where pictures go
  std::vector<agents::Demonstration> kept;
  bool full = false;
  PlayView view({.factory = [] { return std::make_unique<envs::CartPole>(); },
                 .keep =
                     [&](const agents::Demonstration* flown) {
                       if (full) throw std::runtime_error("The disk is full.");
                       if (flown != nullptr)
                         kept.push_back(*flown);
                       else
                         kept.pop_back();
                       return static_cast<int>(kept.size());
                     }});
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  const auto reaches = [&](Phase phase) { return until(frame, [&] { return view.status().phase == phase; }); };
  for (int i = 0; i < 5; ++i) frame();
  server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  EXPECT_EQ(view.status().phase, Phase::ready);
  EXPECT_EQ(view.world().elapsed(), 0) << "nothing moves before the first key";

  server.xdotool("key plus keydown d");
  EXPECT_TRUE(reaches(Phase::over)) << "pushed to the right until the pole fell";
  server.xdotool("keyup d");
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].actions.minCoeff(), 1);
  EXPECT_EQ(kept[0].observations.cols(), kept[0].actions.cols() + 1);
  EXPECT_EQ(kept[0].rewards.sum(), view.status().episode_return);
  EXPECT_TRUE(kept[0].terminated);
  EXPECT_EQ(view.status().kept, 1);

  server.xdotool("key x");
  EXPECT_TRUE(until(frame, [&] { return view.status().kept == 0; }));
  server.xdotool("key r");
  EXPECT_TRUE(reaches(Phase::ready));
  server.xdotool("key minus minus minus space");  // so slow that no frame sees both its beginning and its end
  EXPECT_TRUE(reaches(Phase::flying));
  server.xdotool("key r");
  EXPECT_TRUE(reaches(Phase::ready));
  EXPECT_TRUE(kept.empty()) << "what was not flown to its end is not kept";
  full = true;
  server.xdotool("keydown Left");
  EXPECT_TRUE(reaches(Phase::over));
  EXPECT_EQ(view.status().message, "The disk is full.");
  server.xdotool("keyup Left key h");
  for (int i = 0; i < 5; ++i) frame();
  server.xdotool("key c");
  EXPECT_TRUE(until(frame, [&] { return view.status().message.starts_with("Saved play-cartpole"); }));
  server.xdotool("key Escape search --name Cairn windowsize --sync 700 500");
  for (int i = 0; i < 5; ++i) frame();
  server.xdotool("key q");
  EXPECT_THAT([&] { until([] {}, [&] { return !view.frame(); }); },
              testing::ThrowsMessage<std::runtime_error>("The disk is full."));
  std::filesystem::current_path(before);
}

TEST(PlayView, ThePolicyFliesWhatThePersonCrashed) {
  const Xvfb server;
  const envs::EnvironmentFactory factory = [] { return std::make_unique<envs::CartPole>(); };
  agents::Policy balances = steady_policy(factory()->spec());
  balances.parameters.setZero();  // weights of 2 actions by 4 observations, then the biases
  for (const auto& [input, weight] : {std::pair{0, 0.05F}, {1, 0.1F}, {2, 1.0F}, {3, 0.25F}}) {
    balances.parameters[input] = -weight;
    balances.parameters[4 + input] = weight;
  }
  int kept = 0;
  PlayView view({.factory = factory,
                 .keep = [&](const agents::Demonstration*) { return ++kept; },
                 .policy = balances,
                 .flown_by = "somebody"});
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  const auto reaches = [&](Phase phase) { return until(frame, [&] { return view.status().phase == phase; }); };
  for (int i = 0; i < 5; ++i) frame();
  server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  EXPECT_EQ(view.status().target, 475);
  EXPECT_FALSE(view.status().best);
  const double scored = view.status().policy_return;
  EXPECT_EQ(scored, 500) << "it keeps the pole up";

  server.xdotool("key plus keydown d");
  EXPECT_TRUE(reaches(Phase::over));
  server.xdotool("keyup d");
  const double crashed = view.status().episode_return;
  EXPECT_LT(crashed, 50);
  EXPECT_EQ(view.status().best, crashed);
  EXPECT_EQ(kept, 1);
  const envs::Snapshot flown = view.world().snapshot();
  server.xdotool("key minus minus p");
  EXPECT_TRUE(until(frame, [&] { return view.status().by_policy && view.world().elapsed() > 3; }));
  const envs::Snapshot shown = view.world().snapshot();
  EXPECT_EQ(shown.start.random.state(), flown.start.random.state()) << "the very same start";
  EXPECT_EQ(view.status().policy_return, scored);
  server.xdotool("key plus plus");
  EXPECT_TRUE(until(frame, [&] { return view.status().steps > 200; }));
  EXPECT_EQ(view.status().best, crashed) << "which is the person's";
  server.xdotool("key r");
  EXPECT_TRUE(reaches(Phase::ready));
  EXPECT_FALSE(view.status().by_policy);
  EXPECT_EQ(kept, 1) << "a policy's flight is no demonstration of the person's";
  EXPECT_NE(view.world().snapshot().start.random.state(), flown.start.random.state()) << "the next one";
}

TEST(PlayView, WhatWasReachedIsSeenBeforeTheNextEpisode) {
  const Xvfb server;
  PlayView view({.factory = [] { return std::make_unique<envs::MountainCar>(); }});
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  for (int i = 0; i < 5; ++i) frame();
  server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  EXPECT_EQ(view.status().achieved, "Reached the flag on the hill.");
  server.xdotool("key plus space");
  const auto ends = [&](const char* key, bool leftwards) {  // swings with the car until it turns
    server.xdotool(std::string("keydown ") + key);
    EXPECT_TRUE(until(frame, [&] {
      std::vector<float> seen = view.world().state();
      return view.status().phase == Phase::over || (leftwards ? seen[1] > 0.001F : seen[1] < -0.001F);
    }));
    server.xdotool(std::string("keyup ") + key);
  };
  for (int i = 0; i < 6 && view.status().phase != Phase::over; ++i) {
    ends("d", false);
    if (view.status().phase != Phase::over) ends("a", true);
  }
  ASSERT_TRUE(view.status().success);
  EXPECT_LT(view.status().burst, 1);
  EXPECT_TRUE(view.status().earned.success);
  server.xdotool("key r");
  for (int i = 0; i < 10; ++i) frame();
  EXPECT_EQ(view.status().phase, Phase::over) << "it is still to be seen";
  EXPECT_TRUE(until(frame, [&] { return view.status().burst == 1; }));
  server.xdotool("key r");
  EXPECT_TRUE(until(frame, [&] { return view.status().phase == Phase::ready; }));
}

}  // namespace
}  // namespace cairn::render
