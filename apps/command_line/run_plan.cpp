#include "apps/command_line/run_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "agents/learner/starting_weights.h"
#include "agents/memory/rollout.h"
#include "agents/training/checkpoint.h"
#include "apps/command_line/json.h"
#include "apps/command_line/made_by.h"
#include "apps/command_line/presets.h"
#include "envs/check.h"
#include "envs/cores.h"

namespace cairn::apps {

namespace {

constexpr const char* counts = "[1,1000000000000]";

/// Lays config.json under the command line and the environment. Every key is an option of the same name.
void add_config(Arguments& arguments, const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path))
    throw UsageError("--config " + path.string() + " is a folder; name a config.json.");
  std::ifstream file(path);
  if (!file) throw UsageError("Cannot read --config " + path.string() + ": " + std::strerror(errno) + ".");
  const Json config = read_json(file, false);
  if (!config.is_object()) throw UsageError("--config " + path.string() + " is no JSON object.");
  std::vector<std::string> names;
  for (const Option& option : plan_options())
    if (option.name != "config" && option.name != "out") names.push_back(option.name);
  for (const auto& [key, value] : config.items()) {
    if (key == "made_by") continue;
    if (std::ranges::find(names, key) == names.end()) throw unknown("key in " + path.string() + ":", key, names);
    if (value.is_null()) continue;
    if (!value.is_string() && !value.is_number())
      throw UsageError("'" + key + "' in " + path.string() + " must be text or a number.");
    arguments.set(key, value.is_string() ? value.get<std::string>() : compact(value), path.string());
  }
}

const Preset* choose_preset(const Arguments& arguments, const std::string& environment, const std::string& agent) {
  const std::string name = arguments.text("preset");
  if (name == "none") return nullptr;
  if (name.empty()) return preset_for(parse_component(environment, "--env"), agent);
  const Preset& preset = find_preset(name);
  const ComponentText suits = parse_component(preset.environment, "preset");
  if (suits.name != parse_component(environment, "--env").name || parse_component(preset.agent, "preset").name != agent)
    throw UsageError(fmt::format("Preset '{}' is for --env {} --agent {}.", name, suits.name,
                                 parse_component(preset.agent, "preset").name));
  return &preset;
}

// A rule may bring a schedule and a clip of its own, as in `scheduled:rule=(adam),schedule=(cosine)`.
std::string unless_own_schedule(const optim::Rule& rule, const std::string& schedule) {
  return rule.schedule().is_constant() ? schedule : "constant";
}
std::string unless_own_clip(const optim::Rule& rule, const std::string& clip) {
  return rule.clip().kind == optim::Clip::Kind::none ? clip : "none";
}

/// An absolute path, which holds wherever the run is resumed; of a run folder its last checkpoint.
std::string starting_checkpoint(const Arguments& arguments) {
  if (!arguments.has("start")) return "";
  std::filesystem::path file = std::filesystem::absolute(arguments.text("start")).lexically_normal();
  if (std::filesystem::is_directory(file)) file = file / "checkpoints/last.safetensors";
  if (!is_utf8(file.string()))
    throw UsageError(arguments.named("start") + " cannot be '" + file.string() +
                     "': config.json keeps it, which holds UTF-8 only. Rename the file.");
  return file.string();
}

std::optional<double> read_until(const Arguments& arguments) {
  if (!arguments.has("until")) return std::nullopt;
  const std::string text = arguments.text("until");
  constexpr std::string_view key = "return=";
  if (!text.starts_with(key))
    throw UsageError(arguments.named("until") + " cannot be '" + text + "'. Allowed: return=NUMBER.");
  double value = 0;
  read_value({arguments.named("until") + " (return)", "(-inf,inf)"}, std::string_view(text).substr(key.size()), value);
  return value;
}

void start_from(const std::filesystem::path& checkpoint, agents::Agent& agent) {
  if (!std::filesystem::exists(checkpoint))
    throw UsageError("Option '--start': there is no checkpoint " + checkpoint.string() + ".");
  auto* startable = dynamic_cast<agents::Startable*>(&agent);
  if (startable == nullptr)
    throw UsageError("Option '--start': agent '" + std::string(agent.name()) +
                     "' always begins with weights of its own.");
  const agents::Archive archive = agents::read_checkpoint(checkpoint);
  try {
    startable->start_from(archive);
  } catch (const std::invalid_argument& misfit) {
    throw UsageError("Option '--start': cannot begin from " + checkpoint.string() + ": " + misfit.what());
  } catch (const std::runtime_error& damage) {
    throw std::runtime_error(checkpoint.string() + " cannot be begun from: " + damage.what());
  }
}

}  // namespace

