#include "render/window/race_view.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agents/training/signals.h"
#include "policies.h"
#include "scratch.h"
#include "xvfb.h"

namespace cairn::render {
namespace {

TEST(RaceView, ShowsTheRaceUntilItIsClosed) {
  const Xvfb server;
  const Scratch scratch;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.folder);  // where screenshots go
  RaceBoard board({"adam", "sgd"});
  RaceView view(board, {.title = "tester in cartpole", .subtitle = "", .total_steps = 1000, .aspect = 2.5F}, cart_pole,
                1);
  const auto policy = std::make_shared<const agents::Policy>(steady_policy(cart_pole()->spec()));
  for (std::size_t i = 0; i < 2; ++i)
    board.update(i, [&](Racer& racer) {
      racer.policy = policy;
      for (int k = 1; k <= 10; ++k) racer.returns.add(100 * k, k * (static_cast<double>(i) + 1));
      racer.steps = 1000;
    });
  server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  server.xdotool("key plus s");
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  EXPECT_TRUE(until(wait, [&] { return std::filesystem::exists("race-1000.png"); }));
  EXPECT_GT(std::filesystem::file_size("race-1000.png"), 20'000U);
  EXPECT_TRUE(view.may_go_on());
  server.xdotool("key space");
  EXPECT_TRUE(until(wait, [&] { return !view.may_go_on(); })) << "paused";
  server.xdotool("key i");
  EXPECT_TRUE(until(wait, [&] { return view.may_go_on(); })) << "one iteration";
  EXPECT_FALSE(view.may_go_on()) << "and no more";
  server.xdotool("key n s");
  EXPECT_TRUE(until(wait, [&] { return std::filesystem::exists("race-1000-1.png"); }));
  server.xdotool("key r");
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_FALSE(std::filesystem::exists("race-1000.mp4")) << "it appears whole";
  server.xdotool("key r");
  EXPECT_TRUE(until(wait, [&] { return std::filesystem::exists("race-1000.mp4"); }));
  server.xdotool("key space t t");
  EXPECT_TRUE(until(wait, [&] { return view.may_go_on() && !view.may_go_on(); })) << "one a second";
  EXPECT_FALSE(view.may_go_on());
  server.xdotool("search --name Cairn windowsize --sync 700 500");
  server.xdotool("key h space Escape q");
  EXPECT_TRUE(until(wait, [&] { return view.may_go_on() && view.may_go_on(); })) << "nothing holds it without a window";
  view.linger();  // returns, or this test does not
  std::filesystem::current_path(before);
}

TEST(RaceView, GoesOnWithoutADisplay) {
  ::unsetenv("DISPLAY");
  const RaceBoard board({"adam", "sgd"});
  testing::internal::CaptureStderr();
  {
    RaceView view(
        board, {.title = "tester", .subtitle = "", .total_steps = 1000},
        [] { return std::make_unique<envs::CartPole>(); }, 1);
    view.linger();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "No window: DISPLAY is not set. The race goes on without it.\n");
}

}  // namespace
}  // namespace cairn::render
