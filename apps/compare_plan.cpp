#include "apps/compare_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "apps/command_line/errors.h"
#include "apps/command_line/spec.h"
#include "apps/comparison/merging.h"
#include "apps/comparison/shares.h"

namespace cairn::apps {

using comparison::Arm;
using comparison::Matrix;
using comparison::Workload;
namespace allowed = comparison::allowed;

namespace {

constexpr const char* usual_tasks = "cartpole lander";
// Of 16 worlds, four updates are one in four transitions, as in Mnih et al. 2015 and Stable-Baselines3; with one, DQN
// learns too little within the budgets to tell rules apart.
constexpr const char* usual_agents = "ppo dqn:gradient_steps=4";
constexpr const char* usual_optimizers = "sgd sgd:momentum=0.9 adagrad rmsprop adam amsgrad adamw";
constexpr int usual_seeds = 5, tuned_seeds = 10;  // what was chosen by luck needs more to be found out

}  // namespace

std::vector<Option> compare_options(bool tuning) {
  std::vector<Option> options = {
      {"out", "DIR", "folder of the comparison, new or to go on with", false},
      {"tasks", "SPEC...", std::string("the worlds (default ") + usual_tasks + ")", true, true},
      {"agents", "SPEC...", std::string("the learners, each in every world (default ") + usual_agents + ")", true,
       true},
      {"optimizers", "SPEC...", std::string("to compare (default ") + usual_optimizers + ")", true, true},
      {"schedules", "SPEC...", "each with every optimizer (default constant)", true, true},
      {"clips", "SPEC...", "each with every optimizer (default: the agent's own)", true, true},
      {"budget", "STEPS...", "of a run: one number, or one a task (default cartpole 100000, others 300000)", true,
       true},
      {"preset", "none|auto", "settings of the agents: library defaults (default), or as 'cairn train' takes them"},
      {"bonus", "SPEC", "intrinsic reward of every agent, as in rnd (default none; with '--preset auto' the preset's)"},
      {"curriculum", "SPEC", "how training episodes start in all runs (default: none, or the preset's)"},
      {"envs", "N", "parallel training worlds (default 16; with '--preset auto' the preset's)"},
      {"evaluations", "N", "in a run, evenly spaced (default 20)"},
      {"episodes", "N", "greedy ones of each evaluation (default 20)"},
      {"trials", "N", "for each optimizer, the first of them as it is written (default 12)"},
      {"selection-seeds", "N", "runs of each trial; other seeds than those reported (default 3)"},
      {"tune", "KEY...", "what trials vary, of lr, eps, momentum (beta1 of Adam and its kin; default all)", true, true},
      {"halving", "", "the better half of the trials goes on to each next selection seed"},
      {"jobs", "J", "runs at a time, one thread each (default: all cores that it may use)"},
      {"quiet", "", "no progress"},
      {"help", "", "this text", false},
  };
  const std::vector<Option> dealing = comparison::dealing_options();
  options.insert(std::ranges::find(options, "quiet", &Option::name), dealing.begin(), dealing.end());
  if (!tuning) {
    const auto before = std::ranges::find(options, "trials", &Option::name);
    options.insert(
        before,
        {{"seeds", "N",
          fmt::format("runs of each optimizer in each setting (default {}, tuned {})", usual_seeds, tuned_seeds)},
         {"tuned", "", "choose each optimizer's options by trials first"},
         {"untuned", "", "as they are written (default); beside --tuned: these too, to show what tuning brought"}});
  }
  return options;
}

namespace {

/// What an option names; else what the folder's comparison has; else the default.
template <class Part>
std::vector<std::string> named(const Arguments& arguments, const char* option, const std::vector<Part>* there,
                               std::string Part::*text, const char* usual) {
  return there == nullptr || arguments.has(option) ? arguments.list(option, usual)
                                                   : comparison::distinct<Part>(*there, text);
}

std::vector<Workload> read_workloads(const Arguments& arguments, const std::vector<Workload>* there) {
  const auto tasks = named(arguments, "tasks", there, &Workload::task, usual_tasks);
  const auto agents = named(arguments, "agents", there, &Workload::agent, usual_agents);
  const std::vector<std::string> budgets = arguments.list("budget");
  if (budgets.size() > 1 && budgets.size() != tasks.size())
    throw UsageError(fmt::format("Option '--budget' has {} numbers for {} tasks. Give one, or one a task.",
                                 budgets.size(), tasks.size()));
  std::vector<Workload> workloads;
  for (const std::string& agent : agents)
    for (std::size_t t = 0; t < tasks.size(); ++t) {
      Workload workload{tasks[t], agent, comparison::usual_budget(parse_component(tasks[t], "--tasks").name)};
      if (there != nullptr)
        if (const auto same = std::ranges::find(*there, tasks[t], &Workload::task); same != there->end())
          workload.steps = same->steps;
      if (!budgets.empty())
        read_value({"Option '--budget'", allowed::steps}, budgets[budgets.size() == 1 ? 0 : t], workload.steps);
      if (std::ranges::find(workloads, workload) != workloads.end())
        throw UsageError("'" + workload.name() + "' is named twice.");
      workloads.push_back(workload);
    }
  return workloads;
}

/// Optimizers, schedules and clips, each with each.
std::vector<Arm> read_arms(const Arguments& arguments, const std::vector<Arm>* there, bool presets) {
  const auto rules = named(arguments, "optimizers", there, &Arm::optimizer, usual_optimizers);
  const auto schedules =
      named(arguments, "schedules", there, &Arm::schedule, presets ? comparison::preset_schedule : "constant");
  std::vector<std::string> clips = named(arguments, "clips", there, &Arm::clip, "");
  if (clips.empty()) clips.emplace_back();
  std::vector<Arm> arms;
  for (const std::string& optimizer : rules)
    for (const std::string& schedule : schedules)
      for (const std::string& clip : clips) {
        const Arm arm{optimizer, schedule, clip};
        if (std::ranges::find(arms, arm) == arms.end()) arms.push_back(arm);
      }
  return arms;
}

/// What the arguments say, with the folder's comparison standing in for what they do not.
Matrix read_arguments(const Arguments& arguments, bool tuning, const Matrix* there) {
  Matrix matrix;
  matrix.seeds = tuning ? 0 : arguments.flag("tuned") ? tuned_seeds : usual_seeds;
  if (there != nullptr) matrix = *there;
  if (!tuning && matrix.seeds == 0) matrix.seeds = tuned_seeds;  // the folder was only tuned so far
  matrix.preset = arguments.text("preset", matrix.preset);
  matrix.bonus = arguments.text("bonus", matrix.bonus);
  matrix.curriculum = arguments.text("curriculum", matrix.curriculum);
  const bool presets = matrix.preset == "auto";
  if (presets && arguments.has("envs"))
    throw UsageError(arguments.named("envs") + " cannot stand beside '--preset auto': the preset says how many.");
  const auto asked = [&](const char* name) { return there == nullptr || arguments.has(name); };
  if (asked("tasks") || asked("agents") || asked("budget"))
    matrix.workloads = read_workloads(arguments, there != nullptr ? &there->workloads : nullptr);
  if (asked("optimizers") || asked("schedules") || asked("clips"))
    matrix.arms = read_arms(arguments, there != nullptr ? &there->arms : nullptr, presets);
  const auto count = [&](const char* name, const char* interval, int& value) {
    value = static_cast<int>(arguments.count(name, interval, value));
  };
  if (!tuning) count("seeds", allowed::seeds, matrix.seeds);
  count("envs", allowed::environments, matrix.environments);
  count("evaluations", allowed::evaluations, matrix.evaluations);
  count("episodes", allowed::episodes, matrix.episodes);
  if (tuning || arguments.flag("tuned")) matrix.tuned = true;
  if (arguments.flag("untuned") && matrix.tuned) matrix.untuned_beside = true;
  count("trials", allowed::trials, matrix.tuning.trials);
  count("selection-seeds", allowed::selection_seeds, matrix.tuning.seeds);
  if (arguments.has("tune")) matrix.tuning.keys = arguments.list("tune");
  if (arguments.has("halving")) matrix.tuning.halving = arguments.flag("halving");
  if (!matrix.tuned)
    for (const char* name : {"trials", "selection-seeds", "tune", "halving"})
      if (arguments.typed(name)) throw UsageError(fmt::format("Option '--{}' needs '--tuned'.", name));
  return matrix;
}

}  // namespace

Matrix planned(const std::filesystem::path& folder, const Arguments& arguments, bool tuning) {
  const std::filesystem::path file = folder / "comparison.json";
  if (!std::filesystem::exists(file)) {
    Matrix matrix = read_arguments(arguments, tuning, nullptr);
    comparison::refuse_impossible(matrix);
    return matrix;
  }
  const Matrix there = comparison::read_matrix(file), asked = read_arguments(arguments, tuning, &there);
  const std::vector<std::string> differences = comparison::differences(there, asked);
  if (!differences.empty()) {
    std::string text = "Option '--out': " + folder.string() + " holds another comparison:";
    for (const std::string& line : differences) text += "\n  " + line;
    throw UsageError(text +
                     "\nName another folder; only optimizers, seeds and, by '--tuned --untuned', tuned runs "
                     "beside untuned ones can be added to this one.");
  }
  Matrix matrix = comparison::joined(there, asked);
  comparison::refuse_impossible(matrix);
  return matrix;
}

}  // namespace cairn::apps
