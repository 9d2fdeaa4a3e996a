#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "agents/archive/atomic_file.h"
#include "agents/training/progress.h"
#include "agents/training/signals.h"
#include "agents/training/standard_error.h"
#include "agents/training/train.h"
#include "apps/command_line/json.h"
#include "apps/command_line/output.h"
#include "apps/command_line/run_plan.h"
#include "apps/subcommands.h"
#ifdef CAIRN_HAS_WINDOW
#include "render/window/live_view.h"
#endif

namespace cairn::apps {

namespace {

constexpr const char* default_swaps = "sgd:momentum=0.9 rmsprop adam adamw lion muon";

std::vector<Option> train_options() {
  std::vector<Option> options = plan_options();
  options.push_back({"resume", "DIR", "go on with the run in DIR; with --steps for longer", false});
  options.push_back({"watch", "", "show the learning in a window; H lists its keys"});
  options.push_back({"on-close", "continue|stop", "what closing the window does to the run (default continue)"});
  options.push_back({"swap-to", "SPEC…", "optimizers that can be swapped in at the window", true, true});
  options.push_back({"quiet", "", "no progress"});
  options.push_back({"verbose", "", "before training, every option in full, not only what differs from the defaults"});
  options.push_back({"json", "", "the summary on standard output for scripts"});
  options.push_back({"help", "", "this text", false});
  return options;
}

std::filesystem::path default_folder(const RunPlan& plan) {
  const auto name = [](const std::string& text) { return text.substr(0, text.find(':')); };
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  char time[32];
  std::strftime(time, sizeof time, "%Y%m%d-%H%M%S", std::localtime(&now));
  const std::string stem = fmt::format("runs/{}__{}__{}__s{}__{}", name(plan.environment), name(plan.agent),
                                       name(plan.optimizer), plan.seed, time);
  std::string folder = stem;
  for (int i = 2; std::filesystem::exists(folder); ++i) folder = fmt::format("{}-{}", stem, i);
  return folder;
}

/// A run folder holds one run; what another left there is not to be overwritten.
void refuse_used(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / "config.json"))
    throw UsageError("Option '--out': " + folder.string() + " already holds a run. Go on with it by --resume " +
                     folder.string() + ", or name another folder.");
  if (std::filesystem::exists(folder) && !std::filesystem::is_directory(folder))
    throw UsageError("Option '--out': " + folder.string() + " is a file, not a folder.");
}

struct Task {
  RunPlan plan;
  std::filesystem::path folder;
  bool resume = false;
};

Task resumed(const Arguments& arguments) {
  for (const Option& option : plan_options())
    if (arguments.typed(option.name) && option.name != "steps" && option.name != "threads")
      throw UsageError("Option '--" + option.name +
                       "' cannot stand beside '--resume': a run goes on as it began. Allowed: " +
                       "--steps, --threads, --watch, --on-close, --swap-to, --quiet, --verbose, --json.");
  Task task{.plan = {}, .folder = arguments.text("resume"), .resume = true};
  task.plan = read_plan(task.folder / "config.json");
  const std::int64_t steps = arguments.count("steps", "[1,1000000000000]", task.plan.steps);
  if (arguments.typed("threads")) task.plan.threads = static_cast<int>(arguments.count("threads", "[1,1024]", 1));
  if (steps != task.plan.steps) {
    task.plan.steps = steps;
    agents::write_file(task.folder / "config.json", task.plan.json());
  }
  return task;
}

/// What `--watch` is told besides.
struct AtTheWindow {
  bool shown = false;
  std::vector<optim::Rule> rules;  ///< that a person can swap in
  bool stop_on_close = false;
};

AtTheWindow at_the_window(const Arguments& arguments, const RunPlan& plan) {
  AtTheWindow window{.shown = arguments.flag("watch"), .rules = {}};
  if (!window.shown) {
    for (const char* name : {"on-close", "swap-to"})
      if (arguments.typed(name))
        throw UsageError(fmt::format("Option '--{}' is of the window; it needs '--watch'.", name));
    return window;
  }
#ifndef CAIRN_HAS_WINDOW
  throw UsageError("Option '--watch': this build has no window, because SFML was not found.");
#endif
  const std::string on_close = arguments.text("on-close", "continue");
  if (on_close != "continue" && on_close != "stop")
    throw UsageError("Option '--on-close' cannot be '" + on_close + "'. Allowed: continue, stop.");
  window.stop_on_close = on_close == "stop";
  for (const std::string& spec : arguments.list("swap-to", default_swaps))
    window.rules.push_back(swapped_in(plan, spec));
  return window;
}

optim::Rule rule_described(const std::string& description) {
  return make_rule(parse_component(description, "the checkpoint's optimizer"));
}

template <class Entry>
const Entry* entry_named(const std::vector<Entry>& entries, const std::string& name) {
  const auto found = std::ranges::find(entries, name, &Entry::name);
  return found == entries.end() ? nullptr : &*found;
}

/// The spelled-out spec without what stands there by default.
template <class Entry>
std::string differing(const std::vector<Entry>& entries, const std::string& spec) {
  ComponentText component = parse_component(spec, "the plan");
  if (const Entry* entry = entry_named(entries, component.name); entry != nullptr)
    std::erase_if(component.settings, [&](const ComponentText::Setting& setting) {
      const auto field = std::ranges::find(entry->fields, setting.key, &Field::key);
      return field != entry->fields.end() && field->value == setting.value;
    });
  return component.text();
}

