#include "apps/suite/entries.h"

#include <algorithm>

namespace cairn::suite {

namespace {

constexpr int episodes = 100;    // of the evaluation that a run is judged by
constexpr int quick_share = 10;  // a quick run has one in so many of the steps

// Where an entry names no preset, `cairn train` takes the one that suits; a method that must fail has the settings of
// its rival but for what is in question.
const char* const plain_ppo =
    "ppo:rollout=256,minibatch=256,epochs=8,gamma=0.99,lambda=0.95,entropy=0.003,normalise_observations=true,"
    "normalise_advantages=batch";
const char* const goal_sac =  // of Fetch's planar relatives
    "sac:hidden=128/128,memory=500000,batch=128,n_step=3,gamma=0.98,gradient_steps=4,tau=0.01,learning_starts=5000,"
    "normalise_observations=true,temperature=0.1,target_entropy=-1,backup_entropy=false,hindsight=";

using Options = std::vector<std::pair<std::string, std::string>>;

Options with(Options options, const std::vector<std::pair<std::string, std::string>>& more) {
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

/// A method that solves a world beside one that must not, at the same budget. `published`: of a relative of the world.
void add_pair(std::vector<Entry>& all, const std::string& world, std::int64_t steps, const std::string& solver,
              Options solving, const std::string& plain, Options failing, const std::string& published = "") {
  all.push_back({.world = world,
                 .method = solver,
                 .options = std::move(solving),
                 .steps = steps,
                 .expected = Expectation::solves,
                 .published = published});
  all.push_back({.world = world,
                 .method = plain,
                 .options = std::move(failing),
                 .steps = steps,
                 .expected = Expectation::fails,
                 .rival = solver});
}

void add_lander(std::vector<Entry>& all) {
  const Options ppo = {{"env", "lander:reward=sparse"}, {"agent", "ppo"}},
                dqn = {{"env", "lander:reward=sparse"}, {"agent", "dqn"}};
  add_pair(all, "lander", 3'000'000, "ppo+curriculum", ppo, "ppo", with(ppo, {{"curriculum", "none"}}));
  add_pair(all, "lander", 500'000, "dqn+demonstrations", dqn, "dqn", with(dqn, {{"demos", "none"}}));
}

void add_docking(std::vector<Entry>& all) {
  const Options ppo = {{"env", "docking:reward=sparse"}, {"agent", "ppo"}};
  add_pair(all, "docking", 3'000'000, "ppo+curriculum", ppo, "ppo", with(ppo, {{"curriculum", "none"}}));
}

void add_mazes(std::vector<Entry>& all) {
  const std::vector<std::pair<std::string, std::string>> maps{{"medium", "82"}, {"large", "86"}, {"giant", "68"}};
  for (const auto& [map, offline] : maps) {
    const Options env = {{"env", "point_maze:map=" + map}};
    add_pair(all, "point_maze:map=" + map, map == "medium" ? 500'000 : 1'500'000, "dqn+hindsight",
             with(env, {{"agent", "dqn"}, {"preset", "dqn-point_maze-medium"}}), "dqn",
             with(env, {{"agent", "dqn:hindsight=false"}, {"preset", "dqn-point_maze-medium"}}),
             offline + " % on OGBench's map (QRL, offline, its five tasks)");
  }
  const Options far = {{"env", "point_maze:map=large,task=1"}};
  add_pair(all, "point_maze:map=large,task=1", 1'500'000, "go_explore", with(far, {{"agent", "go_explore"}}), "ppo",
           with(far, {{"agent", plain_ppo}, {"optimizer", "adam:lr=1e-3,eps=1e-5"}, {"schedule", "linear"}}));
}

void add_goal_tasks(std::vector<Entry>& all) {
  const auto by_dqn = [&](const std::string& world, std::int64_t steps, const std::string& published) {
    const Options env = {{"env", world}};
    add_pair(all, world, steps, "dqn+hindsight", with(env, {{"agent", "dqn"}}), "dqn",
             with(env, {{"agent", "dqn:hindsight=false"}}), published);
  };
  const auto by_sac = [&](const std::string& world, std::int64_t steps, const std::string& published) {
    const Options rest = {{"env", world + ":continuous=true"}, {"optimizer", "adam:lr=1e-3"}, {"schedule", "linear"}};
    add_pair(all, world, steps, "sac+hindsight", with(rest, {{"agent", std::string(goal_sac) + "true"}}), "sac",
             with(rest, {{"agent", std::string(goal_sac) + "false"}}), published);
  };
  by_dqn("arm_reach", 200'000, "100 % on FetchReach (DDPG with hindsight, OpenAI Baselines, 5k steps)");
  by_sac("push_block", 500'000, "return -8.8 on FetchPush (TQC with hindsight, rl-baselines3-zoo, 1M steps)");
  by_sac("slide_puck", 500'000, "80 % on FetchSlide (TQC with hindsight, rl-trained-agents, 2.5M steps)");
  by_dqn("gantry_grasp", 500'000, "return -9.3 on FetchPickAndPlace (TQC with hindsight, rl-baselines3-zoo, 1M steps)");
  all.push_back({.world = "gantry_grasp",
                 .method = "dqn+demonstrations",
                 .options = {{"env", "gantry_grasp"}, {"agent", "dqn"}, {"demos", "heuristic:episodes=30"}},
                 .steps = 500'000,
                 .expected = Expectation::solves});
}

void add_rooms(std::vector<Entry>& all) {
  const auto in = [](const std::string& rooms, const Options& more) {
    return with({{"env", "key_rooms:rooms=" + rooms + ",reward=sparse"}}, more);
  };
  const Options dqn = {{"agent", "dqn:exploration_hold=25"}, {"schedule", "linear"}},
                plain = {{"agent", "ppo"}, {"bonus", "none"}};
  add_pair(all, "key_rooms:rooms=3", 1'500'000, "ppo+rnd", in("3", {{"agent", "ppo"}}), "ppo", in("3", plain));
  all.push_back({.world = "key_rooms:rooms=3", .method = "dqn", .options = in("3", dqn), .steps = 1'500'000});
  add_pair(all, "key_rooms:rooms=5", 1'500'000, "go_explore", in("5", {{"agent", "go_explore"}}), "ppo",
           in("5", plain));
  all.push_back({.world = "key_rooms:rooms=5",
                 .method = "dqn",
                 .options = in("5", dqn),
                 .steps = 1'500'000,
                 .expected = Expectation::fails,
                 .rival = "go_explore"});
}

void add_lidar_nav(std::vector<Entry>& all) {
  const Options ppo = {{"env", "lidar_nav:reward=sparse"}, {"agent", "ppo"}};
  add_pair(all, "lidar_nav", 3'000'000, "ppo+learnability", ppo, "ppo", with(ppo, {{"curriculum", "none"}}));
}

void add_ball_in_cup(std::vector<Entry>& all) {
  add_pair(all, "ball_in_cup", 300'000, "sac", {{"env", "ball_in_cup:continuous=true"}, {"agent", "sac"}}, "ppo",
           {{"env", "ball_in_cup:continuous=true"},
            {"agent", plain_ppo},
            {"optimizer", "adam:lr=1e-3,eps=1e-5"},
            {"schedule", "linear"}},
           "return 978 (SAC, TD-MPC2's runs, 1M steps)");
  all.back().published = "return 935 (PPO, CleanRL, 8M steps)";
}

void add_swing_up(std::vector<Entry>& all) {
  for (const std::string agent : {"ppo", "dqn"})
    all.push_back({.world = "swing_up",
                   .method = agent,
                   .options = {{"env", "swing_up"}, {"agent", agent}},
                   .steps = agent == "ppo" ? 1'000'000 : 300'000,
                   .expected = Expectation::solves,
                   .published = "PPO 240 of 1,000 on dm_control's cartpole swingup_sparse at 8M (CleanRL)"});
}

void add_walker_and_car(std::vector<Entry>& all) {
  all.push_back({.world = "walker",
                 .method = "sac",
                 .options = {{"env", "walker"}, {"agent", "sac"}},
                 .steps = 300'000,
                 .expected = Expectation::solves,
                 .published = "return 298 (SAC, rl-baselines3-zoo, 500k steps, one run)"});
  all.push_back({.world = "walker",
                 .method = "ppo",
                 .options = {{"env", "walker"}, {"agent", "ppo"}},
                 .steps = 5'000'000,
                 .published = "return 288 (PPO, rl-baselines3-zoo, one run)"});
  all.push_back(
      {.world = "car_track", .method = "ppo", .options = {{"env", "car_track"}, {"agent", "ppo"}}, .steps = 3'000'000});
}

std::vector<Entry>& added() {
  static std::vector<Entry> entries;
  return entries;
}

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

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = [] {
    std::vector<Entry> table;
    add_lander(table);
    add_docking(table);
    add_mazes(table);
    add_goal_tasks(table);
    add_rooms(table);
    add_lidar_nav(table);
    add_swing_up(table);
    add_ball_in_cup(table);
    add_walker_and_car(table);
    table.insert(table.end(), added().begin(), added().end());
    return table;
  }();
  return all;
}

void add(Entry entry) {
  added().push_back(std::move(entry));
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
  set("log-every", std::to_string(apps::sparse_log_every(entry.steps)));
  set("evaluation-episodes", std::to_string(episodes));
  return apps::resolve_plan(arguments);
}

}  // namespace cairn::suite
