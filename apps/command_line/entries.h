#pragma once

#include <concepts>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "agents/memory/demonstrations.h"
#include "apps/command_line/registry.h"

// How a class or a function with its option struct becomes an entry of the registry.

namespace cairn::apps {

/// The options of what has none.
struct NoOptions {
  template <class V>
  void fields(V&&) {}
};

/// What a person reads of a component.
struct About {
  const char* name;          ///< as SPECs say it: lower-case letters, digits, `_` and `-`
  const char* summary = "";  ///< one phrase
  const char* paper = "";    ///< authors and year; empty where there is none
};

/// A class's name as it stands in its source, for worlds that have no other.
std::string class_name(const std::type_info& type);
/// Throws UsageError, which begins with `kind`, for a name that SPECs cannot say or that is there already.
void require_new_name(std::string_view kind, const std::string& name, const std::vector<std::string>& names);
/// What they are called, in their order.
template <class Entry>
std::vector<std::string> names_of(const std::vector<Entry>& entries) {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const Entry& entry : entries) names.push_back(entry.name);
  return names;
}
/// Throws UsageError where a part calls itself otherwise, since a run's config.json could not make it again.
void require_own_description(std::string_view kind, const std::string& name, std::string_view description);

/// A world whose options choose among several classes.
template <class Options>
EnvironmentEntry environment_entry(std::unique_ptr<envs::Environment> (*make)(const Options&)) {
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

/// A world that is made from its options, or from nothing.
template <class World, class Options = NoOptions>
EnvironmentEntry environment_entry() {
  return environment_entry<Options>([](const Options& options) -> std::unique_ptr<envs::Environment> {
    if constexpr (std::is_constructible_v<World, const Options&>)
      return std::make_unique<World>(options);
    else
      return std::make_unique<World>();
  });
}

/// Demonstrations as `--demos` names them: `heuristic:episodes=30`, or a file. None where nothing is named.
std::vector<agents::Demonstration> named_demonstrations(const AgentInputs& inputs);

/// An agent, made from a spec, its options and a rule. Those that learn from demonstrations take them as a fourth
/// argument; those that take a bonus as their last.
template <class Agent, class Options>
AgentEntry agent_entry(const About& about, const char* optimizer, const char* clip, const Options& defaults = {},
                       int environments = 16) {
  constexpr bool takes_demonstrations =
      std::is_constructible_v<Agent, envs::Spec, Options, optim::Rule, std::vector<agents::Demonstration>>;
  using MaybeBonus = std::shared_ptr<agents::Bonus>;
  constexpr bool takes_bonus =
      std::is_constructible_v<Agent, envs::Spec, Options, optim::Rule, MaybeBonus> ||
      std::is_constructible_v<Agent, envs::Spec, Options, optim::Rule, std::vector<agents::Demonstration>, MaybeBonus>;
  AgentEntry entry{.name = about.name,
                   .summary = about.summary,
                   .paper = about.paper,
                   .optimizer = optimizer,
                   .clip = clip,
                   .environments = environments,
                   .takes_demonstrations = takes_demonstrations,
                   .takes_bonus = takes_bonus,
                   .fields = fields_of(defaults),
                   .make = {},
                   .memory_need = {}};
  entry.memory_need = [defaults]([[maybe_unused]] const ComponentText& component,
                                 [[maybe_unused]] const envs::Spec& spec, [[maybe_unused]] const optim::Rule& rule,
                                 [[maybe_unused]] int environments, [[maybe_unused]] const agents::Bonus* bonus) {
    Options options = defaults;
    set_fields("agent", component, options);
    return as_usage([&] {
      if constexpr (requires { memory_need(options, spec, rule, environments, bonus); })
        return memory_need(options, spec, rule, environments, bonus);
      else if constexpr (requires { memory_need(options, spec, rule, environments); })
        return memory_need(options, spec, rule, environments);
      else
        return agents::MemoryNeed{};  // not known
    });
  };
  entry.make = [name = entry.name, defaults](const ComponentText& component, AgentInputs inputs) {
    Options options = defaults;
    set_fields("agent", component, options);
    MadeAgent made;
    made.agent = as_usage([&] {
      if constexpr (takes_demonstrations) {
        const std::vector<agents::Demonstration> shown = named_demonstrations(inputs);
        if constexpr (requires { options.needs_demonstrations(); })
          if (inputs.factory != nullptr && shown.empty() && options.needs_demonstrations())
            throw UsageError("Agent '" + name + "' needs demonstrations, as in '--demos heuristic:episodes=30'.");
        if (!shown.empty()) made.demonstrations_digest = agents::digest_of(shown);
        if constexpr (takes_bonus)
          return std::make_unique<Agent>(inputs.spec, options, inputs.rule, shown, inputs.bonus);
        else
          return std::make_unique<Agent>(inputs.spec, options, inputs.rule, shown);
      } else if constexpr (takes_bonus) {
        return std::make_unique<Agent>(inputs.spec, options, std::move(inputs.rule), inputs.bonus);
      } else if constexpr (std::is_constructible_v<Agent, envs::Spec, Options, optim::Rule>) {
        return std::make_unique<Agent>(inputs.spec, options, std::move(inputs.rule));
      } else {
        return std::make_unique<Agent>(inputs.spec, std::move(inputs.rule));
      }
    });
    made.text = optim::describe(name, options);
    return made;
  };
  return entry;
}

/// The entry of a class that is made from a spec and its options.
template <class Bonus, class Options>
BonusEntry bonus_entry(const About& about) {
  return {.name = about.name,
          .summary = about.summary,
          .paper = about.paper,
          .fields = fields_of(Options{}),
          .make = [name = std::string(about.name)](const ComponentText& component, const envs::Spec& spec) {
            Options options;
            set_fields("bonus", component, options);
            return as_usage([&] {
              MadeBonus made{nullptr, optim::describe(name, options)};
              if constexpr (std::is_constructible_v<Bonus, envs::Spec, Options>)
                made.bonus = std::make_shared<Bonus>(spec, options);
              else
                made.bonus = std::make_shared<Bonus>(spec);
              return made;
            });
          }};
}

/// The entry of a class that is made from a world and its options.
template <class Curriculum, class Options>
CurriculumEntry curriculum_entry(const About& about) {
  return {.name = about.name,
          .summary = about.summary,
          .paper = about.paper,
          .fields = fields_of(Options{}),
          .make = [name = std::string(about.name)](const ComponentText& component, const envs::Environment& world) {
            Options options;
            set_fields("curriculum", component, options);
            return MadeCurriculum{as_usage([&] { return std::make_shared<Curriculum>(world, options); }),
                                  optim::describe(name, options)};
          }};
}

/// A rule, a schedule, a clip or a problem, of which `kind` says which, as a function makes it.
template <class Made, class Options>
PartEntry<Made> part_entry(const char* kind, const About& about, Made (*make)(const Options&)) {
  PartEntry<Made> entry{.name = about.name,
                        .summary = about.summary,
                        .paper = about.paper,
                        .fields = fields_of(Options{}),
                        .make = [kind, make](const ComponentText& component) {
                          Options options;
                          set_fields(kind, component, options);
                          return as_usage([&] { return make(options); });
                        }};
  if constexpr (requires(Options & options) { options.open(std::string_view()); })
    entry.fields.push_back({"TAG", "SPEC", "optimizer", "for the parameters with that tag, as often as wanted"});
  return entry;
}

}  // namespace cairn::apps
