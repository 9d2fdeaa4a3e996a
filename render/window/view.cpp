#include "render/window/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>
#include <utility>

#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {

using namespace std::chrono_literals;

constexpr auto chart_time = 250ms;     // in which the curves, or the page in their place, are drawn anew
constexpr auto unbounded_time = 25ms;  // of each frame, for moving worlds as fast as they go
struct Speed {
  double factor;  // 0: as fast as they go
  const char* name;
};
constexpr std::array<Speed, 8> speeds{{{0.125, "1/8 speed"},
                                       {0.25, "1/4 speed"},
                                       {0.5, "half speed"},
                                       {1, "real time"},
                                       {2, "2x speed"},
                                       {4, "4x speed"},
                                       {8, "8x speed"},
                                       {0, "as fast as they go"}}};
constexpr int real_time = 3;
constexpr double most_smooth = 0.99;

/// What held digits do, from 1: an action each, or of a continuous one each component's lowest and highest value.
int digits(const envs::Spec& spec) {
  return static_cast<int>(
      std::min<std::size_t>(9, spec.discrete() ? spec.action_names.size() : 2 * spec.action.size()));
}
std::string name_of(const envs::Spec& spec, int digit) {
  const auto i = static_cast<std::size_t>(digit - 1);
  if (spec.discrete()) return spec.action_names[i];
  const envs::Component& component = spec.action[i / 2];
  return fmt::format("{} {:g}", component.name, i % 2 == 0 ? component.low : component.high);
}
std::vector<float> action_of(const envs::Spec& spec, int digit) {
  const auto i = static_cast<std::size_t>(digit - 1);
  if (spec.discrete()) return {static_cast<float>(i)};
  std::vector<float> action;
  for (const envs::Component& component : spec.action)
    action.push_back(std::clamp(0.0F, component.low, component.high));
  action[i / 2] = i % 2 == 0 ? spec.action[i / 2].low : spec.action[i / 2].high;
  return action;
}

Picture page_for(const Window& window) {
  const float share = layout_share(window.width(), window.height());
  return picture_for(window, share * view_width, share * view_height);
}

Picture charts_for(const Picture& whole, bool strip) {
  const Box box = on_pixels(whole, lay_out(whole.width(), whole.height(), true, strip)).charts;
  const float pixel = whole.pixel();
  return {static_cast<int>(std::lround(box.width / pixel)), static_cast<int>(std::lround(box.height / pixel)),
          1 / pixel};
}

}  // namespace

View::View(const ViewOptions& options)
    : worlds(options.factory, options.worlds, options.seed),
      options_(options),
      window_("Cairn: " + options.learner + (options.learner.empty() ? "" : " in ") + worlds.spec().id, options.width,
              options.height),
      picture_(page_for(window_)),
      chart_picture_(charts_for(picture_, options.pilots)),
      speed_(real_time),
      last_frame_(Clock::now()) {
  status.learner = options.learner;
  status.world = worlds.spec().id;
  status.task = worlds.spec().summary;
  curves.threshold = worlds.spec().return_threshold;
  if (options.curves)
    controls.push_back({.slider = {.name = "Smoothing  M", .high = most_smooth},
                        .say = [](double kept) { return kept > 0 ? smoothing_said(kept) : "none"; },
                        .set = [this](double kept) { smooth(kept); }});
}

void View::smooth(double kept) {
  charts_.page.smoothing = kept;
  controls.front().slider.value = kept;
  redraw_charts();
}

void View::redraw_charts() {
  curves_stale_ = true;
  charts_drawn_ = {};
}

std::vector<KeyHelp> View::keys() const {
  std::vector<KeyHelp> all{{"H", "this help"},
                           {"Space", "pause and go on"},
                           {"N", "while paused: one step of the shown worlds"},
                           {"+  -", "faster, slower: from slow motion to as fast as the shown worlds go"},
                           {"Tab", "one world large, or all; so does a double click"},
                           {"Left  Right", "choose a world; so does a click"},
                           {"D", "fly by the policy's best actions, or as it explores"}};
  std::string actions;
  for (int digit = 1; digit <= digits(worlds.spec()); ++digit)
    actions += fmt::format("{}{} {}", digit == 1 ? "" : ", ", digit, name_of(worlds.spec(), digit));
  all.push_back({"1  2  …", "while held, you fly the chosen world: " + actions});
  if (!more_pages.empty()) {
    std::string pages = "Curves";
    for (const Page& page : more_pages) pages += ", " + page.name;
    all.push_back({"V", "what stands on the right: " + pages});
  }
  if (options_.curves) {
    all.push_back({"M", "smooth the curves: more and more, then not at all"});
    all.push_back({"Mouse", "over charts: says values; wheel zooms, drag moves, double click shows all again"});
    all.push_back({"", "on a legend: puts a curve away; on one large world: wheel and drag likewise"});
  }
  if (options_.pilots) all.push_back({",  .", "back to an earlier policy, and on; so does the strip below the curves"});
  all.insert(all.end(), more_keys.begin(), more_keys.end());
  all.push_back({"F", "fill the screen, and back"});
  all.push_back({"S", "save a screenshot"});
  all.push_back({"R", "start and stop recording the window as .mp4"});
  all.push_back({"Q  Esc", "close the window"});
  return all;
}