void refuse_beyond_memory(const agents::MemoryNeed& need, double available) {
  constexpr double gibibyte = 1 << 30;
  if (need.total() > available)
    throw UsageError(fmt::format(
        "The run would need about {:.1f} GiB of memory, {:.1f} GiB of it for {}, and {:.1f} "
        "GiB are available.",
        need.total() / gibibyte, need.largest().bytes / gibibyte, need.largest().what, available / gibibyte));
  if (need.samples > static_cast<double>(agents::most_samples))
    throw UsageError(
        fmt::format("A rollout of {:.0f} samples (rollout times --envs) is too large. Allowed: at most "
                    "{}.",
                    need.samples, agents::most_samples));
}

const std::vector<Option>& plan_options() {
  static const std::vector<Option> options = {
      {"env", "SPEC", "the world, as in lander:reward=sparse"},
      {"agent", "SPEC", "the learner, as in ppo:gamma=0.995; its options override the preset's one by one"},
      {"optimizer", "SPEC", "the update rule, as in adam:lr=1e-3; replaces the preset's wholly"},
      {"schedule", "SPEC", "of the rate, as in linear or warmup:steps=500,then=(cosine)"},
      {"clip", "SPEC", "of the gradient, as in global_norm:max=0.5, or none"},
      {"preset", "NAME", "tuned settings; by default those of the world and agent; none: library defaults"},
      {"demos", "SPEC", "demonstrations for replay: heuristic:episodes=30, or a file"},
      {"bonus", "SPEC", "intrinsic reward, as in counts:bins=20 or rnd; none: without that of a preset"},
      {"curriculum", "SPEC", "how training episodes start, as in success:step=0.1, or none"},
      {"start", "RUN|CHECKPOINT", "begin with the weights of another run; all other options are free"},
      {"steps", "N", "environment steps; of bc demonstrated steps learned from"},
      {"seed", "S", "of all random numbers (default 0)"},
      {"envs", "N", "parallel training worlds"},
      {"threads", "N", "changes the speed and nothing else (default: all cores that it may use)"},
      {"until", "return=X", "stop once a policy's mean return over 100 fresh episodes reaches X"},
      {"checkpoint-every", "STEPS", "0: only at the end (default 100000)"},
      {"evaluate-every", "STEPS", "0: only at the end (default 100000; with --until 0)"},
      {"evaluation-episodes", "N", "of each evaluation (default 20)"},
      {"log-every", "STEPS", "at most one row of progress.csv in so many; 0: one every iteration (default 1000)"},
      {"horizon", "STEPS", "what schedules and exploration are planned for (default --steps)"},
      {"config", "FILE", "config.json of a run, for all that is not said here"},
      {"out", "DIR", "run folder (default runs/<env>__<agent>__<optimizer>__s<seed>__<time>)"},
  };
  return options;
}

std::int64_t sparse_log_every(std::int64_t steps) {
  return std::max(agents::TrainOptions{}.log_every, steps / 150);
}

