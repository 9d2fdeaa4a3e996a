#include "render/drawing/picture.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "pixels.h"
#include "scratch.h"

namespace cairn::render {
namespace {

using namespace envs::palette;
using testing::HasSubstr;

void some_scene(Picture& picture) {
  picture.fill(Box{0, 0, 100, 60}, sky);
  picture.fill(std::array<Point, 4>{{{10, 10}, {30, 10}, {30, 30}, {10, 30}}}, orange);
  picture.stroke(std::array<Point, 2>{{{40, 20}, {60, 20}}}, 4, blue);
  picture.disc({80, 20}, 8, green);
  picture.ring({80, 45}, 8, 3, yellow);
  picture.text({10, 52}, 8, "Hé <&>", ink);
}

TEST(Picture, DrawsShapesWhereTheyAre) {
  Picture picture(100, 60);
  some_scene(picture);
  const Pixels pixels(picture);
  EXPECT_TRUE(pixels.is(20, 20, orange));
  EXPECT_TRUE(pixels.is(8, 20, sky));
  EXPECT_TRUE(pixels.is(50, 19, blue));
  EXPECT_TRUE(pixels.is(50, 24, sky));
  EXPECT_TRUE(pixels.is(80, 20, green));
  EXPECT_TRUE(pixels.is(80, 45, sky)) << "a ring is empty inside";
  EXPECT_TRUE(pixels.is(88, 45, yellow, 60));
  EXPECT_GT(pixels.count(ink, 90), 20) << "text";
}

TEST(Picture, ScaleAddsPixelsAndMovesNothing) {
  Picture small(100, 60), large(300, 180, 3);
  some_scene(small);
  some_scene(large);
  EXPECT_FLOAT_EQ(large.width(), 100);
  const Pixels pixels(large);
  EXPECT_TRUE(pixels.is(60, 60, orange));
  EXPECT_TRUE(pixels.is(240, 60, green));
}

TEST(Picture, CapitalsAreAsHighAsAsked) {
  Picture picture(200, 100);
  picture.text({20, 80}, 50, "H", ink);
  const Pixels pixels(picture);
  int top = 100, bottom = 0;
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 200; ++x)
      if (pixels.is(x, y, ink, 100)) top = std::min(top, y), bottom = std::max(bottom, y);
  EXPECT_NEAR(bottom, 79, 1);
  EXPECT_NEAR(top, 30, 1);
}

TEST(Picture, AlignsText) {
  const auto leftmost = [](Align align) {
    Picture picture(200, 40);
    picture.text({100, 30}, 10, "word", ink, align);
    const Pixels pixels(picture);
    for (int x = 0; x < 200; ++x)
      for (int y = 0; y < 40; ++y)
        if (pixels.is(x, y, ink, 120)) return x;
    return -1;
  };
  Picture picture(10, 10);
  const float width = picture.text_width(10, "word");
  EXPECT_GT(width, 15);
  EXPECT_NEAR(leftmost(Align::left), 100, 2);
  EXPECT_NEAR(leftmost(Align::centre), 100 - width / 2, 2);
  EXPECT_NEAR(leftmost(Align::right), 100 - width, 2);
}

TEST(Picture, ClipsAndNests) {
  Picture picture(40, 40);
  picture.clip({0, 0, 20, 40});
  picture.clip({0, 0, 40, 20});
  picture.fill(Box{0, 0, 40, 40}, orange);
  picture.unclip();
  picture.unclip();
  picture.fill(Box{39, 39, 1, 1}, blue);
  const Pixels pixels(picture);
  EXPECT_EQ(pixels.count(orange), 400);
  EXPECT_TRUE(pixels.is(39, 39, blue));
}

TEST(Picture, LeavesOutWhatIsNotFiniteAndGoesOn) {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  Picture picture(20, 20);
  picture.fill(std::array<Point, 3>{{{0, 0}, {nan, 5}, {10, 10}}}, orange);
  picture.stroke(std::array<Point, 2>{{{0, inf}, {10, 10}}}, 2, orange);
  picture.disc({nan, 3}, 3, orange);
  picture.ring({5, 5}, inf, 2, orange);
  picture.text({nan, 3}, 5, "x", orange);
  EXPECT_EQ(Pixels(picture).count(orange), 0);
  picture.text({2, 15}, 8, "\xFFH\xC3", ink);  // not UTF-8: without care Cairo would draw nothing any more
  picture.fill(Box{10, 10, 5, 5}, blue);
  EXPECT_TRUE(Pixels(picture).is(12, 12, blue));
}

TEST(Picture, ManyDiscsLookAsTheyDoOneAfterTheOther) {
  Picture one_by_one(60, 60, 1.5F), together(60, 60, 1.5F);
  std::vector<Point> centers;
  for (int i = 0; i < 200; ++i)
    centers.push_back({20 + 0.08F * static_cast<float>(i), 20 + 9 * std::sin(0.3F * static_cast<float>(i))});
  centers.push_back({std::numeric_limits<float>::quiet_NaN(), 20});
  const Color color = faded(yellow, 0.35F);
  for (Picture* picture : {&one_by_one, &together}) picture->clip({0, 0, 30, 40});
  for (const Point center : centers) one_by_one.disc(center, 1.3F, color);
  together.discs(centers, 1.3F, color);
  std::vector<std::uint8_t> expected, drawn;
  one_by_one.copy_rgba(expected);
  together.copy_rgba(drawn);
  double apart = 0, bright = 0;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    EXPECT_NEAR(drawn[i], expected[i], 45) << "pixel " << i / 4;
    apart += std::abs(drawn[i] - expected[i]);
    bright += expected[i] * (i % 4 != 3);
  }
  EXPECT_GT(bright, 50'000);
  EXPECT_LT(apart, 0.05 * bright);
}

TEST(Picture, PastesAnotherStretched) {
  Picture small(2, 2), large(40, 40);
  small.fill(Box{0, 0, 2, 2}, green);
  large.paste(small, {10, 10, 20, 20});
  const Pixels pixels(large);
  EXPECT_TRUE(pixels.is(20, 20, green));
  EXPECT_TRUE(pixels.is(5, 5, {0, 0, 0}));
}

TEST(Picture, PutsBoxesOnItsPixels) {
  const Picture fine(300, 200, 1.5F);
  const Box box = fine.on_pixels({10.1F, 3.4F, 5.2F, 0.1F});
  EXPECT_FLOAT_EQ(box.x * 1.5F, 15);
  EXPECT_FLOAT_EQ(box.right() * 1.5F, 23);
  EXPECT_FLOAT_EQ(box.height * 1.5F, 1) << "what is there stays to be seen";
  EXPECT_FLOAT_EQ(fine.pixel(), 1 / 1.5F);
  write_picture(Scratch() / "any.svg", 100, 60, [](Picture& vectors) {
    EXPECT_EQ(vectors.pixel(), 0);
    EXPECT_EQ(vectors.on_pixels({0.3F, 0, 1, 1}).x, 0.3F);
  });
}

TEST(Picture, PastesAsManyPixelsAsTheyAre) {
  constexpr float scale = 1.37F;
  Picture part(61, 40, scale), whole(200, 150, scale);
  for (int i = 0; i < 61; i += 2) part.fill(part.on_pixels({static_cast<float>(i) / scale, 0, 0, 40}), orange);
  whole.paste(part, whole.on_pixels({20, 30, 61 / scale, 40 / scale}));
  const Pixels pasted(whole), pixels(part);
  const int left = static_cast<int>(std::lround(20 * scale)), top = static_cast<int>(std::lround(30 * scale));
  for (int x = 0; x < 61; ++x)
    for (const int y : {0, 20, 39}) ASSERT_TRUE(pasted.is(left + x, top + y, pixels.at(x, y), 0)) << x << ", " << y;
}

TEST(Picture, WritesTheSameBytesForTheSameDrawing) {
  const Scratch scratch;
  for (const char* name : {"scene.png", "scene.svg"}) {
    write_picture(scratch / name, 100, 60, some_scene, 2);
    const std::string first = contents(scratch / name);
    write_picture(scratch / name, 100, 60, some_scene, 2);
    EXPECT_TRUE(first == contents(scratch / name)) << name;
  }
  EXPECT_TRUE(contents(scratch / "scene.png").starts_with("\x89PNG"));
}

TEST(Picture, SvgIsWellFormedAndDrawsTheSame) {
  const Scratch scratch;
  write_picture(scratch / "scene.svg", 100, 60, some_scene);
  const std::string svg = contents(scratch / "scene.svg");
  EXPECT_THAT(svg, HasSubstr("<svg"));
  EXPECT_THAT(svg, HasSubstr("viewBox=\"0 0 100 60\""));
  EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
  ASSERT_EQ(std::system("python3 -c 'import xml.dom.minidom' 2> /dev/null"), 0);
  EXPECT_EQ(std::system(("python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' " +
                         (scratch / "scene.svg").string())
                            .c_str()),
            0);
}

TEST(Picture, SaysWhatCannotBeWritten) {
  const Scratch scratch;
  try {
    write_picture(scratch / "no/such/folder.png", 100, 60, some_scene);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("folder.png"), HasSubstr("No such file")));
  }
  EXPECT_THROW(write_picture(scratch / "picture.jpeg", 100, 60, some_scene), std::invalid_argument);
  EXPECT_FALSE(is_picture("a.jpeg"));
  EXPECT_TRUE(is_picture("a.svg"));
}

}  // namespace
}  // namespace cairn::render
