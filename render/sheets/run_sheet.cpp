#include "render/sheets/run_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "render/drawing/picture_canvas.h"

namespace cairn::render {

namespace {
using namespace envs::palette;

constexpr float margin = 16, gap = 12, corner = 8;                             // units
constexpr float title_height = 12, text_height = 8.5F, caption_height = 8.5F;  // of a capital letter
constexpr float head = 60;
constexpr float charts_share = 0.36F;  // of the width at least, where there are charts

/// Of a metric that training and evaluations have.
Chart learning_chart(const char* title, const RunCurves& curves, const char* metric) {
  const Trace &exploring = curves.training.trace(metric), &evaluated = curves.evaluations.trace(metric);
  Chart chart{.title = title, .x = {.label = "steps", .low = 0}, .text_height = 8};
  chart.series.push_back(
      {.name = "while exploring", .x = exploring.x(), .y = exploring.y(), .color = blue, .width = 2.5F});
  if (!evaluated.x().empty())
    chart.series.push_back(
        {.name = "evaluated", .x = evaluated.x(), .y = evaluated.y(), .color = orange, .width = 2, .marker = 4});
  return chart;
}
}  // namespace

std::vector<Chart> learning_charts(const RunCurves& curves) {
  Chart returns = learning_chart("Return", curves, "return_mean");
  if (curves.threshold)
    returns.reference_lines.push_back(
        {.at = *curves.threshold, .label = fmt::format("solved: {:g}", *curves.threshold)});
  add_marks(returns, curves, true);
  if (return_is_success(curves)) {
    returns.title = "Return, the success rate here";
    returns.y.low = 0;
    returns.y.high = 1;
    return {std::move(returns)};
  }
  Chart success = learning_chart("Success rate", curves, "success_rate");
  success.y.low = 0;
  success.y.high = 1;
  add_marks(success, curves, false);
  return {std::move(returns), std::move(success)};
}

void draw_run_sheet(Picture& picture, const RunSheet& sheet) {
  picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
  picture.text({margin, margin + title_height}, title_height, sheet.title, ink, Align::left, true);
  picture.text({margin, margin + title_height + 2.2F * text_height}, text_height, sheet.subtitle, faint);

  float aspect = 1;
  if (!sheet.flights.empty()) {
    const Sketch& first = sheet.flights.front().frames.front();
    aspect = first.aspect();
  }
  Box worlds{margin, head, picture.width() - 2 * margin, picture.height() - head - margin};
  if (!sheet.charts.empty()) {
    Box column = worlds;
    worlds.width = (1 - charts_share) * worlds.width - gap;
    if (sheet.flights.size() == 1) worlds.width = std::min(worlds.width, worlds.height * aspect);
    column.x = worlds.right() + gap;
    column.width = picture.width() - margin - column.x;
    const auto count = static_cast<float>(sheet.charts.size());
    const float height = (column.height - gap * (count - 1)) / count;
    for (std::size_t i = 0; i < sheet.charts.size(); ++i)
      draw_chart(picture, {column.x, column.y + static_cast<float>(i) * (height + gap), column.width, height},
                 sheet.charts[i]);
  }
  const std::vector<Box> boxes = grid(worlds, static_cast<int>(sheet.flights.size()), gap, aspect);
  for (std::size_t i = 0; i < sheet.flights.size(); ++i) {
    const bool captioned = i < sheet.captions.size();
    const float above = captioned ? 2.2F * caption_height : 0;
    const Box box = fitted({boxes[i].x, boxes[i].y + above, boxes[i].width, boxes[i].height - above}, aspect);
    draw_flight(picture, box, sheet.flights[i], corner);
    if (!captioned) continue;
    const float needed = picture.text_width(caption_height, sheet.captions[i]);
    picture.text({box.x, box.y - 0.8F * caption_height}, caption_height * std::min(1.0F, box.width / needed),
                 sheet.captions[i], ink);
  }
}

}  // namespace cairn::render
