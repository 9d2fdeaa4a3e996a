#include "render/sheets/value_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <numbers>
#include <utility>

#include "render/drawing/chart.h"
#include "render/drawing/ticks.h"
#include "render/sheets/map_walls.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr int columns = 60, rows = 60;  // of the map
constexpr int asked = 36;               // columns and rows of a question
constexpr int levels = 12;
constexpr std::size_t remembered = 3000;                                      // visited states
constexpr float text_height = 7, small_height = 6, bar_height = 8, gap = 10;  // units
constexpr float foot = 5.5F * small_height + bar_height;

constexpr double near = 2, far = 4;  // cells of the map from a visited state where values begin and end to fade
constexpr float dimmed = 0.72F;      // how far what is further gives way to the ground
constexpr int dimming_steps = 4;

std::string label(const ValueMap::Axis& axis) {
  return axis.unit.empty() ? axis.name : axis.name + " (" + axis.unit + ")";
}

/// Components in their order, `cos X` and `sin X` as the one angle X.
std::vector<ValueMap::Axis> axes_of(const envs::Spec& spec) {
  std::vector<ValueMap::Axis> axes;
  for (std::size_t i = 0; i < spec.observation.size(); ++i) {
    const envs::Component& component = spec.observation[i];
    if (component.name.starts_with("cos ") && i + 1 < spec.observation.size() &&
        spec.observation[i + 1].name == "sin " + component.name.substr(4)) {
      axes.push_back({component.name.substr(4), "rad", static_cast<int>(i), static_cast<int>(i + 1),
                      -std::numbers::pi_v<float>, std::numbers::pi_v<float>});
      ++i;
      continue;
    }
    axes.push_back({component.name, component.unit, static_cast<int>(i), -1, component.low, component.high});
  }
  return axes;
}

bool is_place(const ValueMap::Axis& axis) {
  return axis.unit == "m" || axis.unit.ends_with(" m");
}

/// Of a field at some of its places, and whether there is more beyond elsewhere on it.
struct ValueRange {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  bool more_below = false, more_above = false;
  /// At the point of the field that is nearest.
  void add(const ScalarField& field, float x, float y) {
    if (!std::isfinite(x) || !std::isfinite(y)) return;
    const auto nearest = [](double value, double from, double to, int points) {
      const double share = std::clamp((value - from) / (to - from), 0.0, 1.0);
      return static_cast<int>(std::lround(share * (points - 1)));
    };
    const double value = field.at(nearest(static_cast<double>(x), field.x_low, field.x_high, field.columns),
                                  nearest(static_cast<double>(y), field.y_low, field.y_high, field.rows));
    if (std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
  }
  /// Where that is no range, of all the field.
  void settle(const ScalarField& field) {
    const auto [least, most] = std::ranges::minmax(field.values);
    if (!(low < high)) low = least, high = most;
    more_below = least < low;
    more_above = most > high;
  }
};

}  // namespace

float ValueMap::Axis::of(std::span<const float> observation) const {
  const float value = observation[static_cast<std::size_t>(component)];
  return sine < 0 ? value : std::atan2(observation[static_cast<std::size_t>(sine)], value);
}

void ValueMap::Axis::put(float value, std::span<float> observation) const {
  observation[static_cast<std::size_t>(component)] = sine < 0 ? value : std::cos(value);
  if (sine >= 0) observation[static_cast<std::size_t>(sine)] = std::sin(value);
}

