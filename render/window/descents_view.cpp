#include "render/window/descents_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace cairn::render {

namespace {

constexpr double seconds = 10;  // that the whole way down takes, at speed 1
constexpr double slowest = 1.0 / 64, fastest = 64;

const std::vector<KeyHelp> keys = {
    {"H", "this help"},         {"Space", "pause and go on"},  {"N", "one step"},
    {"+  -", "faster, slower"}, {"R", "from the start again"}, {"Click", "start from there"},
    {"S", "save a screenshot"}, {"Q  Esc", "close the window"}};

}  // namespace

DescentsView::DescentsView(DescentSheet sheet, Descend descend)
    : sheet_(std::move(sheet)),
      descend_(std::move(descend)),
      window_("Cairn: " + sheet_.title, window_width, window_height),
      ground_(picture_for(window_, descents_width, descents_height)),
      picture_(picture_for(window_, descents_width, descents_height)),
      last_frame_(Clock::now()) {
  draw_ground();
}

void DescentsView::draw_ground() {
  plane_ = draw_landscape(ground_, sheet_);
}

void DescentsView::click(float x, float y) {
  if (!sheet_.plane()) return;
  const float scale = static_cast<float>(picture_.width_pixels()) / picture_.width();
  const auto across = static_cast<double>((x / scale - plane_.x) / plane_.width);
  const auto up = static_cast<double>((plane_.bottom() - y / scale) / plane_.height);
  if (across < 0 || across > 1 || up < 0 || up > 1) return;
  const ScalarField& field = sheet_.landscape.field;
  sheet_.descents =
      descend_(field.x_low + across * (field.x_high - field.x_low), field.y_low + up * (field.y_high - field.y_low));
  step_ = 0;
  due_ = 0;
  draw_ground();
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
    if (event->kind == Event::Kind::clicked) click(static_cast<float>(event->x), static_cast<float>(event->y));
    if (event->kind == Event::Kind::resized) {
      ground_ = picture_for(window_, descents_width, descents_height);
      picture_ = picture_for(window_, descents_width, descents_height);
      draw_ground();
    }
  }
  const double elapsed = std::min(0.1, std::chrono::duration<double>(begin - last_frame_).count());
  last_frame_ = begin;
  if (!paused_) due_ += elapsed * speed_ * static_cast<double>(sheet_.steps()) / seconds;
  for (; due_ >= 1; --due_) step_ = std::min(step_ + 1, sheet_.steps());

  picture_.paste(ground_, {0, 0, picture_.width(), picture_.height()});
  draw_descents(picture_, plane_, sheet_, step_);
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