void View::press(int key) {
  const int last = worlds.size() - 1;
  switch (key) {
    case 'q':
      open_ = false;
      break;
    case Event::escape:
      if (look_.help)
        look_.help = false;
      else
        open_ = false;
      break;
    case 'h':
      look_.help = !look_.help;
      break;
    case Event::space:
      paused_ = !paused_;
      break;
    case 'n':
      if (paused_) ++due_steps_;
      break;
    case ',':
      pilots.go_back();
      break;
    case '.':
      pilots.go_on();
      break;
    case '+':
      speed_ = std::min(speed_ + 1, static_cast<int>(speeds.size()) - 1);
      break;
    case '-':
      speed_ = std::max(speed_ - 1, 0);
      break;
    case Event::tab:
      look_.alone = !look_.alone;
      look_.part = {};
      break;
    case Event::left:
      look_.selected = look_.selected == 0 ? last : look_.selected - 1;
      look_.part = {};
      break;
    case Event::right:
      look_.selected = look_.selected == last ? 0 : look_.selected + 1;
      look_.part = {};
      break;
    case 'd':
      worlds.set_best_actions(!worlds.best_actions());
      break;
    case 's':
      shot_wanted_ = true;
      break;
    case 'r':
      status.message = recording_.start_or_stop(file(".mp4"), picture_);
      break;
    case 'm':
      if (options_.curves) smooth(next_smoothing(charts_.page.smoothing));
      break;
    case 'v':
      show_page((page_ + 1) % (1 + more_pages.size()));
      break;
    default:
      if (key >= '1' && key <= '0' + digits(worlds.spec())) {
        held_ = key - '0';
        break;
      }
      if (on_key) on_key(key);
  }
}

void View::handle(const Event& event) {
  switch (event.kind) {
    case Event::Kind::closed:
      open_ = false;
      break;
    case Event::Kind::resized:
      picture_ = page_for(window_);
      chart_picture_ = charts_for(picture_, options_.pilots);
      redraw_charts();
      break;
    case Event::Kind::pressed:
      press(event.key);
      break;
    case Event::Kind::released:
      if (event.key - '0' == held_) held_ = 0;
      break;
    case Event::Kind::unfocused:
      held_ = 0;
      let_go_of_all();
      break;
    case Event::Kind::clicked:
    case Event::Kind::let_go:
    case Event::Kind::moved:
    case Event::Kind::turned:
      use_mouse(event);
  }
}

ViewLayout View::layout() const {
  return on_pixels(picture_, lay_out(picture_.width(), picture_.height(), options_.curves, options_.pilots));
}

PolicyStrip View::strip() const {
  PolicyStrip strip{.moments = moments_, .moment = pilots.moment(), .over = {}};
  const std::vector<PlacedChart>& placed = charts_.page.placed;
  if (page_ != 0 || placed.empty()) return strip;
  const auto look = charts_.page.looks.find(placed.front().name);
  const bool zoomed = look != charts_.page.looks.end() && look->second.x;
  if (!zoomed) strip.over = placed.front().plot;
  return strip;
}

void View::show_page(std::size_t page) {
  page_ = page;
  redraw_charts();
}

void View::move_worlds() {
  pilots.fly(worlds);
  worlds.give_back();
  if (held_ > 0) worlds.take_over(look_.selected, action_of(worlds.spec(), held_));
  const auto now = Clock::now();
  const double elapsed = std::min(0.1, std::chrono::duration<double>(now - last_frame_).count());
  last_frame_ = now;
  const double factor = speeds[static_cast<std::size_t>(speed_)].factor;
  if (!paused_ && factor == 0) {
    while (Clock::now() - now < unbounded_time && worlds.has_policy()) worlds.step();
    return;
  }
  if (!paused_) worlds.advance(elapsed * factor * worlds.spec().steps_a_second);
  for (; due_steps_ >= 1; --due_steps_) worlds.step();
}