void print_everything(const Task& task) {
  const RunPlan& plan = task.plan;
  agents::print_aside("  env        {}\n  agent      {}\n  optimizer  {}\n  schedule   {}\n  clip       {}\n",
                      plan.environment, plan.agent, plan.optimizer, plan.schedule, plan.clip);
  if (!plan.demonstrations.empty()) agents::print_aside("  demos      {}\n", plan.demonstrations);
  agents::print_aside("  preset     {}    steps {}    seed {}    envs {}    threads {}\n  folder     {}\n", plan.preset,
                      plan.steps, plan.seed, plan.environments, plan.threads, task.folder.string());
}

/// What is trained where, and what of it differs from the defaults, a preset's settings included.
void print_difference(const Task& task) {
  const RunPlan& plan = task.plan;
  const auto line = [](const char* what, const auto& value) { agents::print_aside("  {:10} {}\n", what, value); };
  line("env", differing(environments(), plan.environment));
  line("agent", differing(agent_entries(), plan.agent));
  line("optimizer", differing(rule_entries(), plan.optimizer));
  if (const std::string schedule = differing(schedule_entries(), plan.schedule); schedule != "constant")
    line("schedule", schedule);
  const AgentEntry& agent = find_agent(parse_component(plan.agent, "the plan").name);
  if (plan.clip != make_clip(parse_component(agent.clip, "the agent's clip")).description)
    line("clip", differing(clip_entries(), plan.clip));
  if (!plan.demonstrations.empty()) line("demos", plan.demonstrations);
  if (plan.preset != "none") line("preset", plan.preset);
  if (plan.seed != 0) line("seed", plan.seed);
  line("steps", plan.steps);
  line("folder", task.folder.string());
}

void print_summary(const agents::TrainResult& result, const Task& task) {
  const char* endings[] = {"Done", "Reached the return asked for", "Interrupted", "Stopped"};
  print_out("{} after {} steps, {} episodes and {} updates in {:.1f} s ({:.0f} steps/s while training).\n",
            endings[static_cast<int>(result.ending)], result.steps, result.episodes, result.updates, result.seconds,
            result.steps_per_second);
  if (!result.evaluation.returns.empty())
    print_out("Last evaluation, {} episodes: return {:.1f} ± {:.1f}, success {:.0f} %. Best return {:.1f}.\n",
              result.evaluation.returns.size(), result.evaluation.mean_return, result.evaluation.std_return,
              100 * result.evaluation.success_rate, std::max(result.best_return, result.evaluation.mean_return));
  print_out("Run folder: {}\n", task.folder.string());
  if (result.intervened)
    print_out("A person changed the learning: {} says when and how.\n", (task.folder / "log.txt").string());
  if (result.ending == agents::Ending::interrupted || result.ending == agents::Ending::stopped)
    print_out("Go on with: cairn train --resume {}\n", task.folder.string());
}

void print_json(const agents::TrainResult& result, const Task& task) {
  const char* endings[] = {"finished", "reached", "interrupted", "stopped"};
  Json out = {
      {"ending", endings[static_cast<int>(result.ending)]},
      {"steps", result.steps},
      {"episodes", result.episodes},
      {"updates", result.updates},
      {"resumed_from", result.resumed_from},
      {"intervened", result.intervened},
      {"seconds", result.seconds},
      {"training_seconds", result.training_seconds},
      {"steps_per_second", result.steps_per_second},
      {"folder", task.folder.string()},
  };
  if (!result.evaluation.returns.empty()) {
    out["mean_return"] = result.evaluation.mean_return;
    out["success_rate"] = result.evaluation.success_rate;
    out["best_return"] = result.best_return;
  }
  print_out("{}", indented(out));
}

}  // namespace

int train(const std::vector<std::string>& line) {
  const std::vector<Option> options = train_options();
  const Arguments arguments = parse_arguments(line, options, 0);
  if (arguments.flag("help")) {
    print_out(
        "cairn train --env SPEC --agent SPEC [options]\ncairn train --resume DIR [--steps N]\n\n{}\n"
        "SPEC is name:key=value,… ; 'cairn list envs lander' shows the keys. A preset is overridden by --config, "
        "that by\nCAIRN_* variables (CAIRN_STEPS=…), those by the command line.\n",
        help_for(options));
    return 0;
  }
  const bool silent = arguments.flag("quiet") || arguments.flag("json");
  if (silent && arguments.typed("verbose"))
    throw UsageError(
        "Option '--verbose' cannot stand beside '--quiet' or '--json', which print nothing before training.");
  Task task;
  if (arguments.has("resume")) {
    task = resumed(arguments);
  } else {
    task.plan = resolve_plan(arguments);
    task.folder = arguments.text("out", "");
    if (task.folder.empty()) task.folder = default_folder(task.plan);
    refuse_used(task.folder);
  }
  const AtTheWindow window = at_the_window(arguments, task.plan);
  PlannedRun run = make_run(task.plan);
  if (!silent) arguments.flag("verbose") ? print_everything(task) : print_difference(task);

  std::vector<agents::Observer*> observers;
  agents::ProgressLine progress;
  if (!silent) observers.push_back(&progress);
#ifdef CAIRN_HAS_WINDOW
  std::optional<render::LiveView> view;
  if (window.shown)
    observers.push_back(
        &view.emplace(render::LiveViewOptions{.rules = window.rules, .stop_on_close = window.stop_on_close}));
#endif

  agents::watch_signals();
  agents::TrainOptions training = train_options(task.plan, task.folder);
  training.resume = task.resume;
  training.read_rule = &rule_described;
  const agents::TrainResult result = agents::train(*run.agent, run.world.factory, training, observers);
  if (arguments.flag("json"))
    print_json(result, task);
  else
    print_summary(result, task);
#ifdef CAIRN_HAS_WINDOW
  flush_out();
  if (view && result.ending != agents::Ending::interrupted && result.ending != agents::Ending::stopped) view->linger();
#endif
  return result.ending == agents::Ending::interrupted ? 128 + result.signal : 0;
}

}  // namespace cairn::apps
