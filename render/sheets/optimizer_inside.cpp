#include "render/sheets/optimizer_inside.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "render/drawing/chart.h"
#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {

using namespace envs::palette;
using optim::Magnitudes;

constexpr float text_height = 6, title_height = 7.8F, padding = 7;  // units
constexpr float name_width = 92, norm_width = 40;                   // columns of text left and right of the hills
constexpr float tallest_row = 92, hill_share = 0.86F;
constexpr float thickness = 1.2F;  // of a hill's outline
constexpr int least_decades = 4;
constexpr const char *step_name = "step of a parameter", *ratio_name = "step / weight";
constexpr Color grid_color{44, 50, 68};

/// Exponents of ten that a column of hills reaches over, the same for all blocks.
struct Decades {
  double low = Magnitudes::highest, high = Magnitudes::lowest;
  void add(const Magnitudes& numbers) {
    for (int bin = 0; bin < Magnitudes::bins; ++bin) {
      if (numbers.counts[static_cast<std::size_t>(bin)] == 0) continue;
      const int decade = Magnitudes::lowest + bin / Magnitudes::bins_a_decade;
      low = std::min<double>(low, decade);
      high = std::max<double>(high, decade + 1);
    }
  }
  /// To what a person has zoomed to, if anything.
  void settle(const ChartPage* page, const char* what) {
    if (low >= high) low = -6, high = -2;
    while (high - low < least_decades) high < Magnitudes::highest ? ++high : --low;
    if (page == nullptr) return;
    if (const auto known = page->looks.find(what); known != page->looks.end() && known->second.x)
      low = std::log10(known->second.x->low), high = std::log10(known->second.x->high);
  }
  float place(double exponent, Box box) const {
    return box.x + box.width * static_cast<float>((exponent - low) / (high - low));
  }
  /// The first bin that is seen, and the one after the last.
  std::pair<int, int> bins() const {
    const auto bin = [](double exponent) {
      return std::clamp<double>((exponent - Magnitudes::lowest) * Magnitudes::bins_a_decade, 0, Magnitudes::bins);
    };
    return {static_cast<int>(std::floor(bin(low))), static_cast<int>(std::ceil(bin(high)))};
  }
};

double exponent_at(int bin) {
  return Magnitudes::lowest + static_cast<double>(bin) / Magnitudes::bins_a_decade;
}

std::int64_t counted(const Magnitudes& numbers) {
  return std::accumulate(numbers.counts.begin(), numbers.counts.end(), std::int64_t{0});
}

/// A histogram as a hill whose top is as high as the box, with a stroke at its median.
void draw_hill(Picture& picture, Box box, const Magnitudes& numbers, const Decades& decades, Color color) {
  const std::int64_t all = counted(numbers);
  picture.stroke(std::array{Point{box.x, box.bottom()}, Point{box.right(), box.bottom()}}, 1, grid_color);
  const auto [first, end] = decades.bins();
  if (all == 0 || first >= end) return;
  const auto most = static_cast<float>(
      std::max<std::int64_t>(1, *std::max_element(numbers.counts.begin() + first, numbers.counts.begin() + end)));
  std::vector<Point> outline;
  int median = 0;
  for (std::int64_t below = 0; median + 1 < Magnitudes::bins; ++median)
    if ((below += numbers.counts[static_cast<std::size_t>(median)]) * 2 >= all) break;
  for (int bin = first; bin < end; ++bin) {
    const float y =
        box.bottom() - box.height * static_cast<float>(numbers.counts[static_cast<std::size_t>(bin)]) / most;
    outline.push_back({decades.place(exponent_at(bin), box), y});
    outline.push_back({decades.place(exponent_at(bin + 1), box), y});
  }
  std::vector<Point> area = outline;
  area.push_back({outline.back().x, box.bottom()});
  area.push_back({outline.front().x, box.bottom()});
  picture.clip(box.inset(-thickness));
  picture.fill(area, faded(color, 0.38F));
  picture.stroke(outline, thickness, color);
  const float middle = decades.place(exponent_at(median) + 0.5 / Magnitudes::bins_a_decade, box);
  picture.stroke(std::array{Point{middle, box.y + 0.3F * box.height}, Point{middle, box.bottom()}}, 1.6F, ink);
  picture.unclip();
}

/// The histogram's bins, for a mouse to ask.
PlacedChart placed_hill(Box box, const Magnitudes& numbers, const Decades& decades, const char* what, Color color) {
  const auto [first, end] = decades.bins();
  Bars bars{.color = color};
  for (int bin = first; bin <= end; ++bin) bars.edges.push_back(std::pow(10.0, exponent_at(bin)));
  for (int bin = first; bin < end; ++bin)
    bars.heights.push_back(static_cast<double>(numbers.counts[static_cast<std::size_t>(bin)]));
  double most = 1;
  for (const double height : bars.heights) most = std::max(most, height);
  Plot plot{box, std::pow(10.0, decades.low), std::pow(10.0, decades.high), 0, most, true};
  return {what, {.x = {.label = what}, .y = {.label = "parameters"}, .bars = {std::move(bars)}}, plot, box};
}

