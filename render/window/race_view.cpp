#include "render/window/race_view.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "agents/training/signals.h"
#include "render/dashboard.h"
#include "render/picture_canvas.h"
#include "render/shown_worlds.h"
#include "render/window/display.h"
#include "render/window/window.h"

namespace cairn::render {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto frame_time = 33'333us;
constexpr auto waiting_time = 5ms;
constexpr int politeness = 10;  // nice value of the window's thread: learning comes first
constexpr int window_width = 1280, window_height = 720;
constexpr double slowest = 0.125, fastest = 16;

const std::vector<KeyHelp> keys = {{"H", "this help"},
                                   {"Space", "stop the worlds that are shown, not the race; and go on"},
                                   {"+  -", "the shown worlds faster, slower"},
                                   {"S", "save a screenshot"},
                                   {"Q  Esc", "close the window"}};

Picture picture_for(const Window& window) {
  const int width = std::max(window.width(), 1), height = std::max(window.height(), 1);
  return {width, height,
          std::max(0.1F, std::min(static_cast<float>(width) / race_width, static_cast<float>(height) / race_height))};
}

void say(const std::string& sentence) {
  fmt::print(stderr, "{}{}\n", ::isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "", sentence);
}

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
    : board_(board), sheet_(std::move(sheet)), factory_(std::move(factory)) {
  if (const std::string trouble = display_trouble(); !trouble.empty()) {
    say("No window: " + trouble + " The race goes on without it.");
    finished_ = true;
    return;
  }
  survive_lost_display();
  thread_ = std::jthread([this, seed](const std::stop_token& stop) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), politeness);
    try {
      run(stop, seed);
    } catch (const std::exception& error) {
      say(std::string("The window failed: ") + error.what());
    }
    finished_ = true;
  });
}

RaceView::~RaceView() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  while (!finished_ && !display_lost()) std::this_thread::sleep_for(waiting_time);
  if (finished_)
    thread_.join();
  else
    thread_.detach();  // it sleeps for ever
}

void RaceView::linger() {
  if (display_lost()) say("The X display is gone. The race went on without the window.");
  if (finished_ || display_lost()) return;
  say("The window stays until it is closed (Q).");
  while (!finished_ && !display_lost() && agents::raised_signal() == 0) std::this_thread::sleep_for(waiting_time);
}

void RaceView::run(const std::stop_token& stop, std::uint64_t seed) {
  Window window("Cairn: " + sheet_.title, window_width, window_height);
  Picture picture = picture_for(window);
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
      if (event->kind == Event::Kind::resized) picture = picture_for(window);
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
      const std::filesystem::path path = fmt::format("race-{}.png", sheet_.racers[0].steps);
      try {
        picture.write_png(path);
        message = "Saved " + path.string();
      } catch (const std::runtime_error& error) {
        message = error.what();
      }
      wishes.shot = false;
    }
    window.show(picture);
    std::this_thread::sleep_until(begin + frame_time);
  }
}

}  // namespace cairn::render
