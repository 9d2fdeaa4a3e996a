#include "render/window/descents_view.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "scratch.h"
#include "xvfb.h"

namespace cairn::render {
namespace {

std::vector<Descent> straight_down(double x, double y) {
  Descent descent{.name = "straight"};
  for (int i = 0; i <= 100; ++i) {
    const double left = 1 - i / 100.0;
    descent.x.push_back(x * left);
    descent.y.push_back(y * left);
    descent.gaps.push_back((x * x + y * y) * left * left);
  }
  return {descent};
}

TEST(DescentsView, AnswersKeysAndClicks) {
  const Xvfb server;
  const Scratch scratch;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.folder);  // where screenshots go
  DescentSheet sheet{.title = "bowl", .subtitle = "bowl", .landscape = {}};
  sheet.landscape.field = sample([](double x, double y) { return x * x + y * y; }, -2, 2, -2, 2, 40, 40);
  sheet.landscape.levels = geometric_levels(sheet.landscape.field, 8);
  sheet.descents = straight_down(1.5, 1.5);
  DescentsView view(sheet, &straight_down);
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  const auto press = [&](const std::string& keys) { server.xdotool("key " + keys); };
  for (int i = 0; i < 3; ++i) frame();
  server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");

  EXPECT_TRUE(until(frame, [&] { return view.step() >= 2; })) << "it goes by itself";
  press("space");
  EXPECT_TRUE(until(frame, [&] { return view.paused(); }));
  const std::size_t stopped = view.step();
  for (int i = 0; i < 10; ++i) frame();
  EXPECT_EQ(view.step(), stopped);
  press("n");
  EXPECT_TRUE(until(frame, [&] { return view.step() == stopped + 1; }));
  press("r");
  EXPECT_TRUE(until(frame, [&] { return view.step() == 0; }));
  server.xdotool("search --name Cairn mousemove --window %1 400 500 click 1");
  EXPECT_TRUE(until(frame, [&] { return view.sheet().descents[0].x[0] != 1.5; }));
  EXPECT_NEAR(view.sheet().descents[0].x[0], 0.1, 0.5) << "about the middle of the map";
  EXPECT_LT(view.sheet().descents[0].y[0], -0.3) << "below it";
  server.xdotool("search --name Cairn mousemove --window %1 1100 300 click 1");
  for (int i = 0; i < 10; ++i) frame();
  EXPECT_LT(view.sheet().descents[0].y[0], -0.3) << "a click beside the map is none";
  press("plus plus plus plus space");
  EXPECT_TRUE(until(frame, [&] { return view.step() == view.sheet().steps(); })) << "sixteen times as fast";
  press("h s");
  EXPECT_TRUE(until(frame, [&] { return std::filesystem::exists("landscape-bowl-100.png"); }));
  server.xdotool("search --name Cairn windowsize --sync 700 500");
  for (int i = 0; i < 5; ++i) frame();
  press("Escape");  // the help
  for (int i = 0; i < 10; ++i) frame();
  press("s q");
  EXPECT_TRUE(until([] {}, [&] { return !view.frame(); }));
  EXPECT_TRUE(std::filesystem::exists("landscape-bowl-100-1.png")) << "asked for before the window was closed";
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace cairn::render