/// Vertical lines at the decades, with their powers below; of many only every second, third, …, so that these keep
/// apart, and where a person has zoomed to less than two, at round numbers.
void draw_decades(Picture& picture, Box box, const Decades& decades) {
  const auto line = [&](double exponent, const std::string& label) {
    const float x = decades.place(exponent, box);
    picture.stroke(std::array{Point{x, box.y}, Point{x, box.bottom()}}, 1, grid_color);
    picture.text({x, box.bottom() + 2 * text_height}, text_height, label, faint,
                 exponent <= decades.low    ? Align::left
                 : exponent >= decades.high ? Align::right
                                            : Align::centre);
  };
  constexpr double few = 2;
  if (decades.high - decades.low < few) {
    constexpr int about = 4;
    const std::vector<double> round = log_ticks(std::pow(10.0, decades.low), std::pow(10.0, decades.high), about);
    const std::vector<std::string> labels = tick_labels(round, true);
    float taken = -1;  // by the label before
    for (std::size_t i = 0; i < round.size(); ++i) {
      const float x = decades.place(std::log10(round[i]), box), half = picture.text_width(text_height, labels[i]) / 2;
      const bool free = taken < 0 || x - half > taken + 0.5F * text_height;
      line(std::log10(round[i]), free ? labels[i] : "");
      if (free) taken = x + half;
    }
    return;
  }
  int each = decades.high - decades.low > 6 ? 2 : 1;
  const float room = picture.text_width(text_height, "1e-10") + 0.5F * text_height;
  while (box.width * static_cast<float>(each) < room * static_cast<float>(decades.high - decades.low)) ++each;
  for (int decade = static_cast<int>(std::ceil(decades.low)); decade <= decades.high; decade += each)
    line(decade, decade == 0 ? "1" : fmt::format("1e{}", decade));
}

/// A line of text, smaller where the box is too narrow for it.
void line_of_text(Picture& picture, Point at, float height, float room, const char* text, Color color, bool bold) {
  const float share = std::min(1.0F, room / picture.text_width(height, text, bold));
  picture.text(at, height * share, text, color, Align::left, bold);
}

}  // namespace

void draw_optimizer_inside(Picture& picture, Box box, std::span<const optim::BlockInspection> blocks, double rate,
                           ChartPage* page) {
  box = picture.on_pixels(box);
  picture.fill(box, sky, 7);
  const Box inner = box.inset(padding);
  float y = inner.y + title_height;
  line_of_text(picture, {inner.x, y}, title_height, inner.width,
               "How the latest update moved each block of the network", ink, true);
  if (blocks.empty()) {
    picture.text(inner.centre(), text_height, "waiting for the next update", faint, Align::centre);
    return;
  }
  const float gap = 1.5F * padding;
  const float width = (inner.width - name_width - norm_width - 2 * gap) / 2;
  Box steps{inner.x + name_width, 0, width, 0}, ratios{steps.right() + gap, 0, width, 0};
  y += 2.6F * text_height;
  picture.text({steps.x, y}, text_height, step_name, ink);
  picture.text({ratios.x, y}, text_height, ratio_name, ink);
  picture.text({inner.right(), y}, text_height, "norms", faint, Align::right);
  y += 2.2F * text_height;

  Decades step_decades, ratio_decades;
  for (const optim::BlockInspection& block : blocks) step_decades.add(block.steps), ratio_decades.add(block.ratios);
  step_decades.settle(page, step_name), ratio_decades.settle(page, ratio_name);
  const float bottom = inner.bottom() - 6 * text_height;
  const float row = std::min(tallest_row, (bottom - y) / static_cast<float>(blocks.size()));
  steps.y = ratios.y = y;
  steps.height = ratios.height = row * static_cast<float>(blocks.size());
  draw_decades(picture, steps, step_decades);
  draw_decades(picture, ratios, ratio_decades);

  std::vector<std::string> parts;  // what stands before the first slash has a colour of its own
  for (const optim::BlockInspection& block : blocks) {
    const std::string part = block.name.substr(0, block.name.find('/'));
    auto known = std::ranges::find(parts, part);
    if (known == parts.end()) known = parts.insert(parts.end(), part);
    const Color color = series_color(static_cast<int>(known - parts.begin()));
    const float base = y + row, hill = hill_share * row;
    const Box left{steps.x, base - hill, width, hill}, right{ratios.x, base - hill, width, hill};
    draw_hill(picture, left, block.steps, step_decades, color);
    draw_hill(picture, right, block.ratios, ratio_decades, color);
    if (page != nullptr) {
      page->placed.push_back(placed_hill(left, block.steps, step_decades, step_name, color));
      page->placed.push_back(placed_hill(right, block.ratios, ratio_decades, ratio_name, color));
    }
    picture.text({inner.x, base - 0.3F * row + text_height / 2}, text_height, block.name, ink);
    const double unmoved = static_cast<double>(block.steps.zeros) /
                           static_cast<double>(std::max<std::int64_t>(block.steps.zeros + counted(block.steps), 1));
    if (unmoved >= 0.005 && row >= 4 * text_height)
      picture.text({inner.x, base - 0.3F * row + 2.1F * text_height}, 0.85F * text_height,
                   fmt::format("{:.0f} % unmoved", 100 * unmoved), faint);
    picture.text({inner.right(), base - 0.3F * row + text_height / 2}, text_height,
                 fmt::format("{:.0e}", block.update_to_weight), faint, Align::right);
    y = base;
  }
  if (const double exponent = std::log10(rate); exponent > step_decades.low && exponent < step_decades.high) {
    const float x = step_decades.place(exponent, steps);
    picture.dashed(std::array{Point{x, steps.y}, Point{x, steps.bottom()}}, 1.5F, yellow, 4);
    picture.text({x, steps.y - 0.3F * text_height}, 0.9F * text_height, fmt::format("rate {:.1e}", rate), yellow,
                 exponent < (step_decades.low + step_decades.high) / 2 ? Align::left : Align::right);
  }
  line_of_text(picture, {inner.x, inner.bottom() - 0.6F * text_height}, text_height, inner.width,
               "Hills: how many parameters; white: the median. Norms: of the block's update, by that of its weights.",
               faint, false);
}

}  // namespace cairn::render
