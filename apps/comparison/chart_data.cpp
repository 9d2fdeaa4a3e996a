#include "apps/comparison/chart_data.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace cairn::comparison {

namespace {

using nlohmann::ordered_json;

std::string hex(render::Color color) {
  return fmt::format("#{:02x}{:02x}{:02x}", color.r, color.g, color.b);
}

/// Five significant digits: more than a screen shows.
ordered_json rounded(double value) {
  if (!std::isfinite(value)) return nullptr;
  double short_one = 0;
  const std::string text = fmt::format("{:.5g}", value);
  std::from_chars(text.data(), text.data() + text.size(), short_one);
  return short_one;
}

ordered_json rounded(const std::vector<double>& values) {
  ordered_json all = ordered_json::array();
  for (const double value : values) all.push_back(rounded(value));
  return all;
}

ordered_json axis(const render::Axis& axis) {
  ordered_json json{{"label", axis.label}, {"log", axis.log}};
  if (axis.low) json["low"] = rounded(*axis.low);
  if (axis.high) json["high"] = rounded(*axis.high);
  return json;
}

ordered_json reference_lines(const std::vector<render::ReferenceLine>& lines) {
  ordered_json all = ordered_json::array();
  for (const render::ReferenceLine& line : lines)
    all.push_back({{"at", rounded(line.at)}, {"vertical", line.vertical}, {"label", line.label}});
  return all;
}

/// As text within a page: `</script>` in a name must not end the script.
std::string text_of(const ordered_json& json) {
  std::string text = json.dump();
  for (std::size_t at = 0; (at = text.find("</", at)) != std::string::npos; at += 3) text.replace(at, 2, "<\\/");
  return text;
}

}  // namespace

std::string chart_data(const render::Chart& chart, const std::string& caption, const Exploring& exploring) {
  ordered_json json{{"title", chart.title},
                    {"caption", caption},
                    {"x", axis(chart.x)},
                    {"y", axis(chart.y)},
                    {"smooth", exploring.smooth},
                    {"series", ordered_json::array()},
                    {"bars", ordered_json::array()},
                    {"lines", reference_lines(chart.reference_lines)}};
  for (std::size_t i = 0; i < chart.series.size(); ++i) {
    const render::Series& series = chart.series[i];
    ordered_json one{{"name", series.name},     {"color", hex(series.color)}, {"width", series.width},
                     {"marker", series.marker}, {"dashed", series.dashed},    {"x", rounded(series.x)},
                     {"y", rounded(series.y)}};
    if (!series.low.empty()) one["low"] = rounded(series.low), one["high"] = rounded(series.high);
    if (i < exploring.seeds.size()) {
      one["seeds"] = ordered_json::array();
      for (const render::Series& seed : exploring.seeds[i])
        one["seeds"].push_back({{"x", rounded(seed.x)}, {"y", rounded(seed.y)}});
    }
    json["series"].push_back(std::move(one));
  }
  for (const render::Bars& bars : chart.bars)
    json["bars"].push_back({{"name", bars.name},
                            {"color", hex(bars.color)},
                            {"edges", rounded(bars.edges)},
                            {"heights", rounded(bars.heights)}});
  return text_of(json);
}

std::string chart_data(const IntervalChart& chart, const std::string& caption) {
  ordered_json json{{"title", chart.title},          {"caption", caption},
                    {"label", chart.label},          {"bars", chart.bars},
                    {"rows", ordered_json::array()}, {"lines", reference_lines(chart.reference_lines)}};
  for (const IntervalRow& row : chart.rows)
    json["rows"].push_back({{"name", row.name},
                            {"color", hex(render::series_color(row.color))},
                            {"value", rounded(row.estimate.value)},
                            {"low", rounded(row.estimate.interval.low)},
                            {"high", rounded(row.estimate.interval.high)},
                            {"words", !chart.bars && row.estimate.spreadless() ? alike_text(row.estimate) : ""}});
  return text_of(json);
}

}  // namespace cairn::comparison
