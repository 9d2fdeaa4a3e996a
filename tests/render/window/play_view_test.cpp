#include "render/window/play_view.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "envs/classic/cart_pole.h"
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
  server.xdotool("key p");
  EXPECT_TRUE(until(frame, [&] { return view.status().message.starts_with("Saved play-cartpole"); }));
  server.xdotool("key Escape search --name Cairn windowsize --sync 700 500");
  for (int i = 0; i < 5; ++i) frame();
  server.xdotool("key q");
  EXPECT_THAT([&] { until([] {}, [&] { return !view.frame(); }); },
              testing::ThrowsMessage<std::runtime_error>("The disk is full."));
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace cairn::render
