#include "render/window/descents_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <thread>
#include <utility>

namespace cairn::render {

namespace {

constexpr double seconds = 10;  // that the whole way down takes, at speed 1
constexpr double slowest = 1.0 / 64, fastest = 64;

const std::vector<KeyHelp> keys = {
    {"H", "this help"},
    {"Space", "pause and go on"},
    {"N", "one step"},
    {"+  -", "faster, slower"},
    {"R", "from the start again"},
    {"Click", "start from there; the start can be dragged, too"},
    {"Sliders", "of the rule whose row was clicked; a click on its colour puts it away"},
    {"Wheel", "zooms the map and the losses; drag moves them; double click shows all again"},
    {"F", "fill the screen, and back"},
    {"S", "save a screenshot"},
    {"Q  Esc", "close the window"}};

constexpr float near = 12;  // units about the start within which the mouse takes hold of it
constexpr float still = 3;  // units that a click may move

}  // namespace

DescentsView::DescentsView(DescentSheet sheet, Descend descend)
    : sheet_(std::move(sheet)),
      descend_(std::move(descend)),
      window_("Cairn: " + sheet_.title),
      ground_(picture_for(window_, descents_width, descents_height)),
      picture_(picture_for(window_, descents_width, descents_height)),
      last_frame_(Clock::now()) {
  if (sheet_.plane()) before_ = start();
  draw_ground();
}

void DescentsView::draw_ground() {
  charts_.page.placed.clear();
  plane_ = draw_landscape(ground_, sheet_, &charts_.page);
}

DescentPlaces DescentsView::places() const {
  return lay_out_descents(picture_.width(), picture_.height(), sheet_);
}

DescentsView::Start DescentsView::start() const {
  return {sheet_.descents.front().x.front(), sheet_.descents.front().y.front()};
}

/// One rule's way from where all begin, as its knobs stand now.
void DescentsView::descend_anew(std::size_t rule) {
  Descent& old = sheet_.descents[rule];
  try {
    Descent made = sheet_.plane() ? descend_(rule, start().x, start().y, old.knobs) : descend_(rule, 0, 0, old.knobs);
    made.knobs = std::move(old.knobs);
    made.hidden = old.hidden;
    old = std::move(made);
    message_.clear();
  } catch (const std::exception& error) {
    message_ = error.what();
  }
}

void DescentsView::begin_at(Start start) {
  for (Descent& descent : sheet_.descents) {
    descent.x.front() = start.x;
    descent.y.front() = start.y;
  }
  for (std::size_t rule = 0; rule < sheet_.descents.size(); ++rule) descend_anew(rule);
}

/// Where that is on the landscape.
bool DescentsView::begin_under(Point at) {
  const ScalarField& field = sheet_.landscape.field;
  const double x = plane_.x_at(at.x), y = plane_.y_at(at.y);
  if (!sheet_.plane() || x < field.x_low || x > field.x_high || y < field.y_low || y > field.y_high) return false;
  begin_at({x, y});
  return true;
}

void DescentsView::turn_knob(float x) {
  const std::size_t knob = *held_knob_;
  Slider& slider = sheet_.descents[*sheet_.turned].knobs[knob];
  slider.value = value_under(x, places().knobs[knob], slider);
  descend_anew(*sheet_.turned);
}

/// On the start or a knob, to hold it; on a row of the legend, to turn that rule's knobs, on its colour, to put it
/// away.
void DescentsView::click(Point at) {
  if (sheet_.plane() && plane_.holds(at)) {
    const Point mark = plane_.at(start().x, start().y);
    start_held_ = std::hypot(mark.x - at.x, mark.y - at.y) <= near;
    if (!start_held_) pressed_at_ = at;
  }
  const DescentPlaces places = this->places();
  for (std::size_t i = 0; i < places.knobs.size(); ++i)
    if (places.knobs[i].holds(at)) {
      held_knob_ = i;
      step_ = sheet_.steps();
      turn_knob(at.x);
    }
  for (std::size_t i = 0; i < places.rows.size(); ++i) {
    if (!places.rows[i].holds(at)) continue;
    if (at.x < places.rows[i].x + descent_key_width)
      sheet_.descents[i].hidden = !sheet_.descents[i].hidden;
    else if (!sheet_.descents[i].knobs.empty())
      sheet_.turned = i;
  }
}

void DescentsView::move(Point to) {
  if (pressed_at_ && std::hypot(to.x - pressed_at_->x, to.y - pressed_at_->y) > still) pressed_at_.reset();
  if (held_knob_) turn_knob(to.x);
  if (start_held_ && begin_under(to)) step_ = sheet_.steps();
}

void DescentsView::let_go(Point at) {
  if (const Start before = sheet_.plane() ? start() : Start{}; pressed_at_ && begin_under(at)) {
    before_ = before;
    step_ = 0;
    due_ = 0;
  }
  start_held_ = false;
  pressed_at_.reset();
  held_knob_.reset();
}

void DescentsView::use_mouse(const Event& event) {
  const Point at = in_units(event, picture_);
  if (event.kind == Event::Kind::clicked) click(at);
  if (event.kind == Event::Kind::moved) moved_to_ = at;
  if (event.kind == Event::Kind::let_go) {
    move(at);
    let_go(at);
  }
  if (event.kind == Event::Kind::unfocused) {
    start_held_ = false;
    held_knob_.reset();
    pressed_at_.reset();
  }
  if (start_held_ || held_knob_ || !charts_.answer(event, at)) return;
  draw_ground();
  if (event.kind != Event::Kind::clicked || !plane_.holds(at)) return;
  begin_at(before_);  // the first of the two clicks was none
  pressed_at_.reset();
}

void DescentsView::press(int key) {
  switch (key) {
    case 'q':
      open_ = false;
      break;
    case Event::escape:
      if (help_)
        help_ = false;
      else
        open_ = false;
      break;
    case 'h':
      help_ = !help_;
      break;
    case Event::space:
      paused_ = !paused_;
      break;
    case 'n':
      paused_ = true;
      due_ = 1;
      break;
    case '+':
      speed_ = std::min(fastest, 2 * speed_);
      break;
    case '-':
      speed_ = std::max(slowest, speed_ / 2);
      break;
    case 'r':
      step_ = 0;
      break;
    case 's':
      shot_wanted_ = true;
      break;
    default:
      break;
  }
}

bool DescentsView::frame() {
  const auto begin = Clock::now();
  while (const std::optional<Event> event = window_.poll()) {
    if (event->kind == Event::Kind::closed) open_ = false;
    if (event->kind == Event::Kind::pressed) press(event->key);
    use_mouse(*event);
    if (event->kind == Event::Kind::resized) {
      ground_ = picture_for(window_, descents_width, descents_height);
      picture_ = picture_for(window_, descents_width, descents_height);
      draw_ground();
    }
  }
  if (moved_to_) move(*moved_to_);  // once, however often it has moved since
  moved_to_.reset();
  const double elapsed = std::min(0.1, std::chrono::duration<double>(begin - last_frame_).count());
  last_frame_ = begin;
  if (!paused_) due_ += elapsed * speed_ * static_cast<double>(sheet_.steps()) / seconds;
  for (; due_ >= 1; --due_) step_ = std::min(step_ + 1, sheet_.steps());

  picture_.paste(ground_, {0, 0, picture_.width(), picture_.height()});
  charts_.page.placed.erase(charts_.page.placed.begin() + (sheet_.plane() ? 1 : 0), charts_.page.placed.end());
  draw_descents(picture_, plane_, sheet_, step_, &charts_.page, held_knob_);
  if (!start_held_ && !held_knob_) charts_.draw_reading(picture_);
  draw_foot(picture_, {plane_.right(), picture_.height() - 24, picture_.width() - plane_.right(), 24},
            {.learner = {}, .world = {}, .message = message_},
            sheet_.plane() ? "H  keys     Click  another start     Space  pause" : "H  keys     Space  pause");
  if (help_) draw_help(picture_, {0, 0, picture_.width(), picture_.height()}, keys);
  if (shot_wanted_) {
    message_ = save_screenshot(picture_, fmt::format("landscape-{}-{}.png", sheet_.title, step_));
    shot_wanted_ = false;
  }
  if (!open_) return false;
  window_.show(picture_);
  std::this_thread::sleep_until(begin + frame_time);
  return true;
}

}  // namespace cairn::render
