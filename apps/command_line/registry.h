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
  envs::EnvironmentFactory factory;
  envs::Spec spec;
  std::string text;  ///< the spec with every option spelled out
};
struct EnvironmentEntry {
  std::string name;
  std::vector<Field> fields;
  std::function<MadeEnvironment(const ComponentText&)> make;
};

/// What an agent can be given besides its options.
struct AgentInputs {
  const envs::Spec& spec;
  std::string world;  ///< its spec with every option spelled out
  optim::Rule rule;
  std::string demonstrations;                         ///< `--demos`, empty for none
  const envs::EnvironmentFactory* factory = nullptr;  ///< for flying demonstrations
  std::uint64_t seed = 0;
  std::shared_ptr<agents::Bonus> bonus{};  ///< null: none
};
struct MadeAgent {
  std::unique_ptr<agents::Agent> agent;
  std::string text;
  std::string demonstrations_digest{};  ///< of those that it learns from; empty where there are none
};
struct AgentEntry {
  std::string name, summary, paper;
  std::string optimizer, clip;  ///< used where neither a preset nor a person says otherwise
  int environments = 16;        ///< likewise
  bool takes_demonstrations = false, takes_bonus = false, takes_curriculum = true;
  std::vector<Field> fields;
  std::function<MadeAgent(const ComponentText&, AgentInputs)> make;
  /// What a run would take, by options alone: nothing of its size is allocated.
  std::function<agents::MemoryNeed(const ComponentText&, const envs::Spec&, const optim::Rule&, int environments,
                                   const agents::Bonus*)>
      memory_need;
};

/// An intrinsic reward.
struct MadeBonus {
  std::shared_ptr<agents::Bonus> bonus;
  std::string text;
};
struct BonusEntry {
  std::string name, summary, paper;
  std::vector<Field> fields;
  std::function<MadeBonus(const ComponentText&, const envs::Spec&)> make;
};

struct MadeCurriculum {
  std::shared_ptr<agents::Curriculum> curriculum;  ///< null for `none`
  std::string text;                                ///< empty for `none`
};
struct CurriculumEntry {
  std::string name, summary, paper;
  std::vector<Field> fields;
  std::function<MadeCurriculum(const ComponentText&, const envs::Environment&)> make;
};

/// An update rule, a schedule, a clip or a problem.
template <class Made>
struct PartEntry {
  std::string name, summary, paper;
  std::vector<Field> fields;
  std::function<Made(const ComponentText&)> make;
};

/// All there is.
struct Registry {
  std::vector<EnvironmentEntry> environments;
  std::vector<PartEntry<envs::Recipe>> wrappers;  ///< environments around environments
  std::vector<AgentEntry> agents;
  std::vector<PartEntry<optim::Rule>> rules;
  std::vector<PartEntry<optim::Schedule>> schedules;
  std::vector<PartEntry<optim::Clip>> clips;  ///< `none` too
  std::vector<BonusEntry> bonuses;
  std::vector<CurriculumEntry> curricula;  ///< `none` too
  std::vector<PartEntry<optim::Problem>> problems;
  std::vector<Preset> presets;  ///< more specific ones first
};
/// Made when first asked for, so that what needs none of it starts at once.
const Registry& registry();
Registry& changeable_registry();       ///< for what a program adds before it runs
std::vector<AgentEntry> own_agents();  ///< Cairn's own

// Each throws UsageError naming what is unknown or out of range.
MadeEnvironment make_environment(const ComponentText& component);
const AgentEntry& find_agent(const std::string& name);
/// Nothing for an empty text.
MadeBonus make_bonus(const std::string& text, const envs::Spec& spec);
MadeCurriculum make_curriculum(const ComponentText& component, const MadeEnvironment& world);
optim::Rule make_rule(const ComponentText& component);
optim::Schedule make_schedule(const ComponentText& component);
optim::Clip make_clip(const ComponentText& component);
/// What `--optimizer`, `--schedule` and `--clip` come to together.
optim::Rule make_rule(const std::string& optimizer, const std::string& schedule, const std::string& clip);
optim::Problem make_problem(const ComponentText& component);

// What fields that are components themselves are read by.
void read_value(const Place& place, std::string_view text, envs::Recipe& value);
void read_value(const Place& place, std::string_view text, optim::Rule& value);
void read_value(const Place& place, std::string_view text, optim::Schedule& value);
void read_value(const Place& place, std::string_view text, optim::Clip& value);

}  // namespace cairn::apps
