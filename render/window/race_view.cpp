#include "render/window/race_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "render/dashboard.h"
#include "render/picture_canvas.h"
#include "render/shown_worlds.h"
#include "render/window/display.h"
#include "render/window/window.h"

namespace cairn::render {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double slowest = 0.125, fastest = 16;

const std::vector<KeyHelp> keys = {{"H", "this help"},
                                   {"Space", "stop the worlds that are shown, not the race; and go on"},
                                   {"+  -", "the shown worlds faster, slower"},
                                   {"S", "save a screenshot"},
                                   {"Q  Esc", "close the window"}};

/// What the person at the window wants.
struct Wishes {
  bool open = true, paused = false, help = false, shot = false;
  double speed = 1;

  void press(int key) {
    if (key == 'q' || (key == Event::escape && !help)) open = false;
    if (key == 'h' || key == Event::escape) help = key == 'h' && !help;
    if (key == Event::space) paused = !paused;
    if (key == '+') speed = std::min(fastest, 2 * speed);
    if (key == '-') speed = std::max(slowest, speed / 2);
    if (key == 's') shot = true;
  }
};

}  // namespace

RaceView::RaceView(const RaceBoard& board, RaceSheet sheet, envs::EnvironmentFactory factory, std::uint64_t seed)
    : board_(board), sheet_(std::move(sheet)), factory_(std::move(factory)), thread_("The race goes on without it.") {
  if (thread_.possible()) thread_.start([this, seed](const std::stop_token& stop) { run(stop, seed); });
}

void RaceView::linger() {
  if (display_lost()) say("The X display is gone. The race went on without the window.");
  thread_.linger();
}

void RaceView::run(const std::stop_token& stop, std::uint64_t seed) {
  Window window("Cairn: " + sheet_.title, window_width, window_height);
  Picture picture = picture_for(window, race_width, race_height);
  sheet_.racers = board_.look();
  std::vector<ShownWorlds> worlds;
  std::vector<std::shared_ptr<const agents::Policy>> flown(sheet_.racers.size());
  for (std::size_t i = 0; i < sheet_.racers.size(); ++i) worlds.emplace_back(factory_, 1, seed);
  for (ShownWorlds& world : worlds) world.set_best_actions(true);

  Wishes wishes;
  std::string message;
  double due = 0;  // steps of the shown worlds
  auto last = Clock::now();
  while (!stop.stop_requested() && wishes.open) {
    const auto begin = Clock::now();
    while (const std::optional<Event> event = window.poll()) {
      if (event->kind == Event::Kind::closed) wishes.open = false;
      if (event->kind == Event::Kind::pressed) wishes.press(event->key);
      if (event->kind == Event::Kind::resized) picture = picture_for(window, race_width, race_height);
    }
    sheet_.racers = board_.look();
    for (std::size_t i = 0; i < worlds.size(); ++i) {
      const std::shared_ptr<const agents::Policy>& newest = sheet_.racers[i].policy;
      if (newest != nullptr && newest != flown[i]) worlds[i].set_policy(*newest);
      flown[i] = newest;
    }
    const double elapsed = std::min(0.1, std::chrono::duration<double>(begin - last).count());
    last = begin;
    if (!wishes.paused) due += elapsed * wishes.speed * worlds[0].spec().steps_a_second;
    const auto moves = static_cast<int>(due);
    due -= moves;
    for (int i = 0; i < moves; ++i)
      for (ShownWorlds& world : worlds) world.step();

    draw_race(picture, sheet_, [&](std::size_t i, Picture& page, Box box) {
      PictureCanvas canvas(page, box, 6);
      worlds[i].world(0).environment->draw(canvas);
    });
    draw_foot(picture, {0, picture.height() - 16, picture.width(), 16},
              {.learner = {}, .world = {}, .message = message}, "H  keys");
    if (wishes.help) draw_help(picture, {0, 0, picture.width(), picture.height()}, keys);
    if (wishes.shot) {
      message = save_screenshot(picture, fmt::format("race-{}.png", sheet_.racers[0].steps));
      wishes.shot = false;
    }
    window.show(picture);
    std::this_thread::sleep_until(begin + frame_time);
  }
}

}  // namespace cairn::render
