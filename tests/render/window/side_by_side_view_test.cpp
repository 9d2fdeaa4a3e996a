#include "render/window/side_by_side_view.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "policies.h"
#include "scratch.h"
#include "xvfb.h"

namespace cairn::render {
namespace {

TEST(SideBySideView, FliesEpisodeAfterEpisodeUntilItIsClosed) {
  const Xvfb server;
  const Scratch scratch;
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(scratch.folder);  // where screenshots go
  std::vector<std::uint32_t> flown;
  SideBySide sheet{.title = "Balance", .subtitle = "", .contenders = {{.name = "steady"}, {.name = "nothing"}}};
  const agents::Policy policy = steady_policy(cart_pole()->spec());
  SideBySideView view(std::move(sheet), [&](SideBySide& next) {
    flown.push_back(next.episode);
    next.contenders[0].flight = fly(policy, cart_pole, 1, next.episode);
    next.contenders[1].flight = fly(agents::Pilot::nothing, cart_pole, 1, next.episode);
  });
  bool open = true;
  const auto frame = [&] { open = open && view.frame(); };
  server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  EXPECT_EQ(flown, (std::vector<std::uint32_t>{0}));
  server.xdotool("key plus plus plus plus");  // 16 times as fast: ten steps are over at once
  EXPECT_TRUE(until(frame, [&] { return flown.size() > 1; })) << "the next episode begins by itself";
  EXPECT_EQ(flown[1], 1U);
  server.xdotool("key space");
  for (int i = 0; i < 30; ++i) frame();
  const std::size_t episodes = flown.size();
  for (int i = 0; i < 60; ++i) frame();
  EXPECT_EQ(flown.size(), episodes) << "paused";
  const std::uint32_t episode = flown.back();
  server.xdotool("key Right");
  EXPECT_TRUE(until(frame, [&] { return flown.back() == episode + 1; }));
  server.xdotool("key Left");
  EXPECT_TRUE(until(frame, [&] { return flown.back() == episode; }));
  const std::string picture = "side-by-side-" + std::to_string(episode + 1) + ".png";
  server.xdotool("key n s");
  EXPECT_TRUE(until(frame, [&] { return std::filesystem::exists(picture); }));
  EXPECT_GT(std::filesystem::file_size(picture), 10'000U);
  const auto screen = [&] {  // what stands in the middle of it
    std::vector<int> colors;
    for (int x = 100; x < 900; x += 2) colors.push_back(server.pixel(x, 260).r);
    return colors;
  };
  for (int i = 0; i < 30; ++i) frame();
  const std::vector<int> whole = screen();
  server.xdotool("mousemove 200 260 click 4 click 4 click 4 click 4");
  EXPECT_TRUE(until(frame, [&] { return screen() != whole; })) << "the wheel magnifies the worlds";
  server.xdotool("mousemove 200 260 click --repeat 2 --delay 50 1");
  EXPECT_TRUE(until(frame, [&] { return screen() == whole; })) << "a double click shows all of them";
  server.xdotool("search --name Cairn windowsize --sync 700 500");
  server.xdotool("key h Escape q");
  EXPECT_TRUE(until(frame, [&] { return !open; }));
  std::filesystem::current_path(before);
}

}  // namespace
}  // namespace cairn::render
