#include "render/worlds/sketch.h"

#include <gtest/gtest.h>

#include <array>

#include "pixels.h"
#include "render/drawing/picture_canvas.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

/// A still floor and a ball.
Sketch scene(float x) {
  Sketch sketch;
  sketch.view({0, 0}, {10, 10});
  sketch.fill(std::array<Point, 4>{{{0, 0}, {10, 0}, {10, 2}, {0, 2}}}, ground);
  sketch.stroke(std::array<Point, 3>{{{1, 8}, {3, 8}, {3, 9}}}, 0.3F, ink, true);
  sketch.ring({8, 8}, 1, 0.3F, yellow);
  sketch.text({1, 5}, 1, "text", ink);
  sketch.disc({x, 3}, 1, orange);
  return sketch;
}

template <class F>
Pixels drawn(F&& draw) {
  Picture picture(100, 100);
  {
    PictureCanvas canvas(picture, {0, 0, 100, 100});
    canvas.view({0, 0}, {10, 10});
    draw(canvas);
  }
  return Pixels(picture);
}

TEST(Sketch, DrawsWhatIsOnItsWay) {
  const auto on_the_way = [](const Sketch& from, const Sketch& to, float share) {
    return drawn([&](envs::Canvas& canvas) { to.draw_between(canvas, from, share); });
  };
  const auto still = [](const Sketch& sketch) { return drawn([&](envs::Canvas& canvas) { sketch.draw(canvas); }); };
  const auto same = [](const Pixels& a, const Pixels& b) {
    for (int y = 0; y < 100; ++y)
      for (int x = 0; x < 100; ++x)
        if (a.at(x, y).r != b.at(x, y).r || a.at(x, y).g != b.at(x, y).g) return false;
    return true;
  };
  EXPECT_TRUE(same(on_the_way(scene(4), scene(5), 0), still(scene(4))));
  EXPECT_TRUE(same(on_the_way(scene(4), scene(5), 0.5F), still(scene(4.5F))));
  EXPECT_TRUE(same(on_the_way(scene(4), scene(5), 1), still(scene(5))));
  EXPECT_TRUE(same(on_the_way(scene(2), scene(8), 0.5F), still(scene(8)))) << "it has leapt";
  Sketch flame = scene(5);  // something that had not been there
  flame.disc({9, 5}, 0.5F, yellow);
  const Pixels lit = on_the_way(scene(4), flame, 0.5F);
  EXPECT_GT(lit.count(yellow), still(scene(4)).count(yellow));
  EXPECT_EQ(lit.at(45, 70).r, orange.r) << "what was there before it is on its way";
  Sketch gone = scene(4);
  gone.disc({9, 5}, 0.5F, yellow);
  EXPECT_TRUE(same(on_the_way(gone, scene(5), 0.5F), still(scene(4.5F))));
}

TEST(Sketch, DrawsWhatWasDrawn) {
  const auto direct = drawn([](envs::Canvas& canvas) {
    canvas.fill(std::array<Point, 4>{{{0, 0}, {10, 0}, {10, 2}, {0, 2}}}, ground);
    canvas.stroke(std::array<Point, 3>{{{1, 8}, {3, 8}, {3, 9}}}, 0.3F, ink, true);
    canvas.ring({8, 8}, 1, 0.3F, yellow);
    canvas.text({1, 5}, 1, "text", ink);
    canvas.disc({4, 3}, 1, orange);
  });
  EXPECT_TRUE(direct == drawn([](envs::Canvas& canvas) { scene(4).draw(canvas); }));
}

TEST(Sketch, TellsWhatMovedFromWhatStoodStill) {
  const Sketch before = scene(2), after = scene(7);
  const auto still = drawn([&](envs::Canvas& canvas) { after.draw_common(canvas, before); });
  EXPECT_EQ(still.count(orange), 0);
  EXPECT_GT(still.count(ground), 1900);
  const auto moved = drawn([&](envs::Canvas& canvas) { after.draw_different(canvas, before); });
  EXPECT_TRUE(moved.is(70, 70, orange));
  EXPECT_EQ(moved.count(ground), 0);
  EXPECT_FLOAT_EQ(after.middle_of_different(before).x, 7);
  EXPECT_FLOAT_EQ(after.middle_of_different(after).x, 5) << "nothing moved: the view's middle";
}

TEST(Sketch, IsReused) {
  Sketch sketch = scene(2);
  sketch.clear();
  EXPECT_TRUE(sketch.empty());
  sketch.disc({5, 5}, 1, blue);
  EXPECT_EQ(drawn([&](envs::Canvas& canvas) { sketch.draw(canvas); }).count(ground), 0);
}

}  // namespace
}  // namespace cairn::render
