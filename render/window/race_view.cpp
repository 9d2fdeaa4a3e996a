#include "render/window/race_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "render/sheets/dashboard.h"
#include "render/window/chart_hand.h"
#include "render/window/display.h"
#include "render/window/recording.h"
#include "render/window/window.h"
#include "render/window/world_hand.h"
#include "render/worlds/shown_worlds.h"

namespace cairn::render {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double slowest = 0.125, fastest = 16;

const std::vector<KeyHelp> keys = {
    {"H", "this help"},
    {"Space", "pause the race and go on"},
    {"I", "while paused: one iteration of each racer"},
    {"N", "while paused: one step of the shown worlds"},
    {"T", "pace of the race: unbounded, 10 or 1 iterations a second"},
    {"+  -", "the shown worlds faster, slower"},
    {"M", "smooth the curves: more and more, then not at all"},
    {"Mouse", "over the chart: says values; wheel zooms, drag moves, double click shows all"},
    {"", "on a row of the ranking: puts its curve away"},
    {"", "over a world: wheel magnifies all worlds, drag moves them, double click shows all"},
    {"F", "fill the screen, and back"},
    {"S", "save a screenshot"},
    {"R", "start and stop recording the window as .mp4"},
    {"Q  Esc", "close the window; the race goes on"}};

/// What the person at the window wants.
struct Wishes {
  Tempo& tempo;
  bool open = true, paused = false, help = false, shot = false, recording = false;
  double speed = 1, smoothing = 0;
  bool step = false;  // of the shown worlds
  std::string message{};

  void press(int key) {
    if (key == 'q' || (key == Event::escape && !help)) open = false;
    if (key == 'h' || key == Event::escape) help = key == 'h' && !help;
    if (key == Event::space) {
      tempo.pause(paused = !paused);
      message = paused ? "Paused" : "";
    }
    if (key == 'i' && paused) tempo.add_one();
    if (key == 'n' && paused) step = true;
    if (key == 't') message = "Race: " + tempo.next_pace();
    if (key == '+') speed = std::min(fastest, 2 * speed);
    if (key == '-') speed = std::max(slowest, speed / 2);
    if (key == '+' || key == '-') message = fmt::format("Worlds: {:g} times real time", speed);
    if (key == 'm') smoothing = next_smoothing(smoothing);
    if (key == 's') shot = true;
    if (key == 'r') recording = true;
  }
};

}  // namespace

RaceView::RaceView(const RaceBoard& board, RaceSheet sheet, envs::EnvironmentFactory factory, std::uint64_t seed)
    : board_(board), sheet_(std::move(sheet)), factory_(std::move(factory)), thread_("The race goes on without it.") {
  if (thread_.possible()) thread_.start([this, seed](const std::stop_token& stop) { run(stop, seed); });
}

bool RaceView::may_go_on() {
  if (!thread_.gone() && tempo_.holds(went_on_)) return false;
  tempo_.went_on();
  went_on_ = Tempo::Clock::now();
  return true;
}

void RaceView::linger() {
  if (display_lost()) say("The X display is gone. The race went on without the window.");
  thread_.linger();
}

void RaceView::run(const std::stop_token& stop, std::uint64_t seed) {
  Window window("Cairn: " + sheet_.title);
  Picture picture = picture_for(window, race_width, race_height);
  sheet_.racers = board_.look();
  std::vector<ShownWorlds> worlds;
  std::vector<std::shared_ptr<const agents::Policy>> flown(sheet_.racers.size());
  for (std::size_t i = 0; i < sheet_.racers.size(); ++i) worlds.emplace_back(factory_, 1, seed);
  for (ShownWorlds& world : worlds) world.set_best_actions(true);

  Recording recording;
  ChartHand charts;
  WorldHand hand;
  Wishes wishes{.tempo = tempo_};
  auto last = Clock::now();
  while (!stop.stop_requested() && wishes.open) {
    const auto begin = Clock::now();
    while (const std::optional<Event> event = window.poll()) {
      const Point at = in_units(*event, picture);
      charts.answer(*event, at);
      hand.answer(*event, at);
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
    const double steps = elapsed * wishes.speed * worlds[0].spec().steps_a_second;
    for (ShownWorlds& world : worlds) {
      if (!wishes.paused) world.advance(steps);
      if (wishes.step) world.step();
    }
    wishes.step = false;

    charts.page.placed.clear();
    charts.page.smoothing = wishes.smoothing;
    hand.worlds.clear();
    const auto draw_world = [&](std::size_t i, Picture& page, Box box) {
      hand.worlds.push_back(box);
      worlds[i].draw(0, page, box, 6, hand.part);
    };
    draw_race(picture, sheet_, draw_world, &charts.page);
    charts.draw_reading(picture);
    if (recording.running()) picture.disc({picture.width() - 8, 8}, 4, envs::palette::vermilion);
    draw_foot(picture, {0, picture.height() - 16, picture.width(), 16},
              {.learner = {}, .world = {}, .message = wishes.message}, "H  keys     Space  pause");
    if (wishes.help) draw_help(picture, {0, 0, picture.width(), picture.height()}, keys);
    const std::string name = fmt::format("race-{}", sheet_.racers[0].steps);
    if (std::exchange(wishes.shot, false)) wishes.message = save_screenshot(picture, name + ".png");
    if (std::exchange(wishes.recording, false)) wishes.message = recording.start_or_stop(name + ".mp4", picture);
    if (const std::string trouble = recording.add(picture); !trouble.empty()) wishes.message = trouble;
    window.show(picture);
    std::this_thread::sleep_until(begin + frame_time);
  }
}

}  // namespace cairn::render
