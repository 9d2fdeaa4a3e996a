#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/exploration/curriculum.h"
#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/memory/bonus.h"
#include "apps/command_line/fields.h"
#include "apps/command_line/presets.h"
#include "apps/command_line/spec.h"
#include "envs/recipe.h"
#include "optim/optimizer.h"
#include "optim/problems/problem.h"

namespace cairn::apps {

// Every component by name: what the command line makes, lists and explains. How entries are made of classes, functions
// and their option structs is in entries.h; Cairn's own are listed in registry.cpp, registry_agents.cpp and
// optim/catalogue.h; a program adds more before it runs (apps/program.h).

/// A world as a run uses it.
struct MadeEnvironment {
  envs::EnvironmentFactory factory;  ///< makes one copy
  envs::Spec spec;                   ///< what a learner must know of it
  std::string text;                  ///< the spec with every option spelled out
};
/// A world by name.
struct EnvironmentEntry {
  std::string name;                                           ///< as `--env` takes it
  std::vector<Field> fields;                                  ///< its options with their defaults
  std::function<MadeEnvironment(const ComponentText&)> make;  ///< throws UsageError
};

/// What an agent can be given besides its options.
struct AgentInputs {
  const envs::Spec& spec;                             ///< of the world
  std::string world;                                  ///< its spec with every option spelled out
  optim::Rule rule;                                   ///< with schedule and clip
  std::string demonstrations;                         ///< `--demos`, empty for none
  const envs::EnvironmentFactory* factory = nullptr;  ///< for flying demonstrations
  std::uint64_t seed = 0;                             ///< of the run, for flying demonstrations
  std::shared_ptr<agents::Bonus> bonus{};             ///< null: none
};
/// An agent as a run uses it.
struct MadeAgent {
  std::unique_ptr<agents::Agent> agent;  ///< not yet begun
  std::string text;                      ///< its SPEC with every option spelled out
  std::string demonstrations_digest{};   ///< of those that it learns from; empty where there are none
};
/// An agent by name.
struct AgentEntry {
  std::string name, summary, paper;   ///< as `cairn list agents` shows them
  std::string optimizer, clip;        ///< used where neither a preset nor a person says otherwise
  int environments = 16;              ///< likewise
  bool takes_demonstrations = false;  ///< whether it can do something with `--demos`
  bool takes_bonus = false;           ///< likewise with `--bonus`
  bool takes_curriculum = true;       ///< likewise with `--curriculum`
  std::vector<Field> fields;          ///< its options with their defaults
  std::function<MadeAgent(const ComponentText&, AgentInputs)> make;  ///< throws UsageError and std::invalid_argument
  /// What a run would take, by options alone: nothing of its size is allocated.
  std::function<agents::MemoryNeed(const ComponentText&, const envs::Spec&, const optim::Rule&, int environments,
                                   const agents::Bonus*)>
      memory_need;
};

/// An intrinsic reward.
struct MadeBonus {
  std::shared_ptr<agents::Bonus> bonus;  ///< null for `none`
  std::string text;                      ///< its SPEC with every option spelled out
};
/// An intrinsic reward by name.
struct BonusEntry {
  std::string name, summary, paper;  ///< as `cairn list bonuses` shows them
  std::vector<Field> fields;         ///< its options with their defaults
  std::function<MadeBonus(const ComponentText&, const envs::Spec&)>
      make;  ///< throws UsageError and std::invalid_argument
};

/// A curriculum as a run uses it.
struct MadeCurriculum {
  std::shared_ptr<agents::Curriculum> curriculum;  ///< null for `none`
  std::string text;                                ///< empty for `none`
};
/// A curriculum by name.
struct CurriculumEntry {
  std::string name, summary, paper;  ///< as `cairn list curricula` shows them
  std::vector<Field> fields;         ///< its options with their defaults
  std::function<MadeCurriculum(const ComponentText&, const envs::Environment&)>
      make;  ///< throws UsageError and std::invalid_argument
};

/// An update rule, a schedule, a clip or a problem.
template <class Made>
struct PartEntry {
  std::string name, summary, paper;                ///< as `cairn list` shows them
  std::vector<Field> fields;                       ///< its options with their defaults
  std::function<Made(const ComponentText&)> make;  ///< throws UsageError and std::invalid_argument
};

/// All there is.
struct Registry {
  std::vector<EnvironmentEntry> environments;         ///< worlds
  std::vector<PartEntry<envs::Recipe>> wrappers;      ///< environments around environments
  std::vector<AgentEntry> agents;                     ///< whatever learns
  std::vector<PartEntry<optim::Rule>> rules;          ///< what `--optimizer` takes
  std::vector<PartEntry<optim::Schedule>> schedules;  ///< what `--schedule` takes
  std::vector<PartEntry<optim::Clip>> clips;          ///< `none` too
  std::vector<BonusEntry> bonuses;                    ///< what `--bonus` takes
  std::vector<CurriculumEntry> curricula;             ///< `none` too
  std::vector<PartEntry<optim::Problem>> problems;    ///< what `--problem` takes
  std::vector<Preset> presets;                        ///< more specific ones first
};
/// Made when first asked for, so that what needs none of it starts at once.
const Registry& registry();
Registry& changeable_registry();       ///< for what a program adds before it runs
std::vector<AgentEntry> own_agents();  ///< Cairn's own

// Each throws UsageError naming what is unknown or out of range.
/// The world of a SPEC, wrapped or not.
MadeEnvironment make_environment(const ComponentText& component);
/// The agent of that name.
const AgentEntry& find_agent(const std::string& name);
/// Nothing for an empty text.
MadeBonus make_bonus(const std::string& text, const envs::Spec& spec);
/// The curriculum of a SPEC for that world; null for `none`.
MadeCurriculum make_curriculum(const ComponentText& component, const MadeEnvironment& world);
/// The rule of a SPEC.
optim::Rule make_rule(const ComponentText& component);
/// The schedule of a SPEC.
optim::Schedule make_schedule(const ComponentText& component);
/// The clip of a SPEC.
optim::Clip make_clip(const ComponentText& component);
/// What `--optimizer`, `--schedule` and `--clip` come to together.
optim::Rule make_rule(const std::string& optimizer, const std::string& schedule, const std::string& clip);
/// The problem of a SPEC.
optim::Problem make_problem(const ComponentText& component);

// What fields that are components themselves are read by.
/// Reads a nested environment.
void read_value(const Place& place, std::string_view text, envs::Recipe& value);
/// Reads a nested rule.
void read_value(const Place& place, std::string_view text, optim::Rule& value);
/// Reads a nested schedule.
void read_value(const Place& place, std::string_view text, optim::Schedule& value);
/// Reads a nested clip.
void read_value(const Place& place, std::string_view text, optim::Clip& value);

}  // namespace cairn::apps
