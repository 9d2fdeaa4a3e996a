#include "render/drawing/slider.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "render/drawing/axis_range.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float text_height = 6, line_below = 17, thickness = 4, radius = 5.5F;  // units

Box line_of(Box box) {
  return {box.x + radius, box.y + line_below - thickness / 2, box.width - 2 * radius, thickness};
}

AxisRange range_of(const Slider& slider) {
  return {slider.low, slider.high, slider.log};
}

}  // namespace

void draw_slider(Picture& picture, Box box, const Slider& slider, bool held) {
  const Box line = line_of(box);
  const double share = range_of(slider).share(slider.value);
  const float here = line.x + line.width * static_cast<float>(std::isfinite(share) ? std::clamp(share, 0.0, 1.0) : 0);
  const Color color = held ? yellow : blue;
  picture.text({box.x, box.y + 1.4F * text_height}, text_height, slider.name, faint);
  picture.text({box.right(), box.y + 1.4F * text_height}, text_height, slider.said, held ? yellow : ink, Align::right);
  picture.fill(line, ground, thickness / 2);
  if (!slider.known) return;
  picture.fill(Box{line.x, line.y, std::max(0.0F, here - line.x), thickness}, faded(color, 0.8F), thickness / 2);
  for (int i = 0; i < slider.notches; ++i) {
    const float x = line.x + line.width * static_cast<float>(i) / static_cast<float>(slider.notches - 1);
    picture.stroke(std::array{Point{x, line.y - 1}, Point{x, line.bottom() + 1}}, 1, faded(ink, 0.5F));
  }
  picture.disc({here, line.centre().y}, radius, color);
  picture.ring({here, line.centre().y}, radius, 1.5F, ink);
}

double value_under(float x, Box box, const Slider& slider) {
  const Box line = line_of(box);
  double share = std::clamp(static_cast<double>((x - line.x) / line.width), 0.0, 1.0);
  if (slider.notches > 1) share = std::round(share * (slider.notches - 1)) / (slider.notches - 1);
  return range_of(slider).value(share);
}

}  // namespace cairn::render
