#include "agents/training/pace.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "agents/training/signals.h"

namespace cairn::agents {
namespace {

/// Runs that pass after every hundred steps and note how far apart they ever were, and how many at work.
struct Field {
  explicit Field(int at_once) : pace(4, at_once) {}
  void run(int number, int iterations) {
    pace.pass(number, 0);
    for (int i = 1; i <= iterations; ++i) {
      busiest = std::max(busiest.load(), ++busy);
      std::this_thread::yield();
      steps[static_cast<std::size_t>(number)] = 100 * i;
      for (const auto& other : steps)  // those that are through may be far ahead
        if (other < 100 * iterations) widest = std::max(widest.load(), 100 * i - other.load());
      --busy;
      pace.pass(number, 100 * i);
    }
    pace.leave(number);
  }
  Pace pace;
  std::array<std::atomic<int>, 4> steps{};
  std::atomic<int> busy = 0, busiest = 0, widest = 0;
};

TEST(Pace, KeepsRunsAbreastAndSoManyAtWork) {
  Field field(2);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { field.run(i, 200); });
  }
  EXPECT_LE(field.busiest, 2);
  EXPECT_LE(field.widest, 100) << "one iteration";
  for (const auto& steps : field.steps) EXPECT_EQ(steps, 20'000);
}

TEST(Pace, NobodyWaitsForOneThatHasLeft) {
  Field field(4);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { field.run(i, i == 2 ? 3 : 50); });
  threads.clear();
  EXPECT_EQ(field.steps[0], 5'000);
  EXPECT_EQ(field.steps[2], 300);
}

TEST(Pace, NobodyGoesOnUntilAllMay) {
  Field field(4);
  std::atomic<int> rounds = 0, asked = 0;
  field.pace.ask([&] { return ++asked, rounds > 0 && rounds-- > 0; });
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back([&, i] { field.run(i, 3); });
  const auto all_at = [&](int steps) {
    for (const int before = asked; asked < before + 3;) std::this_thread::yield();  // they have tried in vain
    return std::ranges::all_of(field.steps, [&](const auto& one) { return one == steps; });
  };
  EXPECT_TRUE(all_at(0));
  for (int round = 1; round <= 3; ++round) {
    rounds = 1;
    while (rounds > 0) std::this_thread::yield();
    EXPECT_TRUE(all_at(100 * round)) << "an iteration each";
  }
  rounds = 1;  // and away
}

TEST(Pace, ASignalLetsEverybodyGo) {
  Pace pace(2, 1);
  watch_signals();
  pace.pass(0, 0);
  std::thread waiting([&] { pace.pass(1, 1'000'000); });  // far ahead of the other, who never moves
  std::raise(SIGINT);
  waiting.join();
  EXPECT_EQ(raised_signal(), SIGINT);
  clear_signal();
}

}  // namespace
}  // namespace cairn::agents
