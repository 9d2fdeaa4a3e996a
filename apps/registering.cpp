// What is looked at when a program adds a part.
#include <cmath>

#include "apps/program.h"
#include "envs/check.h"

namespace cairn::apps {

namespace {

/// Calls make() and turns whatever it throws into a sentence that names the part, as in `optimizer 'padam' WHAT: …`.
template <class F>
auto naming(const std::string& part, const char* what, F&& make) {
  try {
    return make();
  } catch (const std::exception& error) {
    throw UsageError(part + ' ' + what + ": " + error.what());
  }
}

std::string quoted(const char* kind, const std::string& name) {
  return std::string(kind) + " '" + name + "'";
}

/// Binds the rule to a matrix and a vector and takes two steps.
template <class Scalar>
void try_rule(const std::string& part, const optim::Rule& rule) {
  optim::Layout layout;
  layout.add("layer/weight", 3, 2, {"weight"});
  layout.add("layer/bias", 3, 1, {"bias"});
  const auto size = static_cast<std::size_t>(layout.size);
  std::vector<Scalar> parameters(size), gradient(size);
  for (std::size_t i = 0; i < size; ++i) {
    parameters[i] = Scalar(0.1) * static_cast<Scalar>(i + 1);
    gradient[i] = Scalar(0.5) - Scalar(0.1) * static_cast<Scalar>(i);
  }
  naming(part, "throws", [&] {
    const auto optimizer = rule.bind<Scalar>(layout, {.updates = 10});
    optimizer->step(parameters, gradient);
    optimizer->step(parameters, gradient);
  });
  for (const Scalar value : parameters)
    if (!std::isfinite(value)) throw UsageError(part + " makes parameters that are not finite of a finite gradient.");
}

/// Names of environments and of wrappers are one another's, too.
void require_new_environment(const std::string& name) {
  require_new_name("environment", name, names_of(registry().environments));
  require_new_name("environment", name, names_of(registry().wrappers));
}

constexpr const char* by_default = "cannot be made with its defaults";

}  // namespace

void Program::require_sound(const std::string& type, const std::function<EnvironmentEntry()>& make) {
  EnvironmentEntry entry = naming("The environment " + type, by_default, make);
  if (entry.name.empty()) throw UsageError("The environment " + type + " has an empty id.");
  require_new_environment(entry.name);
  const std::string part = quoted("environment", entry.name);
  const MadeEnvironment made = naming(part, by_default, [&] { return entry.make({entry.name, {}}); });
  if (const std::string fault = envs::first_fault(made.factory); !fault.empty())
    throw UsageError(part + ' ' + fault + ".");
  changeable_registry().environments.push_back(std::move(entry));
}

void Program::add_checked(PartEntry<envs::Recipe> entry) {
  require_new_environment(entry.name);
  changeable_registry().wrappers.push_back(std::move(entry));
}

void Program::add_checked(AgentEntry entry) {
  require_new_name("agent", entry.name, names_of(registry().agents));
  naming(quoted("agent", entry.name), "names no optimizer",
         [&] { return make_rule(entry.optimizer, "constant", entry.clip); });
  changeable_registry().agents.push_back(std::move(entry));
}

void Program::add_checked(BonusEntry entry) {
  require_new_name("bonus", entry.name, names_of(registry().bonuses));
  changeable_registry().bonuses.push_back(std::move(entry));
}

void Program::add_checked(PartEntry<optim::Rule> entry) {
  require_new_name("optimizer", entry.name, names_of(registry().rules));
  const std::string part = quoted("optimizer", entry.name);
  const optim::Rule rule = naming(part, by_default, [&] { return entry.make({entry.name, {}}); });
  require_own_description("optimizer", entry.name, rule.description());
  try_rule<float>(part, rule);
  try_rule<double>(part, rule);
  changeable_registry().rules.push_back(std::move(entry));
}

void Program::add_checked(PartEntry<optim::Schedule> entry) {
  require_new_name("schedule", entry.name, names_of(registry().schedules));
  const std::string part = quoted("schedule", entry.name);
  const optim::Schedule schedule = naming(part, by_default, [&] { return entry.make({entry.name, {}}); });
  require_own_description("schedule", entry.name, schedule.description());
  for (const std::int64_t count : {0, 1, 50, 100})
    if (const double rate = naming(part, "throws", [&] { return schedule(count, 1, {.updates = 100}); });
        !(rate >= 0) || !std::isfinite(rate))
      throw UsageError(part + " gives a rate of " + optim::text_of(rate) + " at update " + std::to_string(count) +
                       " of 100.");
  changeable_registry().schedules.push_back(std::move(entry));
}

void Program::add_checked(const Preset& preset) {
  Registry& all = changeable_registry();
  require_new_name("preset", preset.name, names_of(all.presets));
  if (preset.name == "none") throw UsageError("preset 'none' cannot be called so: it stands for no preset.");
  naming(quoted("preset", preset.name), "cannot be used", [&] {
    const MadeEnvironment world = make_environment(parse_component(preset.environment, "its environment"));
    const ComponentText agent = parse_component(preset.agent, "its agent");
    find_agent(agent.name)
        .make(agent, {world.spec, world.text, make_rule(preset.optimizer, preset.schedule, preset.clip), "", nullptr});
    make_bonus(preset.bonus, world.spec);
    if (!preset.curriculum.empty()) make_curriculum(parse_component(preset.curriculum, "its curriculum"), world);
  });
  all.presets.insert(all.presets.begin(), preset);
}

void Program::add_checked(const suite::Entry& entry) {
  naming("The suite's entry '" + entry.world + ", " + entry.method + "'", "cannot be used",
         [&] { suite::plan_of(entry, 1); });
  suite::add(entry);
}

}  // namespace cairn::apps
