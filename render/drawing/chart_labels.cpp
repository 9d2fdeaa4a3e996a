// Lines across a chart with what they mean, whose labels keep out of curves and of one another.
#include <algorithm>
#include <array>
#include <optional>

#include "render/drawing/chart_drawing.h"

namespace cairn::render {

/// Whether the box lies within the plot and no line or marker of a series touches it.
bool ChartDrawing::shows_nothing_in(Box box) const {
  if (box.y < plot_.y || box.bottom() > plot_.bottom()) return false;
  box = box.inset(-0.4F * chart_.text_height);
  for (const Series& series : chart_.series)
    for (std::size_t i = 0; i < series.x.size() && !series.hidden; ++i) {
      const Point to = place(series.x[i], series.y[i]), from = i == 0 ? to : place(series.x[i - 1], series.y[i - 1]);
      const float low = std::max(box.x, std::min(from.x, to.x)), high = std::min(box.right(), std::max(from.x, to.x));
      if (!(low <= high)) continue;
      const float slope = to.x == from.x ? 0 : (to.y - from.y) / (to.x - from.x);
      const float a = to.x == from.x ? from.y : from.y + slope * (low - from.x);
      const float b = to.x == from.x ? to.y : from.y + slope * (high - from.x);
      if (std::max(a, b) >= box.y && std::min(a, b) <= box.bottom()) return false;
    }
  return true;
}

void ChartDrawing::reference_lines() {
  const float text = chart_.text_height, thick = whole(1.5F);
  std::vector<Box> taken;  // by what labels must not lie upon
  const auto seen = [](double share) { return share >= 0 && share <= 1; };
  for (const ReferenceLine& line : chart_.reference_lines) {
    if (line.vertical || !seen(y_.share(line.at))) continue;
    const float y = middle(place(x_.low, line.at).y, thick);
    picture_.dashed(std::array{Point{plot_.x, y}, Point{plot_.right(), y}}, thick, line.color, 4);
    const float width = picture_.text_width(text, line.label);
    const float left = plot_.x + text, right = plot_.right() - text - width;
    const float above = y - 1.7F * text, below = y + 0.7F * text;
    std::array<Box, 4> places{{{left, above, width, text},
                               {right, above, width, text},
                               {left, below, width, text},
                               {right, below, width, text}}};
    const auto* found = std::ranges::find_if(places, [&](const Box& place) { return shows_nothing_in(place); });
    const Box label = found != places.end() ? *found : places[0];
    labels_.push_back({label, line.label, line.color});
    taken.push_back({plot_.x, y - 1, plot_.width, 2});
    taken.push_back(label);
  }
  std::vector<float> lines;
  for (const ReferenceLine& line : chart_.reference_lines)
    if (line.vertical && seen(x_.share(line.at))) lines.push_back(place(line.at, y_.low).x);
  const auto free = [&](const Box& label) {  // of other labels, with a little air
    return std::ranges::none_of(taken, [&](const Box& box) {
      return box.x < label.right() + text && label.x < box.right() + text && box.y < label.bottom() + 0.4F * text &&
             label.y < box.bottom() + 0.4F * text;
    });
  };
  const auto crossed = [&](const Box& label) {
    return std::ranges::any_of(lines,
                               [&](float x) { return x > label.x - 0.4F * text && x < label.right() + 0.4F * text; });
  };
  for (const ReferenceLine& line : chart_.reference_lines) {
    const double share = x_.share(line.at);
    if (!line.vertical || !seen(share)) continue;
    const float x = middle(place(line.at, y_.low).x, thick);
    picture_.dashed(std::array{Point{x, plot_.y}, Point{x, plot_.bottom()}}, thick, line.color, 4);
    if (line.label.empty()) continue;
    const float width = picture_.text_width(text, line.label);
    const Box right{x + 0.7F * text, plot_.y + 0.8F * text, width, text};
    Box left = right;
    left.x = x - 0.7F * text - width;
    const std::array sides = share > 0.7 ? std::array{left, right} : std::array{right, left};
    // Where nothing else is, if there is such a place, or else where no label is.
    std::optional<Box> found;
    for (const bool strict : {true, false})
      for (const Box& top : sides)
        for (Box label = top; !found && label.bottom() <= plot_.bottom(); label.y += 0.4F * text) {
          if (label.x < plot_.x || label.right() > plot_.right() || !free(label)) continue;
          if (!strict || (!crossed(label) && shows_nothing_in(label))) found = label;
        }
    if (!found) continue;
    labels_.push_back({*found, line.label, line.color});
    taken.push_back(*found);
  }
}

/// On plates, so that nothing strikes them through.
void ChartDrawing::labels() {
  for (const Label& label : labels_) {
    picture_.fill(label.box.inset(-0.35F * chart_.text_height), faded(chart_.background, 0.85F), 2);
    picture_.text({label.box.x, label.box.bottom()}, chart_.text_height, label.text, label.color);
  }
}

}  // namespace cairn::render
