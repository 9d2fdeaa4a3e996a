#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <filesystem>

#include "agents/training/checkpoint.h"
#include "agents/training/progress.h"
#include "agents/training/signals.h"
#include "agents/training/standard_error.h"
#include "agents/training/train.h"
#include "apps/command_line/json.h"
#include "apps/command_line/made_by.h"
#include "apps/command_line/output.h"
#include "apps/command_line/run_plan.h"
#include "apps/command_line/showing.h"
#include "apps/subcommands.h"
#include "render/sheets/learning_film.h"
#ifdef CAIRN_HAS_WINDOW
#include "render/window/live_view.h"
#endif

namespace cairn::apps {

namespace {

constexpr const char* default_swaps = "sgd:momentum=0.9 rmsprop adam adamw lion muon";

std::vector<Option> train_options() {
  std::vector<Option> options = plan_options();
  options.push_back({"resume", "DIR", "go on with the run in DIR; with --steps for longer", false});
  options.push_back(
      {"stretch", "", "with --resume and --steps: schedules run over all the steps, not over those planned", false});
  options.push_back({"allow-inexact", "", "with --resume: also on another build or machine, where bits differ", false});
  options.push_back({"watch", "", "show the learning in a window; H lists its keys"});
  options.push_back({"record", "FILE",
                     ".mp4 or .gif: a video of how it learned, by policies from the first to the last; needs no "
                     "display, but the program ffmpeg"});
  options.push_back({"pace", "cinema|unleashed",
                     "how training begins in the window: as flights have been shown, or at once (default cinema)"});
  options.push_back({"on-close", "continue|stop", "what closing the window does to the run (default continue)"});
  options.push_back({"swap-to", "SPEC…", "optimizers that can be swapped in at the window", true, true});
  options.push_back({"quiet", "", "no progress"});
  options.push_back({"verbose", "", "before training, every option in full, not only what differs from the defaults"});
  options.push_back({"json", "", "the summary on standard output for scripts"});
  options.push_back({"json-lines", "", "each evaluation on standard output as it comes, a JSON object a line"});
  options.push_back({"help", "", "this text", false});
  return options;
}

std::filesystem::path default_folder(const RunPlan& plan) {
  const auto name = [](const std::string& text) { return text.substr(0, text.find(':')); };
  const std::string world =
      make_environment(parse_component(plan.environment, "--env")).spec.id;  // also of a wrapped one
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  char time[32];
  std::strftime(time, sizeof time, "%Y%m%d-%H%M%S", std::localtime(&now));
  const std::string stem =
      fmt::format("runs/{}__{}__{}__s{}__{}", world, name(plan.agent), name(plan.optimizer), plan.seed, time);
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
  bool anew = false;        ///< there is no checkpoint to resume from
  bool new_config = false;  ///< config.json is to be written anew
  std::string note{};       ///< for the log, of a run that goes on otherwise than it began
};

std::int64_t steps_done(const std::filesystem::path& folder) {
  const std::filesystem::path last = folder / "checkpoints/last.safetensors";
  if (!std::filesystem::exists(last)) return 0;
  const agents::Archive archive = agents::read_checkpoint(last);
  const auto steps = archive.metadata.find("steps");
  std::int64_t done = 0;
  if (steps != archive.metadata.end())
    std::from_chars(steps->second.data(), steps->second.data() + steps->second.size(), done);
  return done;
}

/// `--steps` and `--stretch` of a run that goes on. A schedule keeps the horizon that it was planned with unless it is
/// stretched; where its rate is 0 from there on, to go on would be in vain.
void change_length(Task& task, const Arguments& arguments) {
  RunPlan& plan = task.plan;
  const std::int64_t steps = arguments.count("steps", "[1,1000000000000]", plan.steps), planned = plan.horizon;
  const bool stretch = arguments.flag("stretch");
  if (stretch && steps <= planned)
    throw UsageError(
        fmt::format("Option '--stretch' needs '--steps' of more than the {} steps that the run in '{}' was "
                    "planned for.",
                    planned, task.folder.string()));
  if (steps == plan.steps && !stretch) return;
  if (const std::int64_t done = steps_done(task.folder); steps < done)
    throw UsageError(fmt::format("{} cannot be '{}': the run in '{}' has done {} steps already.",
                                 arguments.named("steps"), steps, task.folder.string(), done));
  if (!stretch && steps > planned && rate_ends_with_horizon(plan))
    throw UsageError(
        fmt::format("{} cannot be '{}': the learning rate of the run in '{}' is 0 at step {}. "
                    "'--stretch' runs its schedule over all {} steps from here.",
                    arguments.named("steps"), steps, task.folder.string(), planned, steps));
  plan.steps = steps;
  if (stretch) {
    plan.horizon = steps;
    task.note += fmt::format("Schedules run over {} steps from here, in place of {}. ", steps, planned);
  }
  task.new_config = true;
}

/// Bits are those of one build on one kind of machine.
void settle_build(Task& task, const Arguments& arguments) {
  const std::string difference = difference_from_here(task.plan.made_by);
  if (difference.empty()) return;
  if (!arguments.flag("allow-inexact"))
    throw UsageError(
        fmt::format("The run in '{}' cannot go on here to the same bits: {}. '--allow-inexact' lets it go "
                    "on to others.",
                    task.folder.string(), difference));
  task.plan.made_by = went_on_here(task.plan.made_by, steps_done(task.folder));
  task.note += fmt::format("Not to the same bits from here: {}. ", difference);
  task.new_config = true;
}

/// A run that goes on learns from the demonstrations that it began with.
void refuse_other_demonstrations(const Task& task, const PlannedRun& run) {
  const std::string began = demonstrations_digest_in(task.plan.made_by);
  if (began.empty() || began == run.demonstrations_digest) return;
  throw std::runtime_error(
      fmt::format("The run in '{}' cannot go on: its demonstrations, {}, were {} when it began and are {} now.",
                  task.folder.string(), task.plan.demonstrations, began, run.demonstrations_digest));
}

Task resumed(const Arguments& arguments) {
  for (const Option& option : plan_options())
    if (arguments.typed(option.name) && option.name != "steps" && option.name != "threads")
      throw UsageError(
          "Option '--" + option.name + "' cannot stand beside '--resume': a run goes on as it began. Allowed: " +
          "--steps, --stretch, --allow-inexact, --threads, --watch, --pace, --on-close, --swap-to, --quiet, "
          "--verbose, --json, --json-lines.");
  Task task{.plan = {}, .folder = arguments.text("resume"), .resume = true};
  task.plan = read_plan(task.folder / "config.json");
  task.plan.made_by = read_made_by(task.folder / "config.json");
  task.anew = !std::filesystem::exists(task.folder / "checkpoints/last.safetensors");
  if (!task.anew) settle_build(task, arguments);
  change_length(task, arguments);
  if (arguments.typed("threads")) task.plan.threads = static_cast<int>(arguments.count("threads", "[1,1024]", 1));
  return task;
}

/// What `--watch` is told besides.
struct AtTheWindow {
  bool shown = false;
  std::vector<optim::Rule> rules;  ///< that a person can swap in
  bool stop_on_close = false, cinema = true;
};

AtTheWindow at_the_window(const Arguments& arguments, const RunPlan& plan) {
  AtTheWindow window{.shown = arguments.flag("watch"), .rules = {}};
  if (!window.shown) {
    for (const char* name : {"pace", "on-close", "swap-to"})
      if (arguments.typed(name))
        throw UsageError(fmt::format("Option '--{}' is of the window; it needs '--watch'.", name));
    return window;
  }
#ifndef CAIRN_HAS_WINDOW
  throw UsageError("Option '--watch': this build has no window, because SFML was not found.");
#endif
  const auto first_of = [&](const char* name, const std::string& first, const std::string& other) {
    const std::string chosen = arguments.text(name, first);
    if (chosen == first || chosen == other) return chosen == first;
    throw UsageError(fmt::format("Option '--{}' cannot be '{}'. Allowed: {}, {}.", name, chosen, first, other));
  };
  window.stop_on_close = !first_of("on-close", "continue", "stop");
  window.cinema = first_of("pace", "cinema", "unleashed");
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
  if (!plan.bonus.empty()) agents::print_aside("  bonus      {}\n", plan.bonus);
  if (!plan.curriculum.empty()) agents::print_aside("  curriculum {}\n", plan.curriculum);
  if (!plan.start.empty()) agents::print_aside("  start      {}\n", plan.start);
  agents::print_aside("  preset     {}    steps {}    seed {}    envs {}    threads {}\n  folder     {}\n", plan.preset,
                      plan.steps, plan.seed, plan.environments, plan.threads, task.folder.string());
}

/// What is trained where, and what of it differs from the defaults, a preset's settings included.
void print_difference(const Task& task) {
  const RunPlan& plan = task.plan;
  const auto line = [](const char* what, const auto& value) { agents::print_aside("  {:10} {}\n", what, value); };
  line("env", differing(registry().environments, plan.environment));
  line("agent", differing(registry().agents, plan.agent));
  line("optimizer", differing(registry().rules, plan.optimizer));
  if (const std::string schedule = differing(registry().schedules, plan.schedule); schedule != "constant")
    line("schedule", schedule);
  const AgentEntry& agent = find_agent(parse_component(plan.agent, "the plan").name);
  if (plan.clip != make_clip(parse_component(agent.clip, "the agent's clip")).description)
    line("clip", differing(registry().clips, plan.clip));
  if (!plan.demonstrations.empty()) line("demos", plan.demonstrations);
  if (!plan.bonus.empty()) line("bonus", differing(registry().bonuses, plan.bonus));
  if (!plan.curriculum.empty()) line("curriculum", differing(registry().curricula, plan.curriculum));
  if (!plan.start.empty()) line("start", plan.start);
  if (plan.preset != "none") line("preset", plan.preset);
  if (plan.seed != 0) line("seed", plan.seed);
  line("steps", plan.steps);
  line("folder", task.folder.string());
}

/// Whether it ended without coming to what was asked.
bool fell_short(const agents::TrainResult& result, const RunPlan& plan) {
  return result.ending == agents::Ending::finished && plan.until_return.has_value();
}

void print_summary(const agents::TrainResult& result, const Task& task) {
  const bool short_of = fell_short(result, task.plan);
  if (result.nothing_to_do) {
    print_text("Nothing to do: the run in {} {} after {} steps.{}\n", task.folder.string(),
               result.ending == agents::Ending::reached ? "had reached the return asked for"
               : short_of
                   ? fmt::format("had ended without reaching the return of {:g} asked for", *task.plan.until_return)
                   : "was done",
               result.steps, result.ending == agents::Ending::reached ? "" : " '--steps N' lets it go on for longer.");
    return;
  }
  if (short_of) print_out("The return of {:g} asked for was not reached.\n", *task.plan.until_return);
  const char* endings[] = {short_of ? "Ended" : "Done", "Reached the return asked for", "Interrupted", "Stopped"};
  print_text("{} after {} steps, {} episodes and {} updates in {:.1f} s ({:.0f} steps/s while training).\n",
             endings[static_cast<int>(result.ending)], result.steps, result.episodes, result.updates, result.seconds,
             result.steps_per_second);
  if (!result.evaluation.returns.empty())
    print_text(
        "Last evaluation, {} episodes: return {:.1f} ± {:.1f} (standard error), success {:.0f} %. Best return "
        "{:.1f}.\n",
        result.evaluation.returns.size(), result.evaluation.mean_return, result.evaluation.standard_error,
        100 * result.evaluation.success_rate, std::max(result.best_return, result.evaluation.mean_return));
  print_out("Run folder: {}\n", task.folder.string());
  if (result.intervened)
    print_text("A person changed the learning: {} says when and how.\n", (task.folder / "log.txt").string());
  if (result.ending == agents::Ending::interrupted || result.ending == agents::Ending::stopped)
    print_out("Go on with: {} train --resume {}\n", program_name(), task.folder.string());
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

/// Each evaluation as it comes, for those who watch a run and may end it.
struct EvaluationLines : agents::Observer {
  void on_evaluation(const agents::EvaluationResult& result) override {
    print_out("{}\n", compact({{"steps", result.steps},
                               {"episodes", result.returns.size()},
                               {"mean_return", result.mean_return},
                               {"standard_error", result.standard_error},
                               {"success_rate", result.success_rate},
                               {"mean_length", result.mean_length}}));
    flush_out();
  }
};

}  // namespace

int train(const std::vector<std::string>& line) {
  const std::vector<Option> options = train_options();
  const Arguments arguments = parse_arguments(line, options, 0);
  if (arguments.flag("help")) {
    print_help(
        "cairn train --env SPEC --agent SPEC [options]\ncairn train --resume DIR [--steps N]\n\n{}\n"
        "SPEC is name:key=value,… ; 'cairn list envs lander' shows the keys. A preset is overridden by --config, "
        "that by\nCAIRN_* variables (CAIRN_STEPS=…), those by the command line.\n",
        help_for(options));
    return 0;
  }
  if (arguments.typed("json") && arguments.typed("json-lines"))
    throw UsageError("Option '--json' cannot stand beside '--json-lines': each has standard output to itself.");
  const bool lines = arguments.flag("json-lines");
  const bool silent = arguments.flag("quiet") || arguments.flag("json") || lines;
  if (silent && arguments.typed("verbose"))
    throw UsageError(
        "Option '--verbose' cannot stand beside '--quiet', '--json' or '--json-lines', which print nothing before "
        "training.");
  for (const char* name : {"stretch", "allow-inexact"})
    if (arguments.typed(name) && !arguments.has("resume"))
      throw UsageError(fmt::format("Option '--{}' is of a run that goes on; it needs '--resume'.", name));
  Task task;
  if (arguments.has("resume")) {
    task = resumed(arguments);
  } else {
    task.plan = resolve_plan(arguments);
    task.folder = arguments.text("out", "");
    if (task.folder.empty()) task.folder = default_folder(task.plan);
    refuse_used(task.folder);
  }
  const std::filesystem::path film_file = video_option(arguments);
  const AtTheWindow window = at_the_window(arguments, task.plan);
  PlannedRun run = make_run(task.plan, !task.resume || task.anew);
  if (task.resume && !task.anew)
    refuse_other_demonstrations(task, run);
  else if (const std::string here = made_here(run.demonstrations_digest); task.plan.made_by != here) {
    task.plan.made_by = here;
    task.new_config = true;
  }
  if (!silent) arguments.flag("verbose") ? print_everything(task) : print_difference(task);

  std::vector<agents::Observer*> observers;
  agents::ProgressLine progress;
  if (!silent) observers.push_back(&progress);
  render::LearningFilm film;
  if (!film_file.empty()) observers.push_back(&film);
  EvaluationLines evaluation_lines;
  if (lines) observers.push_back(&evaluation_lines);
#ifdef CAIRN_HAS_WINDOW
  std::optional<render::LiveView> view;
  if (window.shown)
    observers.push_back(&view.emplace(render::LiveViewOptions{
        .rules = window.rules, .stop_on_close = window.stop_on_close, .cinema = window.cinema}));
#endif

  agents::watch_signals();
  agents::TrainOptions training = train_options(task.plan, task.folder);
  training.resume = task.resume;
  training.resumed_note = task.note.substr(0, task.note.find_last_not_of(' ') + 1);
  if (task.resume && !task.new_config) training.config.clear();
  training.read_rule = &rule_described;
  const agents::TrainResult result = train_planned(run, training, observers);
  if (arguments.flag("json"))
    print_json(result, task);
  else if (!lines)
    print_summary(result, task);
  if (!film_file.empty() && result.ending != agents::Ending::interrupted && !result.nothing_to_do)
    film.record(film_file, task.plan.seed);
#ifdef CAIRN_HAS_WINDOW
  flush_out();
  if (view && result.ending != agents::Ending::interrupted && result.ending != agents::Ending::stopped) view->linger();
#endif
  if (result.ending == agents::Ending::interrupted) return 128 + result.signal;
  return fell_short(result, task.plan) ? 3 : 0;
}

}  // namespace cairn::apps
