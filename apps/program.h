#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "apps/command_line/entries.h"
#include "apps/suite/entries.h"

namespace cairn::apps {

/// The program `cairn`, and any other that has parts of its own. What is added here has a name on the command line, and
/// every subcommand takes it: `train`, `eval`, `compare`, whose workers are this same program, and all others.
///
///     int main(int count, char** words) {
///       cairn::apps::Program program("lab");
///       program.add_environment<Corridor, CorridorOptions>();
///       program.add_rule({"padam", "Adam, partly adaptive", "Chen et al. 2020"}, &padam);
///       return program.run(count, words);
///     }
///
/// Option structs list their fields as those of Cairn's own parts do (optim/options.h). A part that is not as it must
/// be (a name twice, bounds that are not finite, an environment that writes NaN, a rule that throws) ends any command
/// with one sentence that names it and exit status 2; what is looked at takes no time to speak of. `list envs NAME
/// --check` looks at everything.
class Program {
 public:
  /// `name`: what messages call the program.
  explicit Program(std::string name = "cairn") : name_(std::move(name)) {}

  /// An environment that is made from its options, or from nothing; it is called what its spec's id says.
  template <class Environment, class Options = NoOptions>
  void add_environment() {
    add([] { require_sound(class_name(typeid(Environment)), environment_entry<Environment, Options>); });
  }
  /// An environment whose options choose among several classes.
  template <class Options>
  void add_environment(std::unique_ptr<envs::Environment> (*make)(const Options&)) {
    add([make] { require_sound(class_name(typeid(Options)), [make] { return environment_entry<Options>(make); }); });
  }
  /// An environment around another one, which its options call `of` (envs/wrappers.h).
  template <class Options>
  void add_wrapper(const About& about, envs::Recipe (*make)(const Options&)) {
    add([=] { add_checked(part_entry("environment", about, make)); });
  }
  /// An agent that is made from a world's spec, its options, if it has any, and a rule. `optimizer` and `clip`: where
  /// neither a preset nor a person says otherwise.
  template <class Agent, class Options = NoOptions>
  void add_agent(const About& about, const char* optimizer = "adam:lr=1e-3", const char* clip = "none") {
    add([=] { add_checked(agent_entry<Agent, Options>(about, optimizer, clip)); });
  }
  /// An update rule, made from its options.
  template <class Options>
  void add_rule(const About& about, optim::Rule (*make)(const Options&)) {
    add([=] { add_checked(part_entry("optimizer", about, make)); });
  }
  /// A learning-rate schedule, made from its options.
  template <class Options>
  void add_schedule(const About& about, optim::Schedule (*make)(const Options&)) {
    add([=] { add_checked(part_entry("schedule", about, make)); });
  }
  /// An intrinsic reward, made from a world's spec and its options, if it has any.
  template <class Bonus, class Options = NoOptions>
  void add_bonus(const About& about) {
    add([=] { add_checked(bonus_entry<Bonus, Options>(about)); });
  }
  /// Settings for an environment and an agent; before Cairn's own where both suit.
  void add_preset(Preset preset) {
    add([preset = std::move(preset)] { add_checked(preset); });
  }

  /// A line of the suite's table (`suite run --only WORLD`).
  void add_to_suite(suite::Entry entry) {
    add([entry = std::move(entry)] { add_checked(entry); });
  }

  /// For main(): runs what the command line says and returns the exit status.
  int run(int count, char** words);
  /// The words after the program's name.
  int run(const std::vector<std::string>& line);

 private:
  void add(std::function<void()> part) { parts_.push_back(std::move(part)); }
  int run_or_say(const std::vector<std::string>& line);
  int run_subcommand(const std::vector<std::string>& line);

  static void require_sound(const std::string& type, const std::function<EnvironmentEntry()>& make);
  static void add_checked(AgentEntry entry);
  static void add_checked(BonusEntry entry);
  static void add_checked(PartEntry<envs::Recipe> entry);
  static void add_checked(PartEntry<optim::Rule> entry);
  static void add_checked(PartEntry<optim::Schedule> entry);
  static void add_checked(const Preset& preset);
  static void add_checked(const suite::Entry& entry);

  std::string name_;
  std::vector<std::function<void()>> parts_;  // to be added before the first command
};

}  // namespace cairn::apps
