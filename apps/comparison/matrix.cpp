#include "apps/comparison/matrix.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "agents/archive/crc32c.h"
#include "agents/learner/updater.h"
#include "apps/command_line/build_info.h"
#include "apps/command_line/json.h"
#include "apps/command_line/registry.h"

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

}  // namespace

std::string Arm::name() const {
  return optimizer + (schedule == "constant" ? "" : ", " + schedule) + (clip.empty() ? "" : ", clip " + clip);
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
  set("schedule", arm.schedule);
  if (!arm.clip.empty()) set("clip", arm.clip);
  set("preset", "none");
  set("steps", std::to_string(workload.steps));
  set("seed", std::to_string(seed));
  set("envs", std::to_string(matrix.environments));
  set("threads", "1");
  set("evaluate-every", std::to_string(std::max<std::int64_t>(1, workload.steps / matrix.evaluations)));
  set("evaluation-episodes", std::to_string(matrix.episodes));
  set("checkpoint-every", std::to_string(std::max<std::int64_t>(1, workload.steps / checkpoints)));
  return apps::resolve_plan(arguments);
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

void refuse_impossible(const Matrix& matrix) {
  for (const Workload& workload : matrix.workloads) {
    apps::make_environment(parse_component(workload.task, "--tasks"));
    apps::find_agent(parse_component(workload.agent, "--agents").name);
  }
  for (const Arm& arm : matrix.arms) {
    apps::make_rule(parse_component(arm.optimizer, "--optimizers"));
    apps::make_schedule(parse_component(arm.schedule, "--schedules"));
    if (!arm.clip.empty()) apps::make_clip(parse_component(arm.clip, "--clips"));
  }
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
              {"evaluations", matrix.evaluations},
              {"episodes", matrix.episodes},
              {"tuned", matrix.tuned},
              {"untuned_beside", matrix.untuned_beside},
              {"tuning",
               {{"trials", matrix.tuning.trials},
                {"seeds", matrix.tuning.seeds},
                {"halving", matrix.tuning.halving},
                {"keys", matrix.tuning.keys}}}};
  for (const Workload& workload : matrix.workloads)
    out["settings"].push_back({{"task", workload.task}, {"agent", workload.agent}, {"steps", workload.steps}});
  for (const Arm& arm : matrix.arms)
    out["arms"].push_back({{"optimizer", arm.optimizer}, {"schedule", arm.schedule}, {"clip", arm.clip}});
  return apps::indented(out);
}

Matrix read_matrix(const std::filesystem::path& file) {
  std::ifstream stream(file);
  try {
    const Json in = apps::read_json(stream);
    Matrix matrix{.workloads = {},
                  .arms = {},
                  .seeds = in.at("seeds"),
                  .environments = in.at("envs"),
                  .evaluations = in.at("evaluations"),
                  .episodes = in.at("episodes"),
                  .tuned = in.at("tuned"),
                  .untuned_beside = in.value("untuned_beside", false),
                  .tuning = {.trials = in.at("tuning").at("trials"),
                             .seeds = in.at("tuning").at("seeds"),
                             .halving = in.at("tuning").at("halving"),
                             .keys = in.at("tuning").at("keys")}};
    for (const Json& one : in.at("settings"))
      matrix.workloads.push_back({one.at("task"), one.at("agent"), one.at("steps")});
    for (const Json& one : in.at("arms"))
      matrix.arms.push_back({one.at("optimizer"), one.at("schedule"), one.at("clip")});
    return matrix;
  } catch (const Json::exception& error) {
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
  compare("parallel worlds", there.environments, here.environments);
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
      "cairn {} --tasks {} --agents {} --optimizers {} --schedules {} --budget {} --envs {} --evaluations {} "
      "--episodes {}",
      matrix.seeds == 0 ? "tune" : "compare", fmt::join(tasks, " "), fmt::join(agents, " "), fmt::join(optimizers, " "),
      fmt::join(schedules, " "), fmt::join(budgets, " "), matrix.environments, matrix.evaluations, matrix.episodes);
  if (matrix.seeds > 0) line += fmt::format(" --seeds {}{}", matrix.seeds, matrix.tuned ? " --tuned" : "");
  if (matrix.seeds > 0 && matrix.untuned_beside) line += " --untuned";
  if (!clips.empty()) line += fmt::format(" --clips {}", fmt::join(clips, " "));
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