void View::draw_charts() {
  Box box{0, 0, chart_picture_.width(), chart_picture_.height()};
  chart_picture_.fill(box, page_color);
  if (!more_pages.empty()) {
    std::vector<std::string> names{"Curves"};
    for (const Page& page : more_pages) names.push_back(page.name);
    page_places_.clear();
    box = draw_page_names(chart_picture_, box, names, page_, page_places_);
  }
  charts_.page.placed.clear();
  if (page_ == 0)
    draw_curves(chart_picture_, box, curves, &charts_.page);
  else
    more_pages[page_ - 1].draw(chart_picture_, box, charts_.page);
  const Box charts = layout().charts;
  charts_.page.shift({charts.x, charts.y});
  curves_stale_ = false;
  charts_drawn_ = Clock::now();
}

/// Below the worlds, between who flies them and how fast they go.
void View::draw_flying_keys() {
  constexpr float small = 6, caption = 24, apart = 24;  // units
  const Box all = layout().worlds;
  const float left = all.x + picture_.text_width(small, look_.flown_by, look_.by_person) + apart;
  const float right = all.right() - picture_.text_width(small, look_.speed) - apart;
  std::vector<Keycap> keys;
  for (int digit = 1; digit <= digits(worlds.spec()); ++digit)
    keys.push_back({std::to_string(digit), name_of(worlds.spec(), digit), digit == held_});
  keycaps_ = draw_keycaps(picture_, {left, all.bottom() - caption, right - left, caption}, keys);
}

void View::draw() {
  const ViewLayout layout = this->layout();
  moments_ = pilots.moments();
  const std::optional<std::int64_t> moment = pilots.moment();
  const std::optional<double> marked = moment ? std::optional(static_cast<double>(*moment)) : std::nullopt;
  if (std::exchange(curves.moment, marked) != marked) curves_stale_ = true;
  const int turns = page_ == 0 ? 1 : more_pages[page_ - 1].turns;
  if (options_.curves && curves_stale_ && Clock::now() - charts_drawn_ >= chart_time / turns) draw_charts();
  look_.speed = speeds[static_cast<std::size_t>(speed_)].name;
  look_.flown_by = worlds.has_policy() ? flown_by + (worlds.best_actions() ? ", best actions" : ", exploring") : "";
  look_.by_person = held_ > 0;
  if (look_.by_person)
    look_.flown_by = fmt::format("You fly world {}: {}", look_.selected + 1, name_of(worlds.spec(), held_));
  if (moment && !look_.by_person)
    look_.flown_by = "Flown by the policy of step " + short_count(*moment) +
                     (worlds.best_actions() ? ", best actions" : ", exploring");
  look_.pilots = pilots.names();
  RunStatus shown = status;
  if (paused_) shown.state = "paused";
  picture_.fill(Box{0, 0, picture_.width(), picture_.height()}, page_color);
  pace_place_ = draw_head(picture_, layout.head, shown);
  if (recording_.running())
    picture_.disc({layout.head.right() - 22, layout.head.centre().y}, 6, envs::palette::vermilion);
  draw_worlds(picture_, layout.worlds, worlds, look_);
  draw_flying_keys();
  if (options_.curves) {
    picture_.paste(chart_picture_, layout.charts);
    draw_controls();
    if (options_.pilots) draw_policy_strip(picture_, layout.strip, strip());
    if (!on_strip_ && !held_control_) charts_.draw_reading(picture_);
  }
  draw_foot(picture_, layout.foot, shown, "");
  draw_foot_buttons();
  if (look_.help) draw_help(picture_, {0, 0, picture_.width(), picture_.height()}, keys());
}

std::filesystem::path View::file(const char* ending) const {
  const std::filesystem::path folder = options_.pictures.empty() ? "." : options_.pictures;
  return folder / fmt::format("view-{}-{}{}", worlds.spec().id, status.steps, ending);
}

bool View::frame() {
  const auto begin = Clock::now();
  while (const std::optional<Event> event = window_.poll()) handle(*event);
  move_worlds();
  draw();
  if (shot_wanted_) status.message = save_screenshot(picture_, file(".png"));
  shot_wanted_ = false;
  if (!open_) return false;
  if (const std::string trouble = recording_.add(picture_); !trouble.empty()) status.message = trouble;
  window_.show(picture_);
  std::this_thread::sleep_until(begin + frame_time);
  return true;
}

}  // namespace cairn::render