ValueMap::ValueMap(envs::Spec spec)
    : spec_(std::move(spec)),
      axes_(axes_of(spec_)),
      up_(axes_.size() > 1 ? 1 : 0),
      seen_(axes_.size(), {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
  if (axes_.size() < 2 || (is_place(axes_[0]) && is_place(axes_[1]))) return;
  const auto first = [&](auto&& suits) { return static_cast<int>(std::ranges::find_if(axes_, suits) - axes_.begin()); };
  const int angle = first([](const Axis& axis) { return axis.unit == "rad"; });
  const int speed = first([](const Axis& axis) { return axis.unit == "rad/s" || axis.unit.ends_with(" rad/s"); });
  if (std::max(angle, speed) < static_cast<int>(axes_.size())) across_ = angle, up_ = speed;
}

void ValueMap::set_critic(agents::Policy critic, double reward_scale) {
  const bool same_shape = critic_ && critic_->parameters.size() == critic.parameters.size();
  critic_ = std::move(critic);
  reward_scale_ = reward_scale;
  if (!same_shape) scratch_ = critic_->scratch(columns);
}

void ValueMap::turn_across() {
  part_x_.reset();
  part_y_.reset();
  const auto count = static_cast<int>(axes_.size());
  across_ = (across_ + 1) % count;
  if (across_ == up_) across_ = (across_ + 1) % count;
}

void ValueMap::turn_up() {
  part_x_.reset();
  part_y_.reset();
  const auto count = static_cast<int>(axes_.size());
  up_ = (up_ + 1) % count;
  if (up_ == across_) up_ = (up_ + 1) % count;
}

void ValueMap::visit(const ShownWorlds& worlds) {
  for (int i = 0; i < worlds.size(); ++i) {
    const std::span<const float> observation = worlds.observation(i);
    for (std::size_t k = 0; k < seen_.size(); ++k) {
      const float value = axes_[k].of(observation);
      if (!std::isfinite(value)) continue;
      seen_[k].low = std::min(seen_[k].low, value);
      seen_[k].high = std::max(seen_[k].high, value);
    }
    visited_.emplace_back(observation.begin(), observation.end());
    if (visited_.size() > remembered) visited_.pop_front();
  }
}

/// Of an axis: what a person has zoomed to, or its bounds, or where there are none, what was seen on it and a little
/// more.
ValueMap::Reach ValueMap::reach(int index) const {
  if (const std::optional<Reach>& part = index == across_ ? part_x_ : part_y_) return *part;
  const auto k = static_cast<std::size_t>(index);
  Reach reach{axes_[k].low, axes_[k].high};
  const Reach seen = seen_[k].low <= seen_[k].high ? seen_[k] : Reach{-1, 1};
  const float more = std::max(0.1F * (seen.high - seen.low), 1e-3F);
  if (!std::isfinite(reach.low)) reach.low = seen.low - more;
  if (!std::isfinite(reach.high)) reach.high = seen.high + more;
  if (!(reach.low < reach.high)) reach.high = reach.low + 1;
  return reach;
}

/// A row of the map's points as observations, the other components as they are `now`.
void ValueMap::fill_row(const ScalarField& field, int row, std::span<const float> now,
                        Eigen::Ref<Eigen::MatrixXf> observations) const {
  for (int column = 0; column < field.columns; ++column) {
    std::ranges::copy(now, observations.col(column).begin());
    const std::span<float> point(observations.col(column).data(), now.size());
    axis(across_).put(static_cast<float>(field.x(column)), point);
    axis(up_).put(static_cast<float>(field.y(row)), point);
  }
}

/// The critic's values (of Q values the best action's) over the two components, the others as they are `now`, in
/// rewards as the world pays them.
ScalarField ValueMap::field(const Reach& x, const Reach& y, std::span<const float> now) {
  ScalarField field{
      .columns = columns, .rows = rows, .x_low = x.low, .x_high = x.high, .y_low = y.low, .y_high = y.high};
  Eigen::MatrixXf observations(spec_.observation_size(), columns);
  for (int row = 0; row < rows; ++row) {
    fill_row(field, row, now, observations);
    const auto values = critic_->evaluate(observations, *scratch_);
    for (int column = 0; column < columns; ++column)
      field.values.push_back(static_cast<double>(values.col(column).maxCoeff()) / reward_scale_);
  }
  return field;
}

ValueMap::Question ValueMap::ask(const ShownWorlds& worlds, int chosen) const {
  const Reach x = reach(across_), y = reach(up_);
  Question question{
      .field = {.columns = asked, .rows = asked, .x_low = x.low, .x_high = x.high, .y_low = y.low, .y_high = y.high},
      .across = across_,
      .up = up_,
      .observations = Eigen::MatrixXf(spec_.observation_size(), Eigen::Index{asked} * asked)};
  for (int row = 0; row < asked; ++row)
    fill_row(question.field, row, worlds.observation(chosen),
             question.observations.middleCols(Eigen::Index{row} * asked, asked));
  return question;
}

void ValueMap::set_novelty(Question answer) {
  novelty_ = std::move(answer);
}

/// What is drawn in one box: a field over the two components, or none, and where the shown worlds have been.
struct ValueMap::Map {
  const char* title;
  std::string note;  ///< beside the title
  std::optional<ScalarField> field;
  bool by_visited;   ///< whether colours span the values where the worlds have been; else all there are
  const char* keys;  ///< what is written below
  Reach x, y;
};

/// Each pair of axes is zoomed for itself.
std::string ValueMap::look_name() const {
  return "map of " + axis(across_).name + " and " + axis(up_).name;
}

void ValueMap::draw(Picture& picture, Box box, const ShownWorlds& worlds, int chosen, ChartPage* page) {
  const ChartLook look = page == nullptr ? ChartLook{} : page->looks[look_name()];
  const auto part = [](const std::optional<ChartLook::Ends>& ends) {
    return ends ? std::optional(Reach{static_cast<float>(ends->low), static_cast<float>(ends->high)}) : std::nullopt;
  };
  part_x_ = part(look.x);
  part_y_ = part(look.y);
  if (novelty_ && novelty_->across == across_ && novelty_->up == up_) {
    draw_pair(picture, picture.on_pixels(box), worlds, chosen, page);
  } else {
    pair_.reset();
    draw_values(picture, box, worlds, chosen, page);
  }
}

void ValueMap::draw_values(Picture& picture, Box box, const ShownWorlds& worlds, int chosen, ChartPage* page) {
  const Reach x = reach(across_), y = reach(up_);
  std::optional<ScalarField> values;
  if (critic_) values = field(x, y, worlds.observation(chosen));
  std::string scaled;
  if (critic_ && reward_scale_ != 1)
    scaled = "as the world pays; learned from rewards × " + fmt::format("{:.3g}", reward_scale_);
  draw_map(picture, box,
           {critic_ ? "Value of a state" : "States visited", std::move(scaled), std::move(values), true,
            "X  Y  other components; the others are as in the chosen world", x, y},
           worlds, chosen, page);
}

/// The values above, the novelty below; `box` with its edges on pixels.
void ValueMap::draw_pair(Picture& picture, Box box, const ShownWorlds& worlds, int chosen, ChartPage* page) {
  const float pixel = picture.pixel() > 0 ? picture.pixel() : 0.5F;  // in an SVG file as fine as in a PNG file
  const bool first =
      !pair_ || pair_->box != box || pair_->pixel != pixel || pair_->across != across_ || pair_->up != up_;
  if (first) {
    const auto pixels = [&](float length) { return static_cast<int>(std::lround(length / pixel)); };
    pair_ = Pair{.box = box,
                 .pixel = pixel,
                 .across = across_,
                 .up = up_,
                 .picture = Picture(pixels(box.width), pixels(box.height), 1 / pixel)};
    pair_->picture.fill(Box{0, 0, box.width, box.height}, page_color);
  }
  const float height = (box.height - gap) / 2;
  const Box above{0, 0, box.width, height}, below{0, box.height - height, box.width, height};
  const auto anew = [&](Box half, ChartPage& placed) {
    pair_->picture.fill(half, page_color);
    placed.placed.clear();
  };
  const bool zoomed = pair_->part_x != part_x_ || pair_->part_y != part_y_;  // a hand waits for the values
  const bool values = first || zoomed || pair_->values_next, novelty = first || !values;
  pair_->values_next = novelty;
  if (values) {
    anew(above, pair_->values);
    draw_values(pair_->picture, above, worlds, chosen, &pair_->values);
    pair_->part_x = part_x_;
    pair_->part_y = part_y_;
  }
  if (novelty) {
    anew(below, pair_->novelty);
    const ScalarField& answer = novelty_->field;
    draw_map(pair_->picture, below,
             {"Novelty: the bonus of reaching a state",
              "",
              answer,
              false,
              "",
              {static_cast<float>(answer.x_low), static_cast<float>(answer.x_high)},
              {static_cast<float>(answer.y_low), static_cast<float>(answer.y_high)}},
             worlds, chosen, &pair_->novelty);
  }
  picture.paste(pair_->picture, box);
  if (page == nullptr) return;
  for (ChartPage placed : {pair_->values, pair_->novelty}) {
    placed.shift({box.x, box.y});
    std::ranges::move(placed.placed, std::back_inserter(page->placed));
  }
}

/// Of what a critic makes up where nobody was, little is seen: the further from any visited state, in cells of the map,
/// the less.
void ValueMap::dim_unvisited(Picture& picture, const Plot& plot, const Map& map, std::span<const float> now) const {
  ScalarField away{.columns = columns,
                   .rows = rows,
                   .x_low = map.x.low,
                   .x_high = map.x.high,
                   .y_low = map.y.low,
                   .y_high = map.y.high,
                   .values = std::vector<double>(static_cast<std::size_t>(columns) * rows, far * far)};
  const auto visit = [&](std::span<const float> state) {
    const float x = (axis(across_).of(state) - map.x.low) / (map.x.high - map.x.low) * (columns - 1);
    const float y = (axis(up_).of(state) - map.y.low) / (map.y.high - map.y.low) * (rows - 1);
    if (!(x >= 0 && x <= columns - 1 && y >= 0 && y <= rows - 1)) return;
    const int column = static_cast<int>(x), row = static_cast<int>(y), reached = static_cast<int>(far);
    for (int r = std::max(0, row - reached); r <= std::min(rows - 1, row + 1 + reached); ++r)
      for (int c = std::max(0, column - reached); c <= std::min(columns - 1, column + 1 + reached); ++c) {
        double& nearest = away.values[static_cast<std::size_t>(r) * columns + static_cast<std::size_t>(c)];
        const double across = static_cast<double>(x) - c, up = static_cast<double>(y) - r;
        nearest = std::min(nearest, across * across + up * up);  // squared until all are known
      }
  };
  for (const std::vector<float>& state : visited_) visit(state);
  visit(now);
  for (double& nearest : away.values) nearest = std::sqrt(nearest);
  const float each = 1 - std::pow(1 - dimmed, 1.0F / dimming_steps);  // together they cover `dimmed`
  for (int i = 0; i < dimming_steps; ++i)
    fill_above(picture, plot, away, near + (far - near) * i / dimming_steps, faded(sky, each));
}

void ValueMap::draw_map(Picture& picture, Box box, Map map, const ShownWorlds& worlds, int chosen,
                        ChartPage* page) const {
  const std::span<const float> now = worlds.observation(chosen);
  const Axis &across = axis(across_), &up = axis(up_);
  const bool shaded = map.field.has_value();
  Chart chart{.title = map.title,
              .note = map.note,
              .x = {.label = label(across), .low = map.x.low, .high = map.x.high},
              .y = {.label = label(up), .low = map.y.low, .high = map.y.high},
              .text_height = text_height};

  ValueRange shown;
  std::optional<Landscape> landscape;
  if (shaded) {
    landscape = Landscape{
        .field = std::move(*map.field), .levels = {}, .shaded = true, .meaning = map.by_visited ? "value" : "novelty"};
    if (map.by_visited) {
      for (const std::vector<float>& state : visited_) shown.add(landscape->field, across.of(state), up.of(state));
      shown.add(landscape->field, across.of(now), up.of(now));
    }
    shown.settle(landscape->field);
    for (int i = 1; i <= levels; ++i)
      landscape->levels.push_back(shown.low + (shown.high - shown.low) * i / (levels + 1));
  }

  Series visited{.name = "visited", .color = faded(ink, shaded ? 0.35F : 0.6F), .width = 0, .marker = 1.3F};
  for (const std::vector<float>& state : visited_) {
    visited.x.push_back(static_cast<double>(across.of(state)));
    visited.y.push_back(static_cast<double>(up.of(state)));
  }
  Series here{.name = "chosen world", .color = vermilion, .width = 0, .marker = 5};
  here.x = {static_cast<double>(across.of(now))};
  here.y = {static_cast<double>(up.of(now))};
  chart.series = {std::move(visited), std::move(here)};
  box = picture.on_pixels(box);
  picture.fill(box, sky, text_height);
  Box place{box.x, box.y, box.width, box.height - foot};
  if (is_place(across) && across.unit == up.unit) {  // a metre is as long upwards as across
    Picture ruler(1, 1);
    const Box plot = draw_chart(ruler, place, chart);
    const float unit = std::min(plot.width / (map.x.high - map.x.low), plot.height / (map.y.high - map.y.low));
    place.width -= plot.width - unit * (map.x.high - map.x.low);
    place.height -= plot.height - unit * (map.y.high - map.y.low);
  }
  chart.landscape = std::move(landscape);
  Chart answering = chart;  // what a mouse asks: of values, not of single states
  answering.series.clear();
  const Plot plot = draw_chart(picture, place, chart, [&](const Plot& over) {
    if (shaded && map.by_visited && !visited_.empty()) dim_unvisited(picture, over, map, now);
    if (across.sine < 0 && up.sine < 0)
      draw_walls(picture, over, *worlds.world(chosen).environment,
                 spec_.observation[static_cast<std::size_t>(across.component)],
                 spec_.observation[static_cast<std::size_t>(up.component)]);
  });
  if (page != nullptr) page->placed.push_back({look_name(), std::move(answering), plot, place});

  const float base = box.bottom() - 1.2F * small_height;
  picture.text({box.x + text_height, base}, small_height, map.keys, faint);
  if (!shaded) return;
  const float bar_y = box.bottom() - foot + 1.2F * small_height;
  const std::string low = (shown.more_below ? "≤ " : "") + short_number(shown.low);
  const std::string high = (shown.more_above ? "≥ " : "") + short_number(shown.high);
  const float from = box.x + 2 * text_height + picture.text_width(small_height, low);
  const float to = box.right() - 2 * text_height - picture.text_width(small_height, high);
  picture.text({from - text_height, bar_y + bar_height / 2 + small_height / 2}, small_height, low, ink, Align::right);
  picture.text({to + text_height, bar_y + bar_height / 2 + small_height / 2}, small_height, high, ink);
  for (int i = 0; i <= levels; ++i) {
    const float each = (to - from) / (levels + 1);
    picture.fill(Box{from + each * static_cast<float>(i), bar_y, each + 0.5F, bar_height},
                 ramp(static_cast<double>(i) / levels));
  }
}

}  // namespace cairn::render