RunPlan resolve_plan(Arguments arguments) {
  if (arguments.has("config")) add_config(arguments, arguments.text("config"));
  std::string preset_environment, preset_agent;
  if (arguments.has("preset") && arguments.text("preset") != "none") {
    const Preset& preset = find_preset(arguments.text("preset"));  // --preset alone says world and agent too
    preset_environment = preset.environment;
    preset_agent = parse_component(preset.agent, "preset").name;
  }
  const std::string environment = arguments.text("env", preset_environment);
  const std::string agent_text = arguments.text("agent", preset_agent);
  if (environment.empty()) throw UsageError("Option '--env' is missing; 'cairn list envs' shows what there is.");
  if (agent_text.empty()) throw UsageError("Option '--agent' is missing; 'cairn list agents' shows what there is.");

  RunPlan plan;
  plan.environment = make_environment(parse_component(environment, "--env")).text;
  ComponentText agent = parse_component(agent_text, "--agent");
  const AgentEntry& entry = find_agent(agent.name);
  const Preset* preset = choose_preset(arguments, plan.environment, agent.name);
  plan.preset = preset == nullptr ? "none" : preset->name;
  if (preset != nullptr) {
    ComponentText settings = parse_component(preset->agent, "preset");
    settings.override_with(agent);
    agent = settings;
  }
  const optim::Rule rule = make_rule(
      parse_component(arguments.text("optimizer", preset ? preset->optimizer : entry.optimizer), "--optimizer"));
  plan.optimizer = rule.description();
  // A rule's own schedule and clip replace those of the preset and the agent. One that a person named beside such a
  // rule does not give way: it is refused below, where the rule is made.
  const std::string schedule = unless_own_schedule(rule, preset ? preset->schedule : "constant");
  const std::string clip = unless_own_clip(rule, preset ? preset->clip : entry.clip);
  plan.schedule = make_schedule(parse_component(arguments.text("schedule", schedule), "--schedule")).description();
  plan.clip = make_clip(parse_component(arguments.text("clip", clip), "--clip")).description;
  plan.demonstrations = arguments.text("demos", preset ? preset->demonstrations : "");
  if (plan.demonstrations == "none") plan.demonstrations.clear();
  // A file's path holds wherever the run is resumed.
  if (!plan.demonstrations.empty() && plan.demonstrations.substr(0, plan.demonstrations.find(':')) != "heuristic")
    plan.demonstrations = std::filesystem::absolute(plan.demonstrations).lexically_normal().string();
  if (!is_utf8(plan.demonstrations))
    throw UsageError(arguments.named("demos") + " cannot be '" + plan.demonstrations +
                     "': config.json keeps it, which holds UTF-8 only. Rename the file.");

  plan.bonus = arguments.text("bonus", preset ? preset->bonus : "");
  if (plan.bonus == "none") plan.bonus.clear();
  plan.start = starting_checkpoint(arguments);

  plan.steps = arguments.count("steps", counts, preset ? preset->steps : 1'000'000);
  plan.horizon = arguments.count("horizon", counts, plan.steps);
  plan.seed = static_cast<std::uint64_t>(arguments.count("seed", "[0,9007199254740992]", 0));
  plan.environments =
      static_cast<int>(arguments.count("envs", "[1,65536]", preset ? preset->environments : entry.environments));
  plan.threads = static_cast<int>(arguments.count("threads", "[1,1024]", envs::available_cores()));
  plan.until_return = read_until(arguments);
  plan.checkpoint_every = arguments.count("checkpoint-every", "[0,1000000000000]", 100'000);
  plan.evaluate_every = arguments.count("evaluate-every", "[0,1000000000000]", plan.until_return ? 0 : 100'000);
  plan.evaluation_episodes = static_cast<int>(arguments.count("evaluation-episodes", "[1,1000000]", 20));
  plan.log_every = arguments.count("log-every", "[0,1000000000000]", agents::TrainOptions{}.log_every);

  // Making the agent checks all its options; what comes back has every one of them spelled out.
  const MadeEnvironment world = make_environment(parse_component(plan.environment, "--env"));
  const optim::Rule whole_rule = make_rule(plan.optimizer, plan.schedule, plan.clip);
  const MadeBonus bonus = make_bonus(plan.bonus, world.spec);
  plan.bonus = bonus.text;
  if (bonus.bonus && !entry.takes_bonus)
    throw UsageError(arguments.named("bonus") + ": agent '" + entry.name + "' takes no intrinsic reward.");
  refuse_beyond_memory(entry.memory_need(agent, world.spec, whole_rule, plan.environments, bonus.bonus.get()),
                       envs::available_memory());
  plan.agent = entry.make(agent, {world.spec, world.text, whole_rule, "", nullptr, 0, bonus.bonus}).text;
  plan.curriculum =
      make_curriculum(
          parse_component(
              arguments.text("curriculum", preset && !preset->curriculum.empty() ? preset->curriculum : "none"),
              "--curriculum"),
          world)
          .text;
  if (!plan.curriculum.empty() && !entry.takes_curriculum)
    throw UsageError(arguments.named("curriculum") + ": agent '" + entry.name +
                     "' begins its episodes by rules of its own.");
  if (!plan.demonstrations.empty() && !entry.takes_demonstrations)
    throw UsageError("Option '--demos': agent '" + entry.name + "' has no replay memory to put demonstrations into.");
  return plan;
}

std::string RunPlan::identity() const {
  return fmt::format("env={} agent={} optimizer={} schedule={} clip={} envs={} seed={}", environment, agent, optimizer,
                     schedule, clip, environments, seed) +
         (bonus.empty() ? "" : " bonus=" + bonus) + (curriculum.empty() ? "" : " curriculum=" + curriculum) +
         (start.empty() ? "" : " start=" + start);
}

std::string identity_word(const std::string& identity, const std::string& word) {
  std::istringstream words(identity);
  for (std::string candidate; words >> candidate;)
    if (candidate.starts_with(word + "=")) return candidate.substr(word.size() + 1);
  return "";
}

std::string RunPlan::json() const {
  Json out = {
      {"env", environment},
      {"agent", agent},
      {"optimizer", optimizer},
      {"schedule", schedule},
      {"clip", clip},
      {"preset", preset},
      {"demos", demonstrations.empty() ? "none" : demonstrations},
      {"steps", steps},
      {"seed", seed},
      {"envs", environments},
      {"threads", threads},
      {"until", nullptr},
      {"checkpoint-every", checkpoint_every},
      {"evaluate-every", evaluate_every},
      {"evaluation-episodes", evaluation_episodes},
      {"log-every", log_every},
      {"horizon", nullptr},
      {"made_by", Json::parse(made_by.empty() ? made_here("") : made_by)},
  };
  if (!bonus.empty())
    out["bonus"] = bonus;
  else if (preset != "none" && !find_preset(preset).bonus.empty())
    out["bonus"] = "none";
  if (!curriculum.empty())
    out["curriculum"] = curriculum;
  else if (preset != "none" && !find_preset(preset).curriculum.empty())
    out["curriculum"] = "none";
  if (!start.empty()) out["start"] = start;
  if (horizon != steps) out["horizon"] = horizon;
  if (until_return) out["until"] = "return=" + optim::text_of(*until_return);
  return indented(out);
}

RunPlan read_plan(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file))
    throw std::runtime_error("There is no run to go on with: " + file.string() + " does not exist.");
  try {
    Arguments arguments;
    arguments.set("config", file.string(), "command line");
    return resolve_plan(arguments);
  } catch (const UsageError& error) {
    throw std::runtime_error(file.string() + " cannot be used: " + error.what());
  }
}

