#include "render/window/descents_view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

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
  DescentsView view(sheet,
                    [](std::size_t, double x, double y, const std::vector<Slider>&) { return straight_down(x, y)[0]; });
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

TEST(DescentsView, WaysFollowTheStartAndTheKnobsInTheHand) {
  const Xvfb server;
  DescentSheet sheet{.title = "bowl", .subtitle = "bowl", .landscape = {}};
  sheet.landscape.field = sample([](double x, double y) { return x * x + y * y; }, -2, 2, -2, 2, 40, 40);
  sheet.landscape.levels = geometric_levels(sheet.landscape.field, 8);
  sheet.descents = straight_down(1.5, 1.5);
  sheet.descents.push_back(straight_down(1.5, 1.5)[0]);
  for (Descent& descent : sheet.descents) descent.knobs = {{.name = "lr", .value = 1}, {.name = "momentum"}};
  sheet.turned = 0;
  std::vector<std::size_t> asked;
  DescentsView view(sheet, [&](std::size_t rule, double x, double y, const std::vector<Slider>& knobs) {
    asked.push_back(rule);
    if (knobs[1].value > 0.9) throw std::invalid_argument("too much");
    Descent descent = straight_down(x, y)[0];
    descent.note = std::to_string(knobs[0].value);
    return descent;
  });
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  for (int i = 0; i < 3; ++i) frame();
  server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  const float scale = 1280 / descents_width;
  const auto mouse = [&](Point at, const std::string& then) {
    server.xdotool("search --name Cairn mousemove --window %1 " + std::to_string(std::lround(scale * at.x)) + " " +
                   std::to_string(std::lround(scale * at.y)) + " " + then);
  };
  Picture ruler(960, 540);
  const Plot plane = draw_landscape(ruler, sheet);
  const auto begun = [&] {
    return Point{static_cast<float>(view.sheet().descents[1].x[0]), static_cast<float>(view.sheet().descents[1].y[0])};
  };
  mouse(plane.at(1.5, 1.5), "mousedown 1");
  mouse(plane.at(-1, 0.5), "");
  EXPECT_TRUE(until(frame, [&] { return std::abs(begun().x + 1) < 0.05F && std::abs(begun().y - 0.5F) < 0.05F; }));
  EXPECT_EQ(view.step(), view.sheet().steps()) << "the whole way is seen while it is dragged";
  mouse(plane.at(0.5, 0.5), "");
  EXPECT_TRUE(until(frame, [&] { return std::abs(begun().x - 0.5F) < 0.05F; }));
  mouse(plane.at(0.5, 0.5), "mouseup 1");
  mouse(plane.at(-1.5, 1.5), "");
  for (int i = 0; i < 5; ++i) frame();
  EXPECT_NEAR(begun().x, 0.5F, 0.05F) << "let go";

  DescentPlaces places = lay_out_descents(descents_width, descents_height, view.sheet());
  mouse({places.rows[1].x + 60, places.rows[1].centre().y}, "click 1");
  EXPECT_TRUE(until(frame, [&] { return view.sheet().turned == 1U; }));
  asked.clear();
  mouse(places.knobs[0].centre(), "click 1");
  EXPECT_TRUE(until(frame, [&] { return view.sheet().descents[1].note.starts_with("0.5"); }));
  EXPECT_EQ(view.sheet().descents[0].note, std::to_string(1.0)) << "the other rule stays as it was";
  for (const std::size_t rule : asked) EXPECT_EQ(rule, 1U);
  const std::vector<double> way = view.sheet().descents[1].x;
  mouse({places.knobs[1].right(), places.knobs[1].centre().y}, "click 1");
  EXPECT_TRUE(until(frame, [&] { return view.sheet().descents[1].knobs[1].value == 1; }));
  EXPECT_EQ(view.sheet().descents[1].x, way) << "what cannot be leaves the way as it was";

  mouse({places.rows[0].x + 10, places.rows[0].centre().y}, "click 1");
  EXPECT_TRUE(until(frame, [&] { return view.sheet().descents[0].hidden; }));
  EXPECT_FALSE(view.sheet().descents[1].hidden);
}

}  // namespace
}  // namespace cairn::render
