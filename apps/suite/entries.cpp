#include "apps/suite/entries.h"

#include <algorithm>

namespace cairn::suite {

namespace {

constexpr int episodes = 100;    // of the evaluation that a run is judged by
constexpr int quick_share = 10;  // a quick run has one in so many of the steps

}  // namespace

std::string_view to_string(Expectation expectation) {
  switch (expectation) {
    case Expectation::solves:
      return "solves";
    case Expectation::fails:
      return "fails";
    case Expectation::reported:
      return "reported";
  }
  return "";
}

// Where an entry names no preset, `cairn train` takes the one that suits; a method that must fail has the settings of
// its rival but for what is in question.
const std::vector<Entry>& entries() {
  using enum Expectation;
  static const std::vector<Entry> all = {
      {.world = "lander",
       .method = "dqn+demonstrations",
       .options = {{"env", "lander:reward=sparse"}, {"agent", "dqn"}},
       .steps = 500'000,
       .expected = solves},
      {.world = "lander",
       .method = "dqn",
       .options = {{"env", "lander:reward=sparse"}, {"agent", "dqn"}, {"demos", "none"}},
       .steps = 500'000,
       .expected = fails,
       .rival = "dqn+demonstrations"},
      {.world = "lander",
       .method = "ppo",
       .options = {{"env", "lander:reward=sparse"}, {"agent", "ppo"}},
       .steps = 500'000,
       .expected = fails,
       .rival = "dqn+demonstrations"},
      {.world = "point_maze:map=medium",
       .method = "dqn+hindsight",
       .options = {{"env", "point_maze:map=medium"}, {"agent", "dqn"}},
       .steps = 500'000,
       .expected = solves},
      {.world = "point_maze:map=medium",
       .method = "dqn",
       .options = {{"env", "point_maze:map=medium"}, {"agent", "dqn:hindsight=false"}},
       .steps = 500'000,
       .expected = fails,
       .rival = "dqn+hindsight"},
      {.world = "swing_up",
       .method = "ppo",
       .options = {{"env", "swing_up"}, {"agent", "ppo"}},
       .steps = 1'000'000,
       .expected = solves},
      {.world = "swing_up",
       .method = "dqn",
       .options = {{"env", "swing_up"}, {"agent", "dqn"}},
       .steps = 300'000,
       .expected = solves},
  };
  return all;
}

Entry quick(Entry entry) {
  entry.steps = std::max<std::int64_t>(1, entry.steps / quick_share);
  entry.expected = Expectation::reported;
  return entry;
}

apps::RunPlan plan_of(const Entry& entry, int seed) {
  apps::Arguments arguments;
  const auto set = [&](const std::string& name, const std::string& value) { arguments.set(name, value, "suite"); };
  for (const auto& [name, value] : entry.options) set(name, value);
  set("steps", std::to_string(entry.steps));
  set("seed", std::to_string(seed));
  set("threads", "1");
  set("evaluate-every", "0");
  set("evaluation-episodes", std::to_string(episodes));
  return apps::resolve_plan(arguments);
}

}  // namespace cairn::suite
