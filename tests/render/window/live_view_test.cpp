#include "render/window/live_view.h"

#include <gmock/gmock.h>

#include <utility>

#include "agents/policy_gradient/ppo.h"
#include "agents/training/train.h"
#include "optim/catalogue.h"
#include "policies.h"
#include "render/sheets/dashboard.h"
#include "scratch.h"
#include "xvfb.h"

namespace cairn::render {
namespace {

/// A short run; its checkpoint's bytes.
std::string trained(const std::filesystem::path& folder, std::span<agents::Observer* const> observers,
                    std::int64_t steps = 30'000) {
  agents::Ppo agent(cart_pole()->spec(), {}, optim::adam({.lr = 1e-3}));
  agents::train(agent, cart_pole,
                {.steps = steps, .seed = 3, .environments = 8, .folder = folder, .config = {}, .identity = {}},
                observers);
  return contents(folder / "checkpoints/last.safetensors");
}

/// One server for all tests: SFML stays with the first it has met.
const Xvfb& server() {
  static const Xvfb one;
  ::setenv("DISPLAY", one.name().c_str(), 1);
  return one;
}

TEST(LiveView, LeavesEveryBitAsItIs) {
  server();
  const Scratch scratch;
  const std::string alone = trained(scratch / "alone", {});
  LiveView view({.cinema = false});
  agents::Observer* observers[] = {&view};
  EXPECT_TRUE(alone == trained(scratch / "watched", observers));
}

/// Counts iterations, of which each takes long enough for a person to press keys meanwhile.
struct Counter : agents::Observer {
  std::atomic<std::int64_t> iterations = 0;
  std::atomic<bool> slow = true;
  void on_iteration(const agents::Telemetry&, const agents::Agent&) override {
    ++iterations;
    if (slow) std::this_thread::sleep_for(std::chrono::milliseconds(40));
  }
};

TEST(LiveView, AtCinemaPaceTrainingGoesOnAsFlightsAreShownUntilThePersonUnleashesIt) {
  server();
  const Scratch scratch;
  const std::string alone = trained(scratch / "alone", {});
  Counter counter;
  counter.slow = false;
  LiveView view;
  agents::Observer* observers[] = {&counter, &view};
  std::string watched;
  std::thread training([&] { watched = trained(scratch / "watched", observers); });
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  server().xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  EXPECT_TRUE(until(wait, [&] { return counter.iterations > 1; })) << "after a flight";
  server().xdotool("key space");
  std::int64_t before = -1;
  EXPECT_TRUE(until([] { std::this_thread::sleep_for(std::chrono::milliseconds(150)); },
                    [&] { return std::exchange(before, counter.iterations.load()) == counter.iterations; }))
      << "while the worlds stand still";
  EXPECT_LT(before, 25) << "all would be 30";
  server().xdotool("key space");
  server().xdotool("key t");
  training.join();
  EXPECT_TRUE(alone == watched);
}

TEST(LiveView, WithoutADisplaySaysSoAndTrainsOn) {
  const Scratch scratch;
  ::setenv("DISPLAY", ":987", 1);
  testing::internal::CaptureStderr();
  LiveView view;
  agents::Observer* observers[] = {&view};
  EXPECT_FALSE(trained(scratch / "run", observers, 4096).empty());
  view.linger();
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "No window: The X display ':987' cannot be reached. Training goes on without it.\n");
}

TEST(LiveView, PausesTrainingUntilThePersonGoesOnAndClosingItLosesNothing) {
  server();
  const Scratch scratch;
  Counter counter;
  std::atomic<bool> ended = false;
  LiveView view({.cinema = false});
  agents::Observer* observers[] = {&counter, &view};
  std::thread training([&] {
    trained(scratch / "run", observers, 400'000);
    ended = true;
  });
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  server().xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  const auto still = [&] {
    const std::int64_t before = counter.iterations;
    std::this_thread::sleep_for(std::chrono::milliseconds(150));
    return counter.iterations == before;
  };
  server().xdotool("key space");
  EXPECT_TRUE(until(wait, still));
  const std::int64_t before = counter.iterations;
  server().xdotool("key i");
  EXPECT_TRUE(until(wait, [&] { return counter.iterations == before + 1; }));
  EXPECT_TRUE(still()) << "one iteration and no more";
  server().xdotool("key space");
  EXPECT_TRUE(until(wait, [&] { return counter.iterations > before + 3; }));
  testing::internal::CaptureStderr();
  server().xdotool("key q");
  counter.slow = false;
  training.join();
  EXPECT_TRUE(ended);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), testing::HasSubstr("The window was closed."));
}

