#include "apps/command_line/registry.h"

#include <optional>
#include <type_traits>

#include "agents/policy_gradient/a2c.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/q_learning/dqn.h"
#include "envs/box2d/ball_in_cup.h"
#include "envs/box2d/docking.h"
#include "envs/box2d/key_rooms.h"
#include "envs/box2d/lander.h"
#include "envs/box2d/lidar_nav.h"
#include "envs/box2d/point_maze.h"
#include "envs/box2d/swing_up.h"
#include "envs/classic/acrobot.h"
#include "envs/classic/cart_pole.h"
#include "envs/classic/mountain_car.h"
#include "envs/classic/pendulum.h"
#include "optim/catalogue.h"
#include "optim/problems/catalogue.h"

namespace cairn::apps {

namespace {

struct HeuristicDemonstrations {
  int episodes = 30;
  template <class V>
  void fields(V&& v) {
    v("episodes", episodes, "[1,1000000]", "flown by the world's own pilot");
  }
};

/// A world whose options choose among several classes.
template <class Options>
EnvironmentEntry world(std::unique_ptr<envs::Environment> (*make)(const Options&)) {
  EnvironmentEntry entry;
  entry.name = make(Options{})->spec().id;
  entry.fields = fields_of(Options{});
  entry.make = [make, name = entry.name](const ComponentText& component) {
    Options options;
    set_fields("environment", component, options);
    MadeEnvironment made;
    made.factory = [make, options] { return make(options); };
    made.spec = as_usage([&] { return made.factory()->spec(); });
    made.text = optim::describe(name, options);
    return made;
  };
  return entry;
}

template <class World, class Options>
EnvironmentEntry world() {
  return world<Options>(
      [](const Options& options) -> std::unique_ptr<envs::Environment> { return std::make_unique<World>(options); });
}

/// Demonstrations as `--demos` names them: `heuristic:episodes=30`, or a file.
std::vector<agents::Demonstration> demonstrations(const AgentInputs& inputs) {
  if (inputs.demonstrations.empty() || inputs.factory == nullptr) return {};
  if (inputs.demonstrations.substr(0, inputs.demonstrations.find(':')) != "heuristic")
    return agents::read_demonstrations(inputs.demonstrations, inputs.world, inputs.spec);
  const ComponentText source = parse_component(inputs.demonstrations, "--demos");
  HeuristicDemonstrations options;
  set_fields("demonstrations", source, options);
  return as_usage([&] { return agents::fly_demonstrations(*inputs.factory, options.episodes, inputs.seed); });
}

/// Agents that learn from demonstrations take them as a fourth argument.
template <class Agent, class Options>
AgentEntry learner(const char* name, const char* summary, const char* paper, const char* optimizer, const char* clip) {
  constexpr bool takes_demonstrations =
      std::is_constructible_v<Agent, envs::Spec, Options, optim::Rule, std::vector<agents::Demonstration>>;
  AgentEntry entry{.name = name,
                   .summary = summary,
                   .paper = paper,
                   .optimizer = optimizer,
                   .clip = clip,
                   .takes_demonstrations = takes_demonstrations,
                   .fields = fields_of(Options{}),
                   .make = {},
                   .memory_need = {}};
  entry.memory_need = [](const ComponentText& component, const envs::Spec& spec, const optim::Rule& rule,
                         int environments) {
    Options options;
    set_fields("agent", component, options);
    return as_usage([&] { return agents::memory_need(options, spec, rule, environments); });
  };
  entry.make = [name](const ComponentText& component, AgentInputs inputs) {
    Options options;
    set_fields("agent", component, options);
    MadeAgent made;
    made.agent = as_usage([&] {
      if constexpr (takes_demonstrations) {
        const std::vector<agents::Demonstration> shown = demonstrations(inputs);
        if (!shown.empty()) made.demonstrations_digest = agents::digest_of(shown);
        return std::make_unique<Agent>(inputs.spec, options, inputs.rule, shown);
      } else {
        return std::make_unique<Agent>(inputs.spec, options, std::move(inputs.rule));
      }
    });
    made.text = optim::describe(name, options);
    return made;
  };
  return entry;
}

template <class Made, class ForEach>
Made make_part(std::string_view kind, const ComponentText& component, ForEach&& for_each, Made* fallback) {
  std::vector<std::string> names;
  std::optional<Made> made;
  for_each([&]<class Options, class M>(const optim::Entry<Options, M>& entry) {
    names.emplace_back(entry.name);
    if (component.name != entry.name) return;
    Options options;
    set_fields(kind, component, options);
    made = as_usage([&] { return entry.make(options); });
  });
  if (made) return *std::move(made);
  if (fallback != nullptr && component.name == "none") {
    if (!component.settings.empty()) throw UsageError(std::string(kind) + " 'none' takes no options.");
    return *fallback;
  }
  if (fallback != nullptr) names.emplace_back("none");
  throw unknown(kind, component.name, names);
}

template <class ForEach>
std::vector<PartEntry> entries(ForEach&& for_each) {
  std::vector<PartEntry> out;
  for_each([&]<class Options, class M>(const optim::Entry<Options, M>& entry) {
    Options options;
    out.push_back({entry.name, entry.summary, entry.paper, fields_of(options)});
    if constexpr (requires { options.open(std::string_view()); })
      out.back().fields.push_back({"TAG", "SPEC", "optimizer", "for the parameters with that tag, as often as wanted"});
  });
  return out;
}

constexpr auto each_rule = [](auto&& f) { optim::for_each_rule(f); };
constexpr auto each_schedule = [](auto&& f) { optim::for_each_schedule(f); };
constexpr auto each_clip = [](auto&& f) { optim::for_each_clip(f); };
constexpr auto each_problem = [](auto&& f) { optim::for_each_problem(f); };

}  // namespace

const std::vector<EnvironmentEntry>& environments() {
  static const std::vector<EnvironmentEntry> all = [] {
    std::vector<EnvironmentEntry> worlds;
    worlds.push_back(world<envs::Lander, envs::LanderOptions>());
    worlds.push_back(world<envs::Docking, envs::DockingOptions>());
    worlds.push_back(world<envs::PointMaze, envs::PointMazeOptions>());
    worlds.push_back(world<envs::KeyRooms, envs::KeyRoomsOptions>());
    worlds.push_back(world<envs::LidarNav, envs::LidarNavOptions>());
    worlds.push_back(world(envs::make_swing_up));
    worlds.push_back(world<envs::BallInCup, envs::BallInCupOptions>());
    worlds.push_back(world<envs::CartPole, envs::CartPoleOptions>());
    worlds.push_back(world<envs::MountainCar, envs::MountainCarOptions>());
    worlds.push_back(world<envs::MountainCarContinuous, envs::MountainCarOptions>());
    worlds.push_back(world<envs::Acrobot, envs::AcrobotOptions>());
    worlds.push_back(world<envs::Pendulum, envs::PendulumOptions>());
    return worlds;
  }();
  return all;
}

const std::vector<AgentEntry>& agent_entries() {
  static const std::vector<AgentEntry> all = [] {
    std::vector<AgentEntry> agents;
    agents.push_back(learner<agents::Ppo, agents::PpoOptions>(
        "ppo", "policy gradient, clipped so that one batch can be used many times", "Schulman et al. 2017",
        "adam:lr=3e-4,eps=1e-5", "global_norm:max=0.5"));
    agents.push_back(learner<agents::A2c, agents::A2cOptions>("a2c", "one policy gradient on each short rollout",
                                                              "Mnih et al. 2016", "rmsprop:lr=7e-4,eps=1e-5",
                                                              "global_norm:max=0.5"));
    agents.push_back(learner<agents::Reinforce, agents::ReinforceOptions>(
        "reinforce", "the score-function gradient with a learned baseline", "Williams 1992", "adam:lr=1e-3", "none"));
    agents.push_back(learner<agents::Dqn, agents::DqnOptions>(
        "dqn", "Q-learning with replay; double, dueling, n-step, prioritised, hindsight, demonstrations",
        "Mnih et al. 2015", "adam:lr=1e-3", "global_norm:max=10"));
    return agents;
  }();
  return all;
}

std::vector<PartEntry> rule_entries() {
  return entries(each_rule);
}
std::vector<PartEntry> schedule_entries() {
  return entries(each_schedule);
}
std::vector<PartEntry> clip_entries() {
  std::vector<PartEntry> all = entries(each_clip);
  all.push_back({"none", "leaves the gradient as it is", "", {}});
  return all;
}
std::vector<PartEntry> problem_entries() {
  return entries(each_problem);
}

MadeEnvironment make_environment(const ComponentText& component) {
  std::vector<std::string> names;
  for (const EnvironmentEntry& entry : environments()) {
    if (entry.name == component.name) return entry.make(component);
    names.push_back(entry.name);
  }
  throw unknown("environment", component.name, names);
}

const AgentEntry& find_agent(const std::string& name) {
  std::vector<std::string> names;
  for (const AgentEntry& entry : agent_entries()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw unknown("agent", name, names);
}

optim::Rule make_rule(const ComponentText& component) {
  return make_part<optim::Rule>("optimizer", component, each_rule, nullptr);
}
optim::Schedule make_schedule(const ComponentText& component) {
  return make_part<optim::Schedule>("schedule", component, each_schedule, nullptr);
}
optim::Clip make_clip(const ComponentText& component) {
  optim::Clip none;
  return make_part<optim::Clip>("clip", component, each_clip, &none);
}
optim::Problem make_problem(const ComponentText& component) {
  return make_part<optim::Problem>("problem", component, each_problem, nullptr);
}

void read_value(const Place& place, std::string_view text, optim::Rule& value) {
  value = make_rule(parse_component(text, place.name));
}
void read_value(const Place& place, std::string_view text, optim::Schedule& value) {
  value = make_schedule(parse_component(text, place.name));
}
void read_value(const Place& place, std::string_view text, optim::Clip& value) {
  value = make_clip(parse_component(text, place.name));
}

optim::Rule make_rule(const std::string& optimizer, const std::string& schedule, const std::string& clip) {
  return as_usage([&] {
    return make_rule(parse_component(optimizer, "--optimizer"))
        .with_schedule(make_schedule(parse_component(schedule, "--schedule")))
        .with_clip(make_clip(parse_component(clip, "--clip")));
  });
}

}  // namespace cairn::apps
