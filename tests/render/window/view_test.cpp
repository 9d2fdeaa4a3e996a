#include "render/window/view.h"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "envs/classic/pendulum.h"
#include "policies.h"
#include "run_curves.h"
#include "scratch.h"
#include "xvfb.h"

namespace cairn::render {
namespace {

/// One for all: SFML stays with the display that it found first.
const Xvfb& server() {
  static const Xvfb display;
  return display;
}

TEST(View, AnswersTheMouse) {
  server();
  View view({.learner = "tester", .factory = lander, .worlds = 4});
  view.worlds.set_policy(steady_policy(view.worlds.spec()));
  for (int i = 0; i < 50; ++i) add_iteration(view.curves, i * 10, i + 1, i, 0.01 * i, {});
  int drawn = 0;
  view.more_pages = {{"Other", [&](Picture&, Box, ChartPage&) { ++drawn; }}};
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  for (int i = 0; i < 3; ++i) frame();
  server().xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  const auto click = [&](const Box& box, const std::string& times = "") {
    server().xdotool("search --name Cairn mousemove --window %1 " + std::to_string(std::lround(box.centre().x)) + " " +
                     std::to_string(std::lround(box.centre().y)) + " click " + times + " 1");
  };
  const ViewLayout layout = lay_out(view_width, view_height);
  const std::vector<Box> boxes = world_boxes(layout.worlds, view.worlds, view.look());
  click(boxes[2]);
  EXPECT_TRUE(until(frame, [&] { return view.look().selected == 2; }));
  EXPECT_FALSE(view.look().alone);
  click(boxes[1], "--repeat 2 --delay 50");
  EXPECT_TRUE(until(frame, [&] { return view.look().alone && view.look().selected == 1; }));
  EXPECT_EQ(drawn, 0);
  Picture ruler(1, 1);
  std::vector<Box> places;
  draw_page_names(ruler, {layout.charts.x, layout.charts.y, layout.charts.width, layout.charts.height},
                  {"Curves", "Other"}, 0, places);
  click({places[1].x, places[1].y, places[1].width, 14});
  EXPECT_TRUE(until(frame, [&] { return view.page() == 1 && drawn > 0; }));
  click({places[0].x, places[0].y, places[0].width, 14});
  EXPECT_TRUE(until(frame, [&] { return view.page() == 0; }));
}

TEST(View, TheMouseZoomsDragsAndResetsChartsAndTheLargeWorldAndTurnsControls) {
  server();
  View view({.learner = "tester", .factory = lander, .worlds = 4});
  view.worlds.set_policy(steady_policy(view.worlds.spec()));
  for (int i = 0; i < 50; ++i) add_iteration(view.curves, i * 10, i + 1, i, 0.01 * i, {});
  std::vector<double> turned;
  view.controls.push_back({.slider = {.name = "of its owner", .low = 0, .high = 10},
                           .say = [](double value) { return std::to_string(value); },
                           .set = [&](double value) { turned.push_back(value); },
                           .at_end = true});
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  const auto frames = [&] {
    for (int i = 0; i < 6; ++i) frame();
  };
  frames();
  server().xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  const auto mouse = [&](Point at, const std::string& then) {
    server().xdotool("search --name Cairn mousemove --window %1 " + std::to_string(std::lround(at.x)) + " " +
                     std::to_string(std::lround(at.y)) + " " + then);
  };
  ASSERT_TRUE(until(frame, [&] { return view.charts().placed.size() > 2; }));
  const auto plot = [&]() -> const Plot& { return view.charts().placed.front().plot; };
  const auto width = [&] { return plot().x_high - plot().x_low; };
  const Point middle = plot().centre();
  const double whole = width();
  mouse(middle, "click --repeat 3 4");
  EXPECT_TRUE(until(frame, [&] { return std::abs(width() - 0.512 * whole) < 1e-3 * whole; })) << "the wheel";
  const double low = plot().x_low;
  mouse(middle, "mousedown 1");
  mouse({middle.x + 100, middle.y}, "");
  EXPECT_TRUE(until(frame, [&] { return plot().x_low < low - 0.05 * whole; })) << "dragged";
  mouse({middle.x + 100, middle.y}, "mouseup 1");
  const double dragged = plot().x_low;
  mouse(middle, "");
  frames();
  EXPECT_EQ(plot().x_low, dragged) << "let go";
  mouse(middle, "click --repeat 2 --delay 50 1");
  EXPECT_TRUE(until(frame, [&] { return width() == whole; })) << "a double click";

  ASSERT_FALSE(plot().legend.empty());
  mouse(plot().legend[0].box.centre(), "click 1");
  EXPECT_TRUE(until(frame, [&] { return view.charts().placed.front().chart.series[0].hidden; }));

  ASSERT_EQ(view.control_boxes().size(), 2U);
  const Box smoothing = view.control_boxes()[0], own = view.control_boxes()[1];
  mouse(smoothing.centre(), "click 1");
  EXPECT_TRUE(until(frame, [&] { return std::abs(view.charts().smoothing - 0.5) < 0.02; }));
  server().xdotool("key m");
  EXPECT_TRUE(until(frame, [&] { return view.charts().smoothing == 0.6; }));
  mouse({own.x + 0.5F * own.width, own.centre().y}, "mousedown 1");
  mouse({own.x + 0.9F * own.width, own.centre().y}, "");
  frames();
  EXPECT_TRUE(turned.empty()) << "the handle is still held";
  mouse({own.right(), own.centre().y}, "mouseup 1");
  EXPECT_TRUE(until(frame, [&] { return !turned.empty(); }));
  EXPECT_EQ(turned, std::vector<double>{10});

  Picture ruler(1280, 720);
  const std::vector<Box> buttons = draw_buttons(ruler, lay_out(view_width, view_height).foot,
                                                {{"H", "keys"}, {"Space", "pause"}, {"Tab", "one world"}});
  mouse(buttons[1].centre(), "click 1");
  EXPECT_TRUE(until(frame, [&] { return view.paused(); }));
  mouse(buttons[2].centre(), "click 1");
  EXPECT_TRUE(until(frame, [&] { return view.look().alone; }));
  const Point world = lay_out(view_width, view_height).worlds.centre();
  mouse(world, "click --repeat 4 4");
  EXPECT_TRUE(until(frame, [&] { return view.look().part.factor > 2; }));
  const float before = view.look().part.middle.x;
  mouse(world, "mousedown 1");
  mouse({world.x - 60, world.y}, "mouseup 1");
  EXPECT_TRUE(until(frame, [&] { return view.look().part.middle.x > before; }));
  mouse(world, "click --repeat 2 --delay 50 1");
  EXPECT_TRUE(until(frame, [&] { return view.look().part.factor == 1; }));
  EXPECT_TRUE(view.look().alone) << "first all of it";
}

TEST(View, AMouseGoesBackToEarlierPoliciesAlongTheStrip) {
  server();
  const envs::EnvironmentFactory pendulum = [] { return std::make_unique<envs::Pendulum>(); };
  View view({.learner = "tester", .factory = pendulum, .worlds = 4, .pilots = true, .pictures = {}});
  for (int i = 0; i < 50; ++i) add_iteration(view.curves, i * 10, i + 1, i, 0.01 * i, {});
  for (int i = 0; i <= 10; ++i) view.pilots.add(1'000 * i, steady_policy(view.worlds.spec()));
  int heard = 0;
  view.on_key = [&](int key) { return heard = key, true; };
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  for (int i = 0; i < 3; ++i) frame();
  server().xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  const auto mouse = [&](Point at, const std::string& then) {
    server().xdotool("search --name Cairn mousemove --window %1 " + std::to_string(std::lround(at.x)) + " " +
                     std::to_string(std::lround(at.y)) + " " + then);
  };
  const Box strip = lay_out(view_width, view_height, true, true).strip;
  const auto on_strip = [&](float share) { return Point{strip.x + share * strip.width, strip.centre().y}; };
  mouse(on_strip(0.5F), "mousedown 1");
  EXPECT_TRUE(until(frame, [&] { return view.pilots.moment() == 5'000; }));
  mouse(on_strip(0.25F), "");
  EXPECT_TRUE(until(frame, [&] { return view.pilots.moment() < 4'000; })) << "it is dragged";
  mouse(on_strip(0.25F), "mouseup 1");
  const std::optional<std::int64_t> there = view.pilots.moment();
  mouse(on_strip(0.8F), "");
  for (int i = 0; i < 10; ++i) frame();
  EXPECT_EQ(view.pilots.moment(), there) << "let go";
  EXPECT_EQ(view.curves.moment, static_cast<double>(*there)) << "the charts mark it";
  server().xdotool("key comma");
  EXPECT_TRUE(until(frame, [&] { return view.pilots.moment() == *there - 1'000; }));
  mouse(on_strip(0.999F), "click 1");
  EXPECT_TRUE(until(frame, [&] { return !view.pilots.moment(); })) << "the newest";
  view.status.pace = "Training: cinema";
  for (int i = 0; i < 3; ++i) frame();
  Picture ruler(1280, 720);
  const Box pace = draw_head(ruler, lay_out(view_width, view_height).head, view.status);
  mouse(pace.centre(), "click 1");
  EXPECT_TRUE(until(frame, [&] { return heard == 't'; }));
}

TEST(View, AnswersItsKeys) {
  server();
  const Scratch scratch;
  std::optional<View> shown;
  View& view =
      shown.emplace(ViewOptions{.learner = "tester", .factory = lander, .worlds = 4, .pictures = scratch.folder});
  view.worlds.set_policy(steady_policy(view.worlds.spec()));
  view.flown_by = "Flown by a steady hand";
  view.status.total_steps = 1000;
  for (int i = 0; i < 50; ++i) add_iteration(view.curves, i * 10, i + 1, i, 0.01 * i, {{"train/value_loss", 50.0 - i}});
  int heard = 0;
  view.on_key = [&](int key) { return heard = key, true; };
  view.more_keys = {{"X", "something of the owner's"}};

  const auto press = [&](const std::string& keys) { server().xdotool("key " + keys); };
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  for (int i = 0; i < 3; ++i) frame();
  server().xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");

  press("x");
  EXPECT_TRUE(until(frame, [&] { return heard == 'x'; }));
  press("d");
  EXPECT_TRUE(until(frame, [&] { return view.worlds.best_actions(); }));
  press("space");
  EXPECT_TRUE(until(frame, [&] { return view.paused(); }));
  const double before = view.worlds.world(0).episode_return;
  for (int i = 0; i < 5; ++i) frame();
  EXPECT_EQ(view.worlds.world(0).episode_return, before) << "paused";
  press("n");
  EXPECT_TRUE(until(frame, [&] { return view.worlds.world(0).episode_return != before; }));
  press("space");
  EXPECT_TRUE(until(frame, [&] { return !view.paused(); }));
  const auto latest = [&] {  // the chosen world's last action; the policy's is always 3
    const auto actions = view.worlds.world(0).environment->snapshot().actions;
    return actions.empty() ? -1.0F : actions.back();
  };
  server().xdotool("keydown 2");
  EXPECT_TRUE(until(frame, [&] { return latest() == 1; }));
  server().xdotool("keyup 2");
  EXPECT_TRUE(until(frame, [&] { return latest() == 3; }));
  std::vector<Keycap> caps;  // where the view has them, by its own words
  for (int digit = 1; digit <= 4; ++digit)
    caps.push_back({std::to_string(digit), view.worlds.spec().action_names[static_cast<std::size_t>(digit - 1)]});
  Picture ruler(1280, 720);
  const Box below = lay_out(view_width, view_height).worlds;
  const float left = below.x + ruler.text_width(6, view.look().flown_by) + 24;
  const float right = below.right() - ruler.text_width(6, view.look().speed) - 24;
  const Box cap = draw_keycaps(ruler, {left, below.bottom() - 24, right - left, 24}, caps).at(2);
  server().xdotool("search --name Cairn mousemove --window %1 " + std::to_string(std::lround(cap.centre().x)) + " " +
                   std::to_string(std::lround(cap.centre().y)) + " mousedown 1");
  EXPECT_TRUE(until(frame, [&] { return latest() == 2; })) << "a keycap is held as its key";
  server().xdotool("mouseup 1");
  EXPECT_TRUE(until(frame, [&] { return latest() == 3; }));
  press("h Tab Right s");
  EXPECT_TRUE(until(frame, [&] { return std::filesystem::exists(scratch / "view-lander-0.png"); }));
  EXPECT_GT(std::filesystem::file_size(scratch / "view-lander-0.png"), 30'000U);
  press("Escape");  // closes the help
  for (int i = 0; i < 10; ++i) frame();
  server().xdotool("search --name Cairn windowsize --sync 700 500");
  for (int i = 0; i < 5; ++i) frame();
  press("s");
  EXPECT_TRUE(until(frame, [&] { return std::filesystem::exists(scratch / "view-lander-0-1.png"); }));
  const auto recorded = [&](const char* name) { return std::filesystem::exists(scratch / name); };
  press("r");
  EXPECT_TRUE(until(frame, [&] { return view.status.message.starts_with("Recording"); }));
  for (int i = 0; i < 5; ++i) frame();
  EXPECT_FALSE(recorded("view-lander-0.mp4")) << "it appears whole";
  press("r");
  EXPECT_TRUE(until(frame, [&] { return recorded("view-lander-0.mp4"); }));
  press("r");
  EXPECT_TRUE(until(frame, [&] { return view.status.message.starts_with("Recording"); }));
  press("s q");
  EXPECT_TRUE(until([] {}, [&] { return !view.frame(); }));
  EXPECT_TRUE(recorded("view-lander-0-2.png")) << "asked for before the window was closed";
  testing::internal::CaptureStderr();
  shown.reset();
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "Saved " + (scratch / "view-lander-0-1.mp4").string() + "\n");
  EXPECT_TRUE(recorded("view-lander-0-1.mp4")) << "closing the window ends the recording too";
}

TEST(View, DigitsHoldTheEndsOfContinuousActions) {
  server();
  const envs::EnvironmentFactory pendulum = [] { return std::make_unique<envs::Pendulum>(); };
  View view({.learner = "tester", .factory = pendulum, .worlds = 2, .pictures = {}});
  view.worlds.set_policy(steady_policy(view.worlds.spec()));
  const auto frame = [&] { ASSERT_TRUE(view.frame()); };
  for (int i = 0; i < 3; ++i) frame();
  server().xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  const auto latest = [&] {
    const auto actions = view.worlds.world(0).environment->snapshot().actions;
    return actions.empty() ? 0.0F : actions.back();
  };
  const envs::Component& torque = view.worlds.spec().action[0];
  for (const auto& [digit, value] : {std::pair{"1", torque.low}, {"2", torque.high}}) {
    server().xdotool(std::string("keydown ") + digit);
    EXPECT_TRUE(until(frame, [&] { return latest() == value; })) << digit;
    server().xdotool(std::string("keyup ") + digit);
    EXPECT_TRUE(until(frame, [&] { return latest() != value; })) << digit;
  }
}

}  // namespace
}  // namespace cairn::render