agents::TrainOptions train_options(const RunPlan& plan, const std::filesystem::path& folder) {
  std::shared_ptr<agents::Curriculum> curriculum;
  if (!plan.curriculum.empty())
    curriculum = make_curriculum(parse_component(plan.curriculum, "--curriculum"),
                                 make_environment(parse_component(plan.environment, "--env")))
                     .curriculum;
  return {.steps = plan.steps,
          .horizon = plan.horizon,
          .seed = plan.seed,
          .environments = plan.environments,
          .threads = plan.threads,
          .folder = folder,
          .checkpoint_every = plan.checkpoint_every,
          .evaluate_every = plan.evaluate_every,
          .evaluation_episodes = plan.evaluation_episodes,
          .log_every = plan.log_every,
          .until_return = plan.until_return,
          .config = plan.json(),
          .identity = plan.identity(),
          .curriculum = std::move(curriculum)};
}

bool rate_ends_with_horizon(const RunPlan& plan) {
  constexpr std::int64_t updates = 1'000'000;  // any number will do
  constexpr double nothing = 1e-9;             // of a rate of 1
  const optim::Schedule schedule = make_rule(plan.optimizer, plan.schedule, plan.clip).schedule();
  const auto rate = [&](std::int64_t count, std::int64_t horizon) { return schedule(count, 1, {.updates = horizon}); };
  return rate(updates, updates) < nothing && rate(updates, 2 * updates) > nothing;
}

optim::Rule swapped_in(const RunPlan& plan, const std::string& spec) {
  const optim::Rule rule = make_rule(parse_component(spec, "--swap-to"));
  return make_rule(spec, unless_own_schedule(rule, plan.schedule), unless_own_clip(rule, plan.clip));
}

PlannedRun make_run(const RunPlan& plan, bool begins) {
  PlannedRun run;
  run.world = make_environment(parse_component(plan.environment, "--env"));
  const ComponentText agent = parse_component(plan.agent, "--agent");
  MadeAgent made = find_agent(agent.name)
                       .make(agent, {run.world.spec, run.world.text,
                                     make_rule(plan.optimizer, plan.schedule, plan.clip), plan.demonstrations,
                                     &run.world.factory, plan.seed, make_bonus(plan.bonus, run.world.spec).bonus});
  run.agent = std::move(made.agent);
  run.demonstrations_digest = std::move(made.demonstrations_digest);
  if (begins && !plan.start.empty()) start_from(plan.start, *run.agent);
  return run;
}

agents::TrainResult train_planned(const PlannedRun& run, const agents::TrainOptions& options,
                                  std::span<agents::Observer* const> observers) {
  try {
    return agents::train(*run.agent, run.world.factory, options, observers);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception&) {
    const std::string fault = envs::fault_in_play(run.world.factory);
    if (fault.empty()) throw;
    throw std::runtime_error(fmt::format("environment '{}' {}.", run.world.spec.id, fault));
  }
}

}  // namespace cairn::apps
