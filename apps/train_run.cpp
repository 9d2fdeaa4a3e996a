#include "apps/train_run.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

#include "apps/command_line/made_by.h"
#include "apps/command_line/run_plan.h"

namespace cairn::apps {

agents::TrainResult train_made_run(const RunParts& parts, agents::TrainOptions options,
                                   const std::filesystem::path& folder, std::span<agents::Observer* const> observers) {
  if (options.curriculum)
    throw std::invalid_argument("train_run takes no curriculum, because config.json could not name it.");
  if (folder.empty()) throw std::invalid_argument("train_run needs the name of a run folder.");
  const RunPlan plan{.environment = parts.world.description,
                     .agent = parts.agent_text,
                     .optimizer = parts.rule.bare().description(),
                     .schedule = parts.rule.schedule().description(),
                     .clip = parts.rule.clip().description,
                     .preset = "none",
                     .demonstrations = "",
                     .bonus = "",
                     .curriculum = "",
                     .start = "",
                     .steps = options.steps,
                     .checkpoint_every = options.checkpoint_every,
                     .evaluate_every = options.evaluate_every,
                     .log_every = options.log_every,
                     .horizon = options.horizon == 0 ? options.steps : options.horizon,
                     .environments = options.environments,
                     .threads = options.threads,
                     .evaluation_episodes = options.evaluation_episodes,
                     .seed = options.seed,
                     .until_return = options.until_return,
                     .made_by = made_here("")};
  options.folder = folder;
  options.identity = plan.identity();
  const std::filesystem::path config = folder / "config.json";
  const bool goes_on = options.resume && std::filesystem::exists(folder / "checkpoints/last.safetensors");
  if (goes_on) {
    if (const std::string difference = difference_from_here(read_made_by(config)); !difference.empty())
      throw std::runtime_error(
          fmt::format("The run in '{}' cannot go on here to the same bits: {}.", folder.string(), difference));
  }
  options.config = goes_on ? "" : plan.json();
  if (!options.read_rule)
    options.read_rule = [](const std::string& text) {
      return make_rule(parse_component(text, "the checkpoint's optimizer"));
    };
  return agents::train(parts.agent, parts.world.factory, options, observers);
}

}  // namespace cairn::apps
