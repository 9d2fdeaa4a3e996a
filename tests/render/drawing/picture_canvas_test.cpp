#include "render/drawing/picture_canvas.h"

#include <gtest/gtest.h>

#include <array>

#include "envs/shapes.h"
#include "pixels.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

TEST(PictureCanvas, TurnsTheWorldUpAndKeepsItsShape) {
  Picture picture(200, 100);
  {
    PictureCanvas canvas(picture, {0, 0, 200, 100});
    canvas.view({0, 0}, {10, 10});  // a square in a wide box: its middle
    EXPECT_FLOAT_EQ(canvas.shown().x, 50);
    EXPECT_FLOAT_EQ(canvas.shown().width, 100);
    canvas.disc({5, 9}, 0.5F, orange);
    canvas.fill(envs::rectangle({0, 5}, 2, 1), blue);
  }
  const Pixels pixels(picture);
  EXPECT_TRUE(pixels.is(100, 10, orange)) << "y goes up";
  EXPECT_TRUE(pixels.is(60, 50, blue));
  EXPECT_TRUE(pixels.is(40, 50, {0, 0, 0})) << "outside the view nothing is drawn";
}

TEST(PictureCanvas, LeavesTheRestOfTheSheetAlone) {
  Picture picture(100, 100);
  for (const Box box : {Box{0, 0, 50, 100}, Box{50, 0, 50, 100}}) {
    PictureCanvas canvas(picture, box);
    envs::backdrop(canvas, {-1, -2}, {1, 2});
    canvas.ring({0, 0}, 5, 0.2F, vermilion);  // far outside
    canvas.disc({0, 0}, 0.5F, box.x == 0 ? orange : green);
  }
  picture.fill(Box{0, 0, 2, 2}, yellow);  // no clip is left behind
  const Pixels pixels(picture);
  EXPECT_TRUE(pixels.is(25, 50, orange));
  EXPECT_TRUE(pixels.is(75, 50, green));
  EXPECT_TRUE(pixels.is(0, 0, yellow));
  EXPECT_EQ(pixels.count(vermilion), 0);
}

TEST(PictureCanvas, CutsItsCornersDownToThePage) {
  Picture picture(120, 120);
  picture.fill(Box{0, 0, 120, 120}, green);
  {
    PictureCanvas canvas(picture, {10, 10, 100, 100}, 20);
    for (int i = 0; i < 2; ++i) {  // a view may be set again
      canvas.view({0, 0}, {1, 1});
      canvas.fill(envs::rectangle({0.5F, 0.5F}, 0.5F, 0.5F), orange);
    }
  }
  const Pixels pixels(picture);
  for (const int x : {11, 108})
    for (const int y : {11, 108}) EXPECT_TRUE(pixels.is(x, y, page_color, 0)) << x << ' ' << y;
  for (const int middle : {30, 60, 90}) {
    EXPECT_TRUE(pixels.is(middle, 11, orange)) << "between its corners";
    EXPECT_TRUE(pixels.is(108, middle, orange));
  }
  EXPECT_TRUE(pixels.is(9, 9, green)) << "and nothing outside";
  EXPECT_TRUE(pixels.is(110, 110, green));
}

TEST(PictureCanvas, Fades) {
  Picture picture(10, 10);
  {
    PictureCanvas canvas(picture, {0, 0, 10, 10});
    canvas.view({0, 0}, {1, 1});
    canvas.set_opacity(0.5F);
    canvas.fill(envs::rectangle({0.5F, 0.5F}, 1, 1), {200, 100, 0});
  }
  EXPECT_TRUE(Pixels(picture).is(5, 5, {100, 50, 0}));
}

TEST(PictureCanvas, MagnifiesAPartOfTheWorldIntoTheSameBox) {
  Picture picture(100, 100);
  Magnifier part;
  part.zoom({0.75F, 0.75F}, 2);  // what lies there stays there
  {
    PictureCanvas canvas(picture, {0, 0, 100, 100});
    canvas.magnify(part);
    canvas.view({0, 0}, {10, 10});
    EXPECT_FLOAT_EQ(canvas.shown().width, 100);
    canvas.disc({7.5F, 7.5F}, 1, orange);
    canvas.disc({1, 1}, 1, blue);
  }
  const Pixels pixels(picture);
  EXPECT_TRUE(pixels.is(75, 25, orange));
  EXPECT_TRUE(pixels.is(75 + 17, 25, orange)) << "twice as large";
  EXPECT_EQ(pixels.count(blue), 0) << "out of sight";
}

TEST(Magnifier, ShowsNothingBeyondTheWorld) {
  Magnifier part;
  part.zoom({0, 0}, 4);
  EXPECT_FLOAT_EQ(part.middle.x, 0.125F);
  part.drag({1, 0});  // what is shown goes to the right: there is nothing more on the left
  EXPECT_FLOAT_EQ(part.middle.x, 0.125F);
  part.drag({-1, -1});
  EXPECT_FLOAT_EQ(part.middle.x, 0.375F);
  EXPECT_FLOAT_EQ(part.middle.y, 0.375F);
  part.zoom({0.5F, 0.5F}, 0.01F);
  EXPECT_EQ(part.factor, 1);
  EXPECT_FLOAT_EQ(part.middle.x, 0.5F);
}

TEST(Grid, ShowsThingsAsLargeAsPossible) {
  const auto boxes = grid({0, 0, 300, 200}, 6, 0, 1);
  ASSERT_EQ(boxes.size(), 6U);
  EXPECT_FLOAT_EQ(boxes[0].width, 100) << "three columns";
  EXPECT_FLOAT_EQ(boxes[5].x, 200);
  EXPECT_FLOAT_EQ(boxes[5].y, 100);
  EXPECT_FLOAT_EQ(grid({0, 0, 300, 100}, 1, 5, 1)[0].width, 300);
  const auto gaps = grid({0, 0, 210, 100}, 2, 10, 1);
  EXPECT_FLOAT_EQ(gaps[1].x, 110);
}

TEST(PictureCanvas, PacksThingsSideBySideInTheMiddle) {
  const auto boxes = packed({0, 0, 400, 100}, 2, 10, 1);
  ASSERT_EQ(boxes.size(), 2U);
  EXPECT_FLOAT_EQ(boxes[0].width, 100);
  EXPECT_FLOAT_EQ(boxes[0].x, 95);
  EXPECT_FLOAT_EQ(boxes[1].x, 205);
  EXPECT_FLOAT_EQ(boxes[1].height, 100);
  const auto lined = packed({0, 0, 400, 120}, 2, 10, 1, 20);
  EXPECT_FLOAT_EQ(lined[0].width, 100) << "but for what lies below it";
  EXPECT_FLOAT_EQ(lined[0].height, 120);
  EXPECT_FLOAT_EQ(lined[0].x, 95);
}

}  // namespace
}  // namespace cairn::render
