#include "render/drawing/slider.h"

#include <gtest/gtest.h>

#include <cmath>

#include "pixels.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

constexpr Box box{20, 10, 200, slider_height};

/// The middle of the handle, by its bright ring.
float handle_of(const Slider& slider) {
  Picture picture(240, 50);
  draw_slider(picture, box, slider);
  const Pixels pixels(picture);
  float sum = 0, count = 0;
  for (int x = 0; x < 240; ++x)
    for (int y = 22; y < 34; ++y)
      if (pixels.is(x, y, ink, 40)) sum += static_cast<float>(x) + 0.5F, ++count;
  return sum / count;
}

TEST(Slider, TheValueUnderItsHandleIsItsOwn) {
  for (const bool log : {false, true})
    for (const double value : {0.02, 0.3, 0.9}) {
      const Slider slider{.value = value, .low = 0.01, .high = 1, .log = log};
      EXPECT_NEAR(value_under(handle_of(slider), box, slider), value, 0.03 * value + 0.003) << log;
    }
}

TEST(Slider, EndsWhereItsLineEnds) {
  const Slider slider{.low = -3, .high = 5};
  EXPECT_EQ(value_under(-1000, box, slider), -3);
  EXPECT_EQ(value_under(1000, box, slider), 5);
  EXPECT_LT(handle_of({.value = -99, .low = -3, .high = 5}), box.x + 10) << "a value beyond stands at the end";
}

TEST(Slider, HasNoHandleBeforeItsValueIsKnown) {
  EXPECT_FALSE(std::isnan(handle_of({.value = 0.5})));
  EXPECT_TRUE(std::isnan(handle_of({.value = 0.5, .known = false}))) << "no bright pixel";
}

TEST(Slider, WithNotchesTakesTheNearest) {
  const Slider slider{.low = 0, .high = 4, .notches = 5};
  EXPECT_EQ(value_under(box.centre().x + 8, box, slider), 2);
  EXPECT_EQ(value_under(box.centre().x + 30, box, slider), 3);
}

TEST(Slider, SaysItsNameAndItsValueAndLightsUpInTheHand) {
  const auto drawn = [](const Slider& slider, bool held) {
    Picture picture(240, 50);
    draw_slider(picture, box, slider, held);
    return Pixels(picture);
  };
  const Slider slider{.name = "rate", .value = 0.5, .said = "3e-4"};
  EXPECT_GT(drawn(slider, false).count(faint, 40), 20);
  EXPECT_EQ(drawn(slider, false).count(yellow, 40), 0);
  EXPECT_GT(drawn(slider, true).count(yellow, 40), 60);
}

}  // namespace
}  // namespace cairn::render
