#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "agents/training/train.h"
#include "envs/recipe.h"
#include "optim/optimizer.h"
#include "optim/options.h"

namespace cairn::apps {

/// What train_run trains, made.
struct RunParts {
  const envs::Recipe& world;  ///< which the agent learns in
  agents::Agent& agent;       ///< not yet begun
  std::string agent_text;     ///< with every option spelled out
  const optim::Rule& rule;    ///< that the agent was made with
};
/// What train_run does once the agent is made.
agents::TrainResult train_made_run(const RunParts& parts, agents::TrainOptions options,
                                   const std::filesystem::path& folder, std::span<agents::Observer* const> observers);

/// Trains as `cairn train` does, from C++: writes the run folder, config.json included, which `cairn eval`, `watch`,
/// `export` and `train --resume` read in every program that knows the world, the agent and the rule by these names.
///
///     const agents::TrainResult result = apps::train_run<agents::Ppo>(
///         envs::recipe<envs::Lander>(envs::LanderOptions{.reward = envs::Reward::sparse}),
///         agents::PpoOptions{.gamma = 0.999F}, optim::adam({.lr = 3e-4}), {.steps = 500'000, .seed = 1}, "runs/mine");
///
/// `options.resume` goes on with the run in the folder, where there is one, to the same bits as never having stopped;
/// after agents::watch_signals() a signal ends the run with a checkpoint, and result.ending says so. `options.folder`,
/// `config` and `identity` are filled in here. Throws what agents::train throws; std::invalid_argument for options out
/// of range, parts that do not suit each other and a curriculum, which config.json could not name; std::runtime_error
/// where a run is resumed that another build began.
template <class Agent, class Options>
agents::TrainResult train_run(const envs::Recipe& world, const Options& options, const optim::Rule& rule,
                              const agents::TrainOptions& training, const std::filesystem::path& folder,
                              std::span<agents::Observer* const> observers = {}) {
  Agent agent(world.factory()->spec(), options, rule);
  return train_made_run({world, agent, optim::describe(agent.name(), options), rule}, training, folder, observers);
}

}  // namespace cairn::apps
