#include "render/window/window.h"

#include <gtest/gtest.h>

#include "scratch.h"
#include "xvfb.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

TEST(Window, ShowsPicturesAndHearsKeys) {
  const Xvfb server;
  Window window("Cairn test", 320, 200);
  Picture picture(320, 200);
  picture.fill(Box{0, 0, 320, 200}, deep_blue);
  picture.fill(Box{0, 0, 160, 200}, orange);
  const auto is = [&](int x, int y, Color color) {
    const Color seen = server.pixel(x, y);
    return seen.r == color.r && seen.g == color.g && seen.b == color.b;
  };
  // Without a window manager the window may lie anywhere; ask the server where.
  EXPECT_TRUE(until([&] { window.show(picture); },
                    [&] {
                      for (int x = 0; x < 1280; x += 40)
                        for (int y = 0; y < 780; y += 60)
                          if (is(x, y, orange) && is(x + 160, y, deep_blue)) return true;
                      return false;
                    }));

  std::vector<Event> events;
  const auto gather = [&] {
    while (const auto event = window.poll()) events.push_back(*event);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  };
  const auto pressed = [&](int key) {
    return std::ranges::any_of(events, [&](const Event& e) { return e.kind == Event::Kind::pressed && e.key == key; });
  };
  server.xdotool("search --sync --onlyvisible --name 'Cairn test' windowfocus --sync");
  server.xdotool("key a 7 space Left Tab plus minus Escape");
  EXPECT_TRUE(until(gather, [&] { return pressed(Event::escape); }));
  for (const int key :
       {static_cast<int>('a'), static_cast<int>('7'), static_cast<int>(Event::space), static_cast<int>(Event::left),
        static_cast<int>(Event::tab), static_cast<int>('+'), static_cast<int>('-')})
    EXPECT_TRUE(pressed(key)) << key;
  server.xdotool("search --name 'Cairn test' windowsize --sync 500 300");
  EXPECT_TRUE(until(gather, [&] { return window.width() == 500 && window.height() == 300; }));
  EXPECT_TRUE(std::ranges::any_of(events, [](const Event& e) { return e.kind == Event::Kind::resized; }));
}

TEST(Window, OpensAtMostOfTheDesktopAndFFillsTheScreen) {
  const Xvfb server;  // of 1600 x 900
  Window window("Cairn test");
  EXPECT_EQ(window.width(), 1280);
  EXPECT_EQ(window.height(), 720);
  const auto gather = [&] {
    while (const auto event = window.poll()) EXPECT_NE(event->key, 'f');
    window.show(Picture(window.width(), window.height()));
  };
  gather();
  for (const auto& [width, height] : {std::pair(1600, 900), {1280, 720}}) {
    server.xdotool("search --sync --onlyvisible --name 'Cairn test' windowfocus --sync");
    server.xdotool("key f");
    EXPECT_TRUE(until(gather, [&] { return window.width() == width && window.height() == height; })) << width;
  }
}

TEST(Window, TellsWhereTheWheelTurns) {
  const Xvfb server;
  Window window("Cairn test", 320, 200);
  std::optional<Event> turned;
  const auto gather = [&] {
    while (const auto event = window.poll())
      if (event->kind == Event::Kind::turned) turned = event;
    window.show(Picture(320, 200));
  };
  gather();
  server.xdotool("search --sync --onlyvisible --name 'Cairn test' mousemove --window %1 100 50 click 5");
  EXPECT_TRUE(until(gather, [&] { return turned.has_value(); }));
  EXPECT_EQ(turned->turns, -1);
  EXPECT_EQ(turned->x, 100);
  EXPECT_EQ(turned->y, 50);
}

TEST(Window, PicturesAreSavedOverNothing) {
  const Scratch scratch;
  const Picture picture(40, 20);
  for (const char* name : {"a.b.png", "a.b-1.png", "a.b-2.png"})
    EXPECT_EQ(save_screenshot(picture, scratch / "a.b.png"), "Saved " + (scratch / name).string());
  EXPECT_EQ(unused_path("no/such.png"), "no/such.png");
  EXPECT_NE(save_screenshot(picture, scratch / "no/such.png").find("such.png"), std::string::npos) << "and why not";
}

}  // namespace
}  // namespace cairn::render
