#include "render/sheets/lanes.h"

#include <algorithm>
#include <array>

namespace cairn::render {

namespace {
constexpr int colors = 8;  // then dashed ones begin
}  // namespace

Lanes::Lanes(Box box, int lanes, float aspect) : count(lanes) {
  for (int c = 1; c <= count; ++c) {
    const int rows = (count + c - 1) / c;
    const auto across = static_cast<float>(c), down = static_cast<float>(rows);
    const float row = (box.height - gap * (down - 1)) / down;
    const float wide = std::min((box.width - gap * (across - 1)) / across, (row - lowest_head) * aspect);
    if (wide <= width) continue;
    columns = c, width = wide, world = wide / aspect, above = row - world;
    right = box.x + across * wide + (across - 1) * gap;
  }
}

Box Lanes::box(Box all, std::size_t i) const {
  const int number = static_cast<int>(i), row = number / columns, column = number % columns;
  const auto across = static_cast<float>(std::min(columns, count - row * columns));
  const float height = above + world, wide = (right - all.x - gap * (across - 1)) / across;
  return {all.x + static_cast<float>(column) * (wide + gap), all.y + static_cast<float>(row) * (height + gap), wide,
          height};
}

float Lanes::height() const {
  const int rows = (count + columns - 1) / columns;
  const auto down = static_cast<float>(rows);
  return down * (above + world) + (down - 1) * gap;
}

Box Lanes::world_box(Box lane) const {
  return {lane.centre().x - width / 2, lane.y + above, width, world};
}

Series lane_series(int color, float width) {
  return {.color = series_color(color), .width = width, .dashed = color >= colors};
}

void draw_swatch(Picture& picture, Point from, float length, int color) {
  const std::array line{from, Point{from.x + length, from.y}};
  if (color >= colors)
    picture.dashed(line, 2.6F, series_color(color), 4);
  else
    picture.stroke(line, 2.6F, series_color(color));
}

void shortened_text(Picture& picture, Point at, float height, std::string text, Color color, float width) {
  const float share = width / picture.text_width(height, text);
  if (share < 1) {
    text.resize(std::min(text.size(), static_cast<std::size_t>(share * static_cast<float>(text.size()))));
    while (!text.empty() && picture.text_width(height, text + "…") > width) text.pop_back();
    text += "…";
  }
  picture.text(at, height, text, color);
}

}  // namespace cairn::render
