#include "apps/comparison/matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <stdexcept>

#include "agents/archive/crc32c.h"
#include "agents/learner/updater.h"
#include "agents/training/train.h"
#include "apps/command_line/build_info.h"
#include "apps/command_line/json.h"
#include "apps/command_line/registry.h"
#include "apps/comparison/tuning.h"

namespace cairn::comparison {

namespace {

using apps::Json;
using apps::parse_component;
using apps::UsageError;

constexpr std::int64_t checkpoints = 5;  // in a run; more cost more than what a kill loses

/// Whether one command with the optimizers and schedules of `wanted` and these clips, each with each, adds to a folder
/// with the arms `there` just those, in their order.
bool adds(std::span<const Arm> there, std::span<const Arm> wanted, const std::vector<std::string>& clips) {
  std::vector<Arm> added;
  for (const std::string& optimizer : distinct<Arm>(wanted, &Arm::optimizer))
    for (const std::string& schedule : distinct<Arm>(wanted, &Arm::schedule))
      for (const std::string& clip : clips)
        if (const Arm arm{optimizer, schedule, clip}; std::ranges::find(there, arm) == there.end())
          added.push_back(arm);
  return std::ranges::equal(added, wanted);
}

template <class Part, class Name>
void refuse_twins(const std::vector<Part>& parts, Name&& name) {
  std::set<std::string> names;
  for (const Part& part : parts)
    if (!names.insert(name(part)).second) throw UsageError("'" + name(part) + "' is named twice.");
}

// Pieces of comparison.json, which anything may have written. All throw UsageError, which read_matrix gives the file's
// name.

const Json& piece(const Json& in, const char* key) {
  const auto found = in.is_object() ? in.find(key) : in.end();
  if (found == in.end()) throw UsageError(fmt::format("'{}' is missing.", key));
  return *found;
}

template <class Number>
Number number(const Json& in, const char* key, const char* interval) {
  Number value{};
  apps::read_value({fmt::format("'{}'", key), interval}, apps::compact(piece(in, key)), value);
  return value;
}

bool yes_or_no(const Json& in, const char* key) {
  return number<bool>(in, key, "true|false");
}

std::string word(const Json& value, const char* key) {
  if (!value.is_string())
    throw UsageError(fmt::format("'{}' cannot be '{}'. Allowed: a text.", key, apps::compact(value)));
  return value.get<std::string>();
}

const Json& items(const Json& in, const char* key) {
  const Json& list = piece(in, key);
  if (!list.is_array())
    throw UsageError(fmt::format("'{}' cannot be '{}'. Allowed: a list.", key, apps::compact(list)));
  return list;
}

Matrix matrix_of(const Json& in) {
  Matrix matrix;
  matrix.tuned = yes_or_no(in, "tuned");
  matrix.untuned_beside = in.contains("untuned_beside") && yes_or_no(in, "untuned_beside");
  // A folder that was only tuned so far has no seeds.
  matrix.seeds = matrix.tuned && piece(in, "seeds") == 0 ? 0 : number<int>(in, "seeds", allowed::seeds);
  matrix.environments = number<int>(in, "envs", allowed::environments);
  if (in.contains("preset")) matrix.preset = word(in["preset"], "preset");
  if (in.contains("bonus")) matrix.bonus = word(in["bonus"], "bonus");
  if (in.contains("curriculum")) matrix.curriculum = word(in["curriculum"], "curriculum");
  matrix.evaluations = number<int>(in, "evaluations", allowed::evaluations);
  matrix.episodes = number<int>(in, "episodes", allowed::episodes);
  const Json& tuning = piece(in, "tuning");
  matrix.tuning.trials = number<int>(tuning, "trials", allowed::trials);
  matrix.tuning.seeds = number<int>(tuning, "seeds", allowed::selection_seeds);
  matrix.tuning.halving = yes_or_no(tuning, "halving");
  matrix.tuning.keys.clear();
  for (const Json& key : items(tuning, "keys")) matrix.tuning.keys.push_back(word(key, "keys"));
  for (const Json& one : items(in, "settings"))
    matrix.workloads.push_back({word(piece(one, "task"), "task"), word(piece(one, "agent"), "agent"),
                                number<std::int64_t>(one, "steps", allowed::steps)});
  for (const Json& one : items(in, "arms"))
    matrix.arms.push_back({word(piece(one, "optimizer"), "optimizer"), word(piece(one, "schedule"), "schedule"),
                           word(piece(one, "clip"), "clip")});
  return matrix;
}

}  // namespace

std::string Arm::name() const {
  return optimizer + (schedule == "constant" || schedule == preset_schedule ? "" : ", " + schedule) +
         (clip.empty() ? "" : ", clip " + clip);
}

std::int64_t usual_budget(const std::string& task) {
  return task == "cartpole" ? 100'000 : 300'000;
}

apps::RunPlan plan_run(const Matrix& matrix, const Workload& workload, const Arm& arm, std::uint64_t seed,
                       const std::string& optimizer) {
  apps::Arguments arguments;
  const auto set = [&](const char* name, const std::string& value) { arguments.set(name, value, "comparison"); };
  set("env", workload.task);
  set("agent", workload.agent);
  set("optimizer", optimizer.empty() ? arm.optimizer : optimizer);
  if (arm.schedule != preset_schedule) set("schedule", arm.schedule);
  if (!arm.clip.empty()) set("clip", arm.clip);
  if (!matrix.bonus.empty()) set("bonus", matrix.bonus);
  if (!matrix.curriculum.empty()) set("curriculum", matrix.curriculum);
  set("steps", std::to_string(workload.steps));
  set("seed", std::to_string(seed));
  if (matrix.preset == "none") {
    set("preset", "none");
    set("envs", std::to_string(matrix.environments));
  }
  set("threads", "1");
  set("evaluate-every", std::to_string(std::max<std::int64_t>(1, workload.steps / matrix.evaluations)));
  set("evaluation-episodes", std::to_string(matrix.episodes));
  set("checkpoint-every", std::to_string(std::max<std::int64_t>(1, workload.steps / checkpoints)));
  set("log-every", std::to_string(apps::sparse_log_every(workload.steps)));
  return apps::resolve_plan(arguments);
}

std::string settings_text(const Matrix& matrix) {
  const std::string starts = matrix.curriculum.empty() ? ""
                                                       : " Training episodes start by the curriculum " +
                                                             matrix.curriculum + "; evaluated ones as the worlds say.";
  if (matrix.preset == "none")
    return "Agents have library defaults, not the presets of 'cairn train', which were tuned with Adam "
           "(--preset auto takes those)." +
           starts;
  std::vector<std::string> used;
  for (const Workload& workload : matrix.workloads)
    used.push_back(fmt::format("{}: {}", workload.name(), plan_run(matrix, workload, matrix.arms.front(), 0).preset));
  return fmt::format("Agents have the presets of 'cairn train', which were tuned with Adam ({}).{}",
                     fmt::join(used, "; "), starts);
}

double state_per_parameter(const apps::RunPlan& plan) {
  const apps::PlannedRun run = apps::make_run(plan);
  envs::ThreadPool pool(1);
  run.agent->begin({.factory = run.world.factory,
                    .environments = plan.environments,
                    .seed = plan.seed,
                    .total_steps = plan.steps,
                    .pool = &pool});
  optim::Optimizer<float>& optimizer = run.agent->updater()->optimizer();
  double numbers = 0;
  for (const auto& array : optimizer.arrays()) numbers += static_cast<double>(array.values.size());
  return numbers / static_cast<double>(optimizer.layout().size);
}

void refuse_malformed(const Matrix& matrix) {
  if (matrix.workloads.empty()) throw UsageError("There is no task to compare in.");
  if (matrix.arms.empty()) throw UsageError("There is no optimizer to compare.");
  if (matrix.preset != "none" && matrix.preset != "auto")
    throw UsageError("'preset' cannot be '" + matrix.preset + "'. Allowed: none, auto.");
  refuse_twins(matrix.workloads, [](const Workload& workload) { return workload.name(); });
  refuse_twins(matrix.arms, [](const Arm& arm) { return arm.name(); });
  const auto settings = static_cast<std::int64_t>(matrix.workloads.size());
  const auto arms = static_cast<std::int64_t>(matrix.arms.size());
  std::int64_t each = matrix.seeds;  // runs of an arm in a setting
  if (matrix.tuned) {
    if (matrix.tuning.keys.empty()) throw UsageError("There is no option to tune.");
    refuse_twins(matrix.tuning.keys, [](const std::string& key) { return key; });
    each = (matrix.untuned_beside ? 3 : 2) * each + std::int64_t{matrix.tuning.trials} * matrix.tuning.seeds;
  }
  if (settings * arms > allowed::most_runs / std::max<std::int64_t>(each, 1))
    throw UsageError(
        fmt::format("That would be {} runs, {} of each of {} optimizers in each of {} settings. A "
                    "comparison has at most {}.",
                    settings * arms * each, each, arms, settings, allowed::most_runs));
  for (const Workload& workload : matrix.workloads) {
    const apps::MadeEnvironment world = apps::make_environment(parse_component(workload.task, "--tasks"));
    if (!matrix.curriculum.empty()) apps::make_curriculum(parse_component(matrix.curriculum, "--curriculum"), world);
    apps::find_agent(parse_component(workload.agent, "--agents").name);
  }
  for (const Arm& arm : matrix.arms) {
    apps::make_rule(parse_component(arm.optimizer, "--optimizers"));
    if (arm.schedule != preset_schedule)
      apps::make_schedule(parse_component(arm.schedule, "--schedules"));
    else if (matrix.preset == "none")
      throw UsageError("The schedule 'preset' is that of a preset, so it needs '--preset auto'.");
    if (!arm.clip.empty()) apps::make_clip(parse_component(arm.clip, "--clips"));
    if (matrix.tuned) space_of(arm.optimizer, matrix.tuning.keys);
  }
}

void refuse_impossible(const Matrix& matrix) {
  refuse_malformed(matrix);
  std::string refused;
  for (const Workload& workload : matrix.workloads) try {
      plan_run(matrix, workload, {"sgd"}, 0);  // suits all that learn
    } catch (const UsageError& error) {
      refused += fmt::format("\n  {} cannot learn {}: {}", workload.agent, workload.task, error.what());
    }
  if (!refused.empty())
    throw UsageError("Nothing was run, because not every agent suits every task:" + refused +
                     "\nCompare those that do by themselves.");
  for (const Workload& workload : matrix.workloads)
    for (const Arm& arm : matrix.arms) try {
        state_per_parameter(plan_run(matrix, workload, arm, 0));
      } catch (const std::invalid_argument& error) {
        refused += fmt::format("\n  {} in {}: {}", arm.name(), workload.name(), error.what());
      }
  if (!refused.empty())
    throw UsageError("Nothing was run, because not every optimizer suits every agent's parameters:" + refused);
}

std::string to_json(const Matrix& matrix) {
  Json out = {{"settings", Json::array()},
              {"arms", Json::array()},
              {"seeds", matrix.seeds},
              {"envs", matrix.environments},
              {"preset", matrix.preset},
              {"evaluations", matrix.evaluations},
              {"episodes", matrix.episodes},
              {"tuned", matrix.tuned},
              {"untuned_beside", matrix.untuned_beside},
              {"tuning",
               {{"trials", matrix.tuning.trials},
                {"seeds", matrix.tuning.seeds},
                {"halving", matrix.tuning.halving},
                {"keys", matrix.tuning.keys}}}};
  if (!matrix.bonus.empty()) out["bonus"] = matrix.bonus;
  if (!matrix.curriculum.empty()) out["curriculum"] = matrix.curriculum;
  for (const Workload& workload : matrix.workloads)
    out["settings"].push_back({{"task", workload.task}, {"agent", workload.agent}, {"steps", workload.steps}});
  for (const Arm& arm : matrix.arms)
    out["arms"].push_back({{"optimizer", arm.optimizer}, {"schedule", arm.schedule}, {"clip", arm.clip}});
  return apps::indented(out);
}

Matrix read_matrix(const std::filesystem::path& file) {
  std::ifstream stream(file);
  if (!stream) throw std::runtime_error("Cannot read " + file.string() + ": " + std::strerror(errno) + ".");
  const Json in = apps::read_json(stream, false);
  if (!in.is_object()) throw std::runtime_error(file.string() + " describes no comparison: it is no JSON object.");
  try {
    Matrix matrix = matrix_of(in);
    refuse_malformed(matrix);
    return matrix;
  } catch (const UsageError& error) {
    throw std::runtime_error(file.string() + " describes no comparison: " + error.what());
  }
}

std::vector<std::string> differences(const Matrix& there, const Matrix& here) {
  std::vector<std::string> lines;
  const auto compare = [&](const std::string& what, const auto& a, const auto& b) {
    if (a != b) lines.push_back(fmt::format("{}: {} there, {} here", what, a, b));
  };
  for (const Workload& workload : there.workloads) {
    const auto found = std::ranges::find_if(here.workloads, [&](const Workload& other) {
      return other.task == workload.task && other.agent == workload.agent;
    });
    if (found == here.workloads.end())
      lines.push_back(workload.name() + ": there, not here");
    else
      compare("budget of " + workload.name(), workload.steps, found->steps);
  }
  for (const Workload& workload : here.workloads)
    if (std::ranges::none_of(there.workloads, [&](const Workload& other) { return other.name() == workload.name(); }))
      lines.push_back(workload.name() + ": here, not there");
  compare("preset", there.preset, here.preset);
  compare("bonus", there.bonus.empty() ? "none" : there.bonus, here.bonus.empty() ? "none" : here.bonus);
  const auto named = [](const Matrix& matrix) { return matrix.curriculum.empty() ? "not named" : matrix.curriculum; };
  compare("curriculum", named(there), named(here));
  if (here.preset == "none") compare("parallel worlds", there.environments, here.environments);
  compare("evaluations", there.evaluations, here.evaluations);
  compare("episodes", there.episodes, here.episodes);
  if (!here.untuned_beside) compare("tuned", there.tuned, here.tuned);  // otherwise what is there stays in use
  if (there.tuned && here.tuned) {
    compare("trials", there.tuning.trials, here.tuning.trials);
    compare("selection seeds", there.tuning.seeds, here.tuning.seeds);
    compare("halving", there.tuning.halving, here.tuning.halving);
    compare("tuned keys", fmt::format("{}", fmt::join(there.tuning.keys, " ")),
            fmt::format("{}", fmt::join(here.tuning.keys, " ")));
  }
  return lines;
}

std::string command(const Matrix& matrix) {
  std::vector<std::string> tasks, agents, budgets, optimizers, schedules, clips;
  const auto add = [](std::vector<std::string>& list, const std::string& text) {
    const bool quoted = text.find('(') != std::string::npos;
    const std::string word = quoted ? "'" + text + "'" : text;
    if (std::ranges::find(list, word) == list.end()) list.push_back(word);
  };
  for (const Workload& workload : matrix.workloads) {
    const std::size_t known = tasks.size();
    add(tasks, workload.task);
    if (tasks.size() > known) budgets.push_back(std::to_string(workload.steps));
    add(agents, workload.agent);
  }
  for (const Arm& arm : matrix.arms) {
    add(optimizers, arm.optimizer);
    add(schedules, arm.schedule);
    if (!arm.clip.empty()) add(clips, arm.clip);
  }
  std::string line = fmt::format(
      "cairn {} --tasks {} --agents {} --optimizers {} --schedules {} --budget {} {} --evaluations {} --episodes {}",
      matrix.seeds == 0 ? "tune" : "compare", fmt::join(tasks, " "), fmt::join(agents, " "), fmt::join(optimizers, " "),
      fmt::join(schedules, " "), fmt::join(budgets, " "),
      matrix.preset == "auto" ? "--preset auto" : fmt::format("--envs {}", matrix.environments), matrix.evaluations,
      matrix.episodes);
  if (matrix.seeds > 0) line += fmt::format(" --seeds {}{}", matrix.seeds, matrix.tuned ? " --tuned" : "");
  if (matrix.seeds > 0 && matrix.untuned_beside) line += " --untuned";
  if (!clips.empty()) line += fmt::format(" --clips {}", fmt::join(clips, " "));
  if (!matrix.bonus.empty())
    line += matrix.bonus.find('(') == std::string::npos ? " --bonus " + matrix.bonus
                                                        : fmt::format(" --bonus '{}'", matrix.bonus);
  if (!matrix.curriculum.empty()) line += fmt::format(" --curriculum {}", matrix.curriculum);
  if (matrix.tuned)
    line += fmt::format(" --trials {} --selection-seeds {} --tune {}{}", matrix.tuning.trials, matrix.tuning.seeds,
                        fmt::join(matrix.tuning.keys, " "), matrix.tuning.halving ? " --halving" : "");
  return line + " --out DIR";
}

std::vector<std::string> commands(const Matrix& matrix) {
  std::vector<Arm> arms = matrix.arms;
  std::vector<std::string> lines;
  for (std::size_t done = 0; done < arms.size();) {
    const std::span<const Arm> there(arms.data(), done);
    Matrix part = matrix;
    std::size_t taken = arms.size() - done;  // as many arms as one command makes
    for (; taken > 0; --taken) {
      const std::span<const Arm> wanted = std::span<const Arm>(arms).subspan(done, taken);
      const std::vector<std::string> clips = distinct<Arm>(wanted, &Arm::clip);
      part.arms.assign(wanted.begin(), wanted.end());
      if (std::ranges::find(clips, "") == clips.end() && adds(there, wanted, clips)) break;
      for (Arm& arm : part.arms) arm.clip.clear();  // unnamed: those that the folder has, at first the agent's own
      if (adds(there, wanted, there.empty() ? std::vector<std::string>{""} : distinct<Arm>(there, &Arm::clip))) break;
    }
    if (taken == 0) {  // the agent's own clip alone, beside given ones: it has no name, so it must come first
      std::stable_partition(arms.begin(), arms.end(), [](const Arm& arm) { return arm.clip.empty(); });
      lines.clear();
    } else {
      lines.push_back(command(part));
    }
    done = taken == 0 ? 0 : done + taken;
  }
  return lines;
}

std::string folder_name(const apps::RunPlan& plan) {
  apps::RunPlan unseeded = plan;
  unseeded.seed = 0;
  const std::string identity = fmt::format("{} steps={} evaluations={}/{}", unseeded.identity(), plan.steps,
                                           plan.evaluate_every, plan.evaluation_episodes);
  agents::Crc32c crc;
  crc.add(identity.data(), identity.size());
  const auto name = [](const std::string& text) { return text.substr(0, text.find(':')); };
  return fmt::format("{}__{}__{}__{:08x}", name(plan.environment), name(plan.agent), name(plan.optimizer), crc.value());
}

}  // namespace cairn::comparison
