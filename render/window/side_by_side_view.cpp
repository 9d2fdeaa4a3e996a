#include "render/window/side_by_side_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

#include "render/sheets/dashboard.h"

namespace cairn::render {

namespace {

constexpr double slowest_flight = 0.125, fastest_flight = 16;
constexpr double rest_seconds = 1.5;  // for which the end of an episode is shown

const std::vector<KeyHelp> flight_keys = {{"H", "this help"},
                                          {"Space", "pause and go on"},
                                          {"N", "while paused: one step"},
                                          {"Left  Right", "the episode before, the next one"},
                                          {"+  -", "faster, slower"},
                                          {"M", "smooth the curves: more and more, then not at all"},
                                          {"Mouse", "over a world: wheel magnifies all worlds, drag moves them"},
                                          {"", "over the chart: says values; wheel zooms, drag moves it"},
                                          {"", "double click shows all again"},
                                          {"S", "save a screenshot"},
                                          {"R", "start and stop recording the window as .mp4"},
                                          {"F", "fill the screen, and back"},
                                          {"Q  Esc", "close the window"}};

}  // namespace

SideBySideView::SideBySideView(SideBySide sheet, Fly fly)
    : sheet_(std::move(sheet)),
      fly_(std::move(fly)),
      window_("Cairn: " + sheet_.title),
      picture_(picture_for(window_, side_by_side_width, side_by_side_height)),
      last_frame_(Clock::now()) {
  begin(sheet_.episode);
}

void SideBySideView::begin(std::uint32_t episode) {
  sheet_.episode = episode;
  fly_(sheet_);
  position_ = 0;
  counted_ = episode < seen_;  // shown once more, it does not count again
  last_frame_ = Clock::now();
}

void SideBySideView::press(int key) {
  if (key == 'q' || (key == Event::escape && !help_)) open_ = false;
  if (key == 'h' || key == Event::escape) help_ = key == 'h' && !help_;
  if (key == Event::space) paused_ = !paused_;
  if (key == Event::space) message_ = paused_ ? "Paused" : "";
  if (key == 'n' && paused_) position_ = std::floor(position_) + 1;
  if (key == Event::left && sheet_.episode > 0) begin(sheet_.episode - 1);
  if (key == Event::right) begin(sheet_.episode + 1);
  if (key == '+') speed_ = std::min(fastest_flight, 2 * speed_);
  if (key == '-') speed_ = std::max(slowest_flight, speed_ / 2);
  if (key == '+' || key == '-') message_ = fmt::format("{:g} times real time", speed_);
  if (key == 'm') charts_.page.smoothing = next_smoothing(charts_.page.smoothing);
  if (key == 's') shot_ = true;
  if (key == 'r') message_ = recording_.start_or_stop(fmt::format("side-by-side-{}.mp4", sheet_.episode + 1), picture_);
}

void SideBySideView::move() {
  const auto now = Clock::now();
  const double elapsed = std::min(0.1, std::chrono::duration<double>(now - last_frame_).count());
  last_frame_ = now;
  if (!paused_) position_ += elapsed * speed_ * sheet_.steps_a_second;
  const auto end = static_cast<double>(sheet_.length());
  if (position_ < end) return;
  if (!std::exchange(counted_, true)) {
    for (Contender& one : sheet_.contenders) one.count();
    seen_ = sheet_.episode + 1;
  }
  if (position_ >= end + rest_seconds * speed_ * sheet_.steps_a_second) begin(sheet_.episode + 1);
}

bool SideBySideView::frame() {
  const auto begun = Clock::now();
  while (const std::optional<Event> event = window_.poll()) {
    const Point at = in_units(*event, picture_);
    charts_.answer(*event, at);
    hand_.answer(*event, at);
    if (event->kind == Event::Kind::closed) open_ = false;
    if (event->kind == Event::Kind::pressed) press(event->key);
    if (event->kind == Event::Kind::resized) picture_ = picture_for(window_, side_by_side_width, side_by_side_height);
  }
  move();
  charts_.page.placed.clear();
  hand_.worlds.clear();
  const auto draw_world = [&](std::size_t i, Picture& page, Box box) {
    hand_.worlds.push_back(box);
    draw_contender_world(page, box, sheet_, i, position_, hand_.part);
  };
  draw_side_by_side(picture_, sheet_, static_cast<std::size_t>(position_), draw_world, &charts_.page);
  charts_.draw_reading(picture_);
  if (recording_.running()) picture_.disc({picture_.width() - 8, 8}, 4, envs::palette::vermilion);
  draw_foot(picture_, {0, picture_.height() - 16, picture_.width(), 16},
            {.learner = {}, .world = {}, .message = message_}, "H  keys     Space  pause");
  if (help_) draw_help(picture_, {0, 0, picture_.width(), picture_.height()}, flight_keys);
  if (std::exchange(shot_, false))
    message_ = save_screenshot(picture_, fmt::format("side-by-side-{}.png", sheet_.episode + 1));
  if (const std::string trouble = recording_.add(picture_); !trouble.empty()) message_ = trouble;
  window_.show(picture_);
  std::this_thread::sleep_until(begun + frame_time);
  return open_;
}

}  // namespace cairn::render