TEST(LiveView, SlidersTurnRateAndPace) {
  server();
  const Scratch scratch;
  struct Listener : agents::Observer {
    std::atomic<double> rate = 0, factor = 1;
    std::atomic<std::int64_t> iterations = 0;
    void on_iteration(const agents::Telemetry& telemetry, const agents::Agent&) override {
      ++iterations;
      for (const agents::Telemetry::Metric& metric : telemetry.metrics)
        if (metric.name == "train/learning_rate") rate = metric.value;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    void on_intervention(const agents::InterventionNote& note) override {
      if (note.kind == agents::Intervention::Kind::rate) factor = std::stod(note.value);
    }
  } listener;
  LiveView view({.stop_on_close = true, .cinema = false});
  agents::Observer* observers[] = {&listener, &view};
  std::thread training([&] { trained(scratch / "run", observers, 100'000'000); });
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  server().xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  EXPECT_TRUE(until(wait, [&] { return listener.rate > 0 && listener.iterations > 10; }));
  const Box row = lay_out(view_width, view_height, true, true).sliders;  // smoothing, rate and pace side by side
  const auto mouse = [&](float share, const std::string& then) {
    server().xdotool("search --name Cairn mousemove --window %1 " +
                     std::to_string(std::lround(row.x + share * row.width)) + " " +
                     std::to_string(std::lround(row.centre().y)) + " " + then);
  };
  const double first = listener.rate;
  const auto drag = [&] {  // again, until the window knows the rate: before, there is no handle
    mouse(0.5F, "mousedown 1");
    mouse(0.62F, "mouseup 1");
    wait();
  };
  EXPECT_TRUE(until(drag, [&] { return listener.factor > 2; })) << "at the middle it is as it was, to the right more";
  EXPECT_TRUE(until(wait, [&] { return std::abs(listener.rate - listener.factor * first) < 0.01 * listener.rate; }));
  const double more = listener.factor;
  EXPECT_LT(more, 100);
  mouse(0.5F, "click 1");
  EXPECT_TRUE(until(wait, [&] { return std::abs(listener.factor - 1) < 0.2; })) << "from where it is, not once more";
  mouse(0.71F, "click 1");  // the slowest pace
  std::int64_t before = 0;
  EXPECT_TRUE(until(
      [&] {
        before = listener.iterations;
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
      },
      [&] { return listener.iterations > 10 && listener.iterations - before <= 1 && before > 0; }));
  server().xdotool("key q");
  training.join();
}

TEST(LiveView, DoesWhatThePersonWantsOfTheLearningEvenWhilePaused) {
  server();
  const Scratch scratch;
  struct Listener : agents::Observer {
    std::mutex mutex;
    std::vector<std::string> sentences;
    std::atomic<bool> blocks = false;
    std::atomic<std::int64_t> iterations = 0;
    void on_iteration(const agents::Telemetry& telemetry, const agents::Agent&) override {
      ++iterations;
      if (!telemetry.blocks.empty()) blocks = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    void on_message(std::string_view message) override {
      const std::lock_guard lock(mutex);
      sentences.emplace_back(message);
    }
    bool heard(std::size_t count, const std::string& last) {
      const std::lock_guard lock(mutex);
      return sentences.size() == count && sentences.back().find(last) != std::string::npos;
    }
  } listener;
  LiveView view({.rules = {optim::rmsprop(), optim::lion()}, .stop_on_close = true, .cinema = false});
  agents::Observer* observers[] = {&listener, &view};
  testing::internal::CaptureStderr();
  std::thread training([&] { trained(scratch / "run", observers, 100'000'000); });
  const auto wait = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  server().xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  EXPECT_TRUE(until(wait, [&] { return listener.iterations > 2; }));
  EXPECT_FALSE(listener.blocks);
  server().xdotool("key v");
  EXPECT_TRUE(until(wait, [&] { return listener.blocks.load(); })) << "the page with the optimizer's inside";
  server().xdotool("key bracketleft");
  EXPECT_TRUE(until(wait, [&] { return listener.heard(1, "a person set the rate to 0.5 times"); }));
  server().xdotool("key space");
  server().xdotool("key o o Return");
  EXPECT_TRUE(until(wait, [&] { return listener.heard(2, "swapped the optimizer for lion"); }));
  server().xdotool("key c");
  EXPECT_TRUE(until(wait, [&] { return listener.heard(3, "a person saved"); }));
  server().xdotool("key v x y v s");
  EXPECT_TRUE(until(wait, [&] {
    return std::ranges::any_of(std::filesystem::directory_iterator(scratch / "run"),
                               [](const auto& entry) { return entry.path().extension() == ".png"; });
  }));
  server().xdotool("key q");
  training.join();
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("The window was closed. Training stops with a checkpoint."));
  EXPECT_TRUE(listener.heard(4, "a person stopped the run."));
  EXPECT_THAT(contents(scratch / "run/log.txt"), testing::HasSubstr("no longer reproducible"));
}

}  // namespace
}  // namespace cairn::render
