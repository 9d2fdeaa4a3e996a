#include "apps/command_line/registry.h"

#include <optional>
#include <type_traits>

#include "agents/exploration/counts.h"
#include "agents/exploration/elliptical.h"
#include "agents/exploration/learnability_curriculum.h"
#include "agents/exploration/reverse_curriculum.h"
#include "agents/exploration/rnd.h"
#include "agents/exploration/success_curriculum.h"
#include "envs/box2d/arm_reach.h"
#include "envs/box2d/ball_in_cup.h"
#include "envs/box2d/car_track.h"
#include "envs/box2d/docking.h"
#include "envs/box2d/gantry_grasp.h"
#include "envs/box2d/key_rooms.h"
#include "envs/box2d/lander.h"
#include "envs/box2d/lidar_nav.h"
#include "envs/box2d/point_maze.h"
#include "envs/box2d/push_block.h"
#include "envs/box2d/slide_puck.h"
#include "envs/box2d/swing_up.h"
#include "envs/box2d/walker.h"
#include "envs/classic/acrobot.h"
#include "envs/classic/cart_pole.h"
#include "envs/classic/mountain_car.h"
#include "envs/classic/pendulum.h"
#include "optim/catalogue.h"
#include "optim/problems/catalogue.h"

namespace cairn::apps {

namespace {

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

template <class Bonus, class Options>
BonusEntry bonus(const char* name, const char* summary, const char* paper) {
  return {.name = name,
          .summary = summary,
          .paper = paper,
          .fields = fields_of(Options{}),
          .make = [name](const ComponentText& component, const envs::Spec& spec) {
            Options options;
            set_fields("bonus", component, options);
            return as_usage([&] {
              return MadeBonus{std::make_shared<Bonus>(spec, options), optim::describe(name, options)};
            });
          }};
}

struct CurriculumEntry : PartEntry {
  std::function<MadeCurriculum(const ComponentText&, const envs::Environment&)> make;
};

template <class Made, class Options>
CurriculumEntry curriculum(const char* name, const char* summary, const char* paper) {
  CurriculumEntry entry;
  entry.name = name;
  entry.summary = summary;
  entry.paper = paper;
  entry.fields = fields_of(Options{});
  entry.make = [name](const ComponentText& component, const envs::Environment& world) {
    Options options;
    set_fields("curriculum", component, options);
    return MadeCurriculum{as_usage([&] { return std::make_shared<Made>(world, options); }),
                          optim::describe(name, options)};
  };
  return entry;
}

const std::vector<CurriculumEntry>& curricula() {
  static const std::vector<CurriculumEntry> all = {
      curriculum<agents::SuccessCurriculum, agents::SuccessCurriculumOptions>(
          "success", "the world's difficulty rises as the agent succeeds, and falls as it fails", ""),
      curriculum<agents::LearnabilityCurriculum, agents::LearnabilityCurriculumOptions>(
          "learnability", "levels that succeed now and then are played again", "Rutherford et al. 2024"),
      curriculum<agents::ReverseCurriculum, agents::ReverseCurriculumOptions>(
          "reverse", "episodes start close to the goal, and farther away as the agent succeeds",
          "Florensa et al. 2017"),
  };
  return all;
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
    worlds.push_back(world<envs::Walker, envs::WalkerOptions>());
    worlds.push_back(world<envs::ArmReach, envs::ArmReachOptions>());
    worlds.push_back(world<envs::PushBlock, envs::PushBlockOptions>());
    worlds.push_back(world<envs::SlidePuck, envs::SlidePuckOptions>());
    worlds.push_back(world<envs::GantryGrasp, envs::GantryGraspOptions>());
    worlds.push_back(world<envs::CarTrack, envs::CarTrackOptions>());
    worlds.push_back(world<envs::CartPole, envs::CartPoleOptions>());
    worlds.push_back(world<envs::MountainCar, envs::MountainCarOptions>());
    worlds.push_back(world<envs::MountainCarContinuous, envs::MountainCarOptions>());
    worlds.push_back(world<envs::Acrobot, envs::AcrobotOptions>());
    worlds.push_back(world<envs::Pendulum, envs::PendulumOptions>());
    return worlds;
  }();
  return all;
}

const std::vector<BonusEntry>& bonus_entries() {
  static const std::vector<BonusEntry> all = [] {
    std::vector<BonusEntry> bonuses;
    bonuses.push_back(bonus<agents::Counts, agents::CountsOptions>(
        "counts", "pays for cells of the observation that were seldom visited", "Strehl and Littman 2008"));
    bonuses.push_back(bonus<agents::Rnd, agents::RndOptions>(
        "rnd", "pays for what a network has not learned to predict of a random one", "Burda et al. 2019"));
    bonuses.push_back(bonus<agents::Elliptical, agents::EllipticalOptions>(
        "elliptical", "pays for features unlike those of the episode so far", "Henaff et al. 2022"));
    return bonuses;
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
std::vector<PartEntry> curriculum_entries() {
  std::vector<PartEntry> all(curricula().begin(), curricula().end());
  all.push_back({"none", "episodes start as the world says", "", {}});
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

MadeBonus make_bonus(const std::string& text, const envs::Spec& spec) {
  if (text.empty()) return {};
  const ComponentText component = parse_component(text, "--bonus");
  std::vector<std::string> names;
  for (const BonusEntry& entry : bonus_entries()) {
    if (entry.name == component.name) return entry.make(component, spec);
    names.push_back(entry.name);
  }
  names.emplace_back("none");
  throw unknown("bonus", component.name, names);
}

MadeCurriculum make_curriculum(const ComponentText& component, const MadeEnvironment& world) {
  std::vector<std::string> names;
  for (const CurriculumEntry& entry : curricula()) {
    if (entry.name == component.name) return entry.make(component, *world.factory());
    names.push_back(entry.name);
  }
  names.emplace_back("none");
  if (component.name != "none") throw unknown("curriculum", component.name, names);
  if (!component.settings.empty()) throw UsageError("curriculum 'none' takes no options.");
  return {};
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
