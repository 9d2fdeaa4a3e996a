#include "apps/command_line/registry.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "agents/exploration/counts.h"
#include "agents/exploration/elliptical.h"
#include "agents/exploration/learnability_curriculum.h"
#include "agents/exploration/reverse_curriculum.h"
#include "agents/exploration/rnd.h"
#include "agents/exploration/success_curriculum.h"
#include "apps/command_line/entries.h"
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
#include "envs/wrappers.h"
#include "optim/catalogue.h"
#include "optim/problems/catalogue.h"

namespace cairn::apps {

namespace {

/// Of what is called `none`.
void refuse_options(const std::string& kind, const ComponentText& component) {
  if (!component.settings.empty()) throw UsageError(kind + " 'none' takes no options.");
}

std::vector<EnvironmentEntry> own_environments() {
  std::vector<EnvironmentEntry> worlds;
  worlds.push_back(environment_entry<envs::Lander, envs::LanderOptions>());
  worlds.push_back(environment_entry<envs::Docking, envs::DockingOptions>());
  worlds.push_back(environment_entry<envs::PointMaze, envs::PointMazeOptions>());
  worlds.push_back(environment_entry<envs::KeyRooms, envs::KeyRoomsOptions>());
  worlds.push_back(environment_entry<envs::LidarNav, envs::LidarNavOptions>());
  worlds.push_back(environment_entry(envs::make_swing_up));
  worlds.push_back(environment_entry<envs::BallInCup, envs::BallInCupOptions>());
  worlds.push_back(environment_entry<envs::Walker, envs::WalkerOptions>());
  worlds.push_back(environment_entry<envs::ArmReach, envs::ArmReachOptions>());
  worlds.push_back(environment_entry<envs::PushBlock, envs::PushBlockOptions>());
  worlds.push_back(environment_entry<envs::SlidePuck, envs::SlidePuckOptions>());
  worlds.push_back(environment_entry<envs::GantryGrasp, envs::GantryGraspOptions>());
  worlds.push_back(environment_entry<envs::CarTrack, envs::CarTrackOptions>());
  worlds.push_back(environment_entry<envs::CartPole, envs::CartPoleOptions>());
  worlds.push_back(environment_entry<envs::MountainCar, envs::MountainCarOptions>());
  worlds.push_back(environment_entry<envs::MountainCarContinuous, envs::MountainCarOptions>());
  worlds.push_back(environment_entry<envs::Acrobot, envs::AcrobotOptions>());
  worlds.push_back(environment_entry<envs::Pendulum, envs::PendulumOptions>());
  return worlds;
}

std::vector<PartEntry<envs::Recipe>> own_wrappers() {
  const char* const kind = "environment";
  return {part_entry(kind, {"limit", "cuts episodes after so many steps"}, &envs::time_limit),
          part_entry(kind, {"skip", "takes each action for several steps"}, &envs::frame_skip),
          part_entry(kind, {"stack", "shows the last observations together"}, &envs::observation_stack),
          part_entry(kind, {"noise", "carries out other actions than were chosen"}, &envs::action_noise),
          part_entry(kind, {"scale", "multiplies rewards"}, &envs::reward_scale),
          part_entry(kind, {"delay", "carries out actions later"}, &envs::action_delay)};
}

std::vector<BonusEntry> own_bonuses() {
  std::vector<BonusEntry> bonuses;
  bonuses.push_back(bonus_entry<agents::Counts, agents::CountsOptions>(
      {"counts", "pays for cells of the observation that were seldom visited", "Strehl and Littman 2008"}));
  bonuses.push_back(bonus_entry<agents::Rnd, agents::RndOptions>(
      {"rnd", "pays for what a network has not learned to predict of a random one", "Burda et al. 2019"}));
  bonuses.push_back(bonus_entry<agents::Elliptical, agents::EllipticalOptions>(
      {"elliptical", "pays for features unlike those of the episode so far", "Henaff et al. 2022"}));
  return bonuses;
}

std::vector<CurriculumEntry> own_curricula() {
  std::vector<CurriculumEntry> curricula;
  curricula.push_back(curriculum_entry<agents::SuccessCurriculum, agents::SuccessCurriculumOptions>(
      {"success", "the world's difficulty rises as the agent succeeds, and falls as it fails"}));
  curricula.push_back(curriculum_entry<agents::LearnabilityCurriculum, agents::LearnabilityCurriculumOptions>(
      {"learnability", "levels that succeed now and then are played again", "Rutherford et al. 2024"}));
  curricula.push_back(curriculum_entry<agents::ReverseCurriculum, agents::ReverseCurriculumOptions>(
      {"reverse", "episodes start close to the goal, and farther away as the agent succeeds", "Florensa et al. 2017"}));
  curricula.push_back({"none", "episodes start as the world says", "", {}, [](const auto& component, const auto&) {
                         refuse_options("curriculum", component);
                         return MadeCurriculum{};
                       }});
  return curricula;
}

/// Adds what a catalogue visits.
template <class Made>
auto adding(std::vector<PartEntry<Made>>& entries, const char* kind) {
  return [&entries, kind]<class Options>(const optim::Entry<Options, Made>& entry) {
    entries.push_back(part_entry(kind, {entry.name, entry.summary, entry.paper}, entry.make));
  };
}

Registry own_parts() {
  Registry own;
  own.environments = own_environments();
  own.wrappers = own_wrappers();
  own.agents = own_agents();
  optim::for_each_rule(adding(own.rules, "optimizer"));
  optim::for_each_schedule(adding(own.schedules, "schedule"));
  optim::for_each_clip(adding(own.clips, "clip"));
  own.clips.push_back({"none", "leaves the gradient as it is", "", {}, [](const ComponentText& component) {
                         refuse_options("clip", component);
                         return optim::Clip{};
                       }});
  own.bonuses = own_bonuses();
  own.curricula = own_curricula();
  optim::for_each_problem(adding(own.problems, "problem"));
  own.presets = own_presets();
  return own;
}

template <class Entry>
const Entry& find_entry(const std::vector<Entry>& entries, std::string_view kind, const std::string& name,
                        const char* besides = nullptr) {
  if (const auto found = std::ranges::find(entries, name, &Entry::name); found != entries.end()) return *found;
  std::vector<std::string> names = names_of(entries);
  if (besides != nullptr) names.emplace_back(besides);
  throw unknown(kind, name, names);
}

}  // namespace

Registry& changeable_registry() {
  static Registry all = own_parts();
  return all;
}
const Registry& registry() {
  return changeable_registry();
}

MadeEnvironment make_environment(const ComponentText& component) {
  std::vector<std::string> names;
  for (const EnvironmentEntry& entry : registry().environments) {
    if (entry.name == component.name) return entry.make(component);
    names.push_back(entry.name);
  }
  for (const PartEntry<envs::Recipe>& entry : registry().wrappers) {
    if (entry.name == component.name) {
      const envs::Recipe made = entry.make(component);
      require_own_description("environment", entry.name, made.description);
      return {made.factory, as_usage([&] { return made.factory()->spec(); }), made.description};
    }
    names.push_back(entry.name);
  }
  throw unknown("environment", component.name, names);
}
const AgentEntry& find_agent(const std::string& name) {
  return find_entry(registry().agents, "agent", name);
}
MadeBonus make_bonus(const std::string& text, const envs::Spec& spec) {
  if (text.empty()) return {};
  const ComponentText component = parse_component(text, "--bonus");
  return find_entry(registry().bonuses, "bonus", component.name, "none").make(component, spec);
}
MadeCurriculum make_curriculum(const ComponentText& component, const MadeEnvironment& world) {
  return find_entry(registry().curricula, "curriculum", component.name).make(component, *world.factory());
}
optim::Rule make_rule(const ComponentText& component) {
  return find_entry(registry().rules, "optimizer", component.name).make(component);
}
optim::Schedule make_schedule(const ComponentText& component) {
  return find_entry(registry().schedules, "schedule", component.name).make(component);
}
optim::Clip make_clip(const ComponentText& component) {
  return find_entry(registry().clips, "clip", component.name).make(component);
}
optim::Problem make_problem(const ComponentText& component) {
  return find_entry(registry().problems, "problem", component.name).make(component);
}

void read_value(const Place& place, std::string_view text, envs::Recipe& value) {
  const MadeEnvironment made = make_environment(parse_component(text, place.name));
  value = {made.text, made.factory};
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
