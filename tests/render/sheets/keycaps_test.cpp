#include "render/sheets/keycaps.h"

#include <gtest/gtest.h>

#include "pixels.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

const std::vector<Keycap> keys{{"1", "nothing"}, {"2", "left engine", true}, {"3", "main engine"}};

TEST(Keycaps, TheHeldOneIsLitUp) {
  Picture picture(500, 30);
  const std::vector<Box> places = draw_keycaps(picture, {0, 0, 500, 30}, keys);
  ASSERT_EQ(places.size(), 3U);
  const Pixels pixels(picture);
  const auto corner = [&](std::size_t i) {
    return pixels.at(static_cast<int>(places[i].x) + 3, static_cast<int>(places[i].y) + 3);
  };
  EXPECT_GT(corner(1).b, 200);
  EXPECT_LT(corner(0).b, 60);
  EXPECT_GT(pixels.count(ink, 100), 30) << "and says what it does";
}

TEST(Keycaps, WithLittleRoomOnlyTheHeldOneSaysWhatItDoes) {
  const auto letters = [](float width, bool held) {
    Picture picture(500, 30);
    std::vector<Keycap> some = keys;
    some[1].held = held;
    draw_keycaps(picture, {0, 0, width, 30}, some);
    return Pixels(picture).count({0, 0, 0}, 6);
  };
  EXPECT_LT(letters(500, false), letters(150, false)) << "all say it where there is room";
  EXPECT_LT(letters(150, true), letters(150, false)) << "one where there is little";
  Picture picture(500, 30);
  const std::vector<Box> wide = draw_keycaps(picture, {0, 0, 150, 30}, keys);
  std::vector<Keycap> free = keys;
  free[1].held = false;
  const std::vector<Box> same = draw_keycaps(picture, {0, 0, 150, 30}, free);
  for (std::size_t i = 0; i < wide.size(); ++i) EXPECT_EQ(wide[i].x, same[i].x) << "caps do not jump";
  EXPECT_TRUE(draw_keycaps(picture, {0, 0, 20, 30}, keys).empty()) << "none where there is no room";
}

}  // namespace
}  // namespace cairn::render
