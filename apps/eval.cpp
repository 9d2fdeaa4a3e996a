#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "agents/training/evaluation.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/json.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/command_line/saved_policy.h"
#include "apps/subcommands.h"
#include "envs/cores.h"

namespace cairn::apps {

namespace {

const std::vector<Option> eval_options = {
    {"env", "SPEC", "the world (default: the one it was trained in)"},
    {"episodes", "N", "to fly (default 100)"},
    {"seed", "S", "of the episodes (default 0)"},
    {"stochastic", "", "sample actions instead of taking the best"},
    {"threads", "N", "changes the speed and nothing else (default: all cores that it may use)"},
    {"json", "", "for scripts", false},
    {"help", "", "this text", false},
};

}  // namespace

int evaluate(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, eval_options, 1);
  if (arguments.flag("help")) {
    print_help(
        "cairn eval RUN|CHECKPOINT|heuristic|random|nothing [options]\n\nA run's last checkpoint is flown; "
        "RUN/checkpoints/best.safetensors names the best; a safetensors file\nfrom 'cairn export' will do. Without a "
        "checkpoint: the world's own pilot, uniformly "
        "random actions, or none at all; these need --env.\n\n{}",
        help_for(eval_options));
    return 0;
  }
  if (arguments.words().empty())
    throw UsageError("What to evaluate is missing: a run folder, a checkpoint, or heuristic, random or nothing.");
  const std::string& what = arguments.words()[0];
  const agents::EvaluationOptions evaluation{
      .episodes = static_cast<int>(arguments.count("episodes", "[1,10000000]", 100)),
      .seed = static_cast<std::uint64_t>(arguments.count("seed", "[0,9007199254740992]", 0)),
      .deterministic = !arguments.flag("stochastic")};
  const auto threads = arguments.count("threads", "[1,1024]", envs::available_cores());

  const std::optional<agents::Pilot> pilot = named_pilot(what);
  SavedPolicy saved;
  std::string environment = arguments.text("env");
  if (!pilot) {
    saved = read_policy(what);
    if (environment.empty()) environment = saved.environment;
  }
  if (environment.empty()) throw UsageError("Option '--env' is missing: " + what + " does not say which world.");
  const MadeEnvironment world = make_environment(parse_component(environment, "--env"));
  envs::ThreadPool pool(static_cast<int>(threads));
  agents::EvaluationResult result;
  if (pilot) {
    result = agents::evaluate(*pilot, world.factory, evaluation, pool);
  } else {
    require_fit(saved, world.spec);
    result = agents::evaluate(saved.policy, world.factory, evaluation, pool);
  }

  if (arguments.flag("json")) {
    Json out = {
        {"policy", pilot ? what : saved.file.string()},
        {"env", world.text},
        {"episodes", result.returns.size()},
        {"seed", evaluation.seed},
        {"deterministic", evaluation.deterministic},
        {"mean_return", result.mean_return},
        {"std_return", result.std_return},
        {"standard_error", result.standard_error},
        {"median_return", result.median_return},
        {"mean_length", result.mean_length},
        {"success_rate", result.success_rate},
        {"success_low", result.success_low},
        {"success_high", result.success_high},
        {"returns", result.returns},
        {"lengths", result.lengths},
    };
    print_out("{}", indented(out));
    return 0;
  }
  print_text("{} in {}\n",
             pilot
                 ? what
                 : fmt::format("{}{}", saved.file.string(), saved.steps.empty() ? "" : " (" + saved.steps + " steps)"),
             world.text);
  print_text(
      "{} episodes, seed {}: return {:.1f} ± {:.1f} (standard error), median {:.1f}, length {:.0f}, "
      "success {:.0f} % [{:.0f}, {:.0f}]\n",
      result.returns.size(), evaluation.seed, result.mean_return, result.standard_error, result.median_return,
      result.mean_length, 100 * result.success_rate, 100 * result.success_low, 100 * result.success_high);
  return 0;
}

}  // namespace cairn::apps
