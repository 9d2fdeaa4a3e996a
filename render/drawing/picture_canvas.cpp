#include "render/drawing/picture_canvas.h"

#include <algorithm>

namespace cairn::render {

void Magnifier::zoom(Point share, float by) {
  constexpr float largest = 40;
  const float before = factor;
  factor = std::clamp(factor * by, 1.0F, largest);
  const float way = 1 / before - 1 / factor;
  middle.x += (share.x - 0.5F) * way;
  middle.y += (share.y - 0.5F) * way;
  drag({0, 0});
}

void Magnifier::drag(Point way) {
  const float half = 0.5F / factor;  // nothing beyond the world's view is shown
  middle.x = std::clamp(middle.x - way.x / factor, half, 1 - half);
  middle.y = std::clamp(middle.y - way.y / factor, half, 1 - half);
}

PictureCanvas::~PictureCanvas() {
  finish();
}

/// Corners are painted over, because Cairo would cut every single shape against a round clip: a seventh of a window's
/// frame.
void PictureCanvas::finish() {
  if (!clipped_) return;
  picture_.unclip();
  if (corner_radius_ > 0) picture_.fill_corners(shown_, corner_radius_, page_color);
}

void PictureCanvas::view(Point low, Point high) {
  finish();
  low_ = low;
  shown_ = picture_.on_pixels(fitted(box_, (high.x - low.x) / (high.y - low.y)));
  scale_ = part_.factor * shown_.width / (high.x - low.x);
  const auto begin = [&](float middle) { return middle - 0.5F / part_.factor; };
  low_.x += begin(part_.middle.x) * (high.x - low.x);
  low_.y += begin(part_.middle.y) * (high.y - low.y);
  picture_.clip(shown_);
  clipped_ = true;
}

std::span<const Point> PictureCanvas::place(std::span<const Point> points) {
  placed_.clear();
  for (const Point p : points) placed_.push_back(place(p));
  return placed_;
}

void PictureCanvas::fill(std::span<const Point> polygon, Color color) {
  picture_.fill(place(polygon), faded(color, opacity_));
}
void PictureCanvas::stroke(std::span<const Point> line, float width, Color color, bool closed) {
  picture_.stroke(place(line), width * scale_, faded(color, opacity_), closed);
}
void PictureCanvas::disc(Point center, float radius, Color color) {
  picture_.disc(place(center), radius * scale_, faded(color, opacity_));
}
void PictureCanvas::ring(Point center, float radius, float width, Color color) {
  picture_.ring(place(center), radius * scale_, width * scale_, faded(color, opacity_));
}
void PictureCanvas::text(Point at, float height, std::string_view text, Color color) {
  picture_.text(place(at), height * scale_, text, faded(color, opacity_));
}

Box fitted(Box box, float aspect) {
  const float width = std::min(box.width, box.height * aspect), height = width / aspect;
  return {box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height};
}

namespace {

struct Rows {
  int columns;
  Box cell;
};

/// As many columns as show `count` things largest, each in its cell but for what is `below` it.
Rows rows_of(Box box, int count, float gap, float aspect, float below = 0) {
  const auto cell = [&](int columns) {
    const int rows = (count + columns - 1) / columns;
    return Box{0, 0, (box.width - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns),
               (box.height - gap * static_cast<float>(rows - 1)) / static_cast<float>(rows) - below};
  };
  int best = 1;
  for (int columns = 2; columns <= count; ++columns)
    if (fitted(cell(columns), aspect).width > fitted(cell(best), aspect).width) best = columns;
  return {best, cell(best)};
}

std::vector<Box> placed(Point corner, Rows rows, int count, float gap) {
  std::vector<Box> boxes;
  boxes.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    const int row = i / rows.columns, column = i % rows.columns;
    boxes.push_back({corner.x + static_cast<float>(column) * (rows.cell.width + gap),
                     corner.y + static_cast<float>(row) * (rows.cell.height + gap), rows.cell.width, rows.cell.height});
  }
  return boxes;
}

}  // namespace

std::vector<Box> grid(Box box, int count, float gap, float aspect) {
  return placed({box.x, box.y}, rows_of(box, count, gap, aspect), count, gap);
}

std::vector<Box> packed(Box box, int count, float gap, float aspect, float below) {
  Rows rows = rows_of(box, count, gap, aspect, below);
  rows.cell = fitted(rows.cell, aspect);
  rows.cell.height += below;
  const auto span = [gap](int many, float each) { return static_cast<float>(many) * (each + gap) - gap; };
  const int down = (count + rows.columns - 1) / rows.columns;
  return placed({box.x + (box.width - span(rows.columns, rows.cell.width)) / 2,
                 box.y + (box.height - span(down, rows.cell.height)) / 2},
                rows, count, gap);
}

}  // namespace cairn::render
