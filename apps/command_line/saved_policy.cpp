#include "apps/command_line/saved_policy.h"

#include <fmt/format.h>

#include "agents/training/checkpoint.h"
#include "apps/command_line/run_plan.h"

namespace cairn::apps {

SavedPolicy read_policy(const std::filesystem::path& run_or_checkpoint) {
  SavedPolicy saved;
  saved.file = run_or_checkpoint;
  if (std::filesystem::is_directory(saved.file)) saved.file /= "checkpoints/last.safetensors";
  if (!std::filesystem::exists(saved.file))
    throw std::runtime_error(fmt::format("There is no checkpoint: {} does not exist.", saved.file.string()));
  const agents::Archive archive = agents::read_checkpoint(saved.file);
  try {
    saved.policy = agents::Policy::load(archive);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{} holds no usable policy: {}", saved.file.string(), error.what()));
  }
  const auto metadata = [&](const char* name) {
    const auto found = archive.metadata.find(name);
    return found == archive.metadata.end() ? std::string() : found->second;
  };
  saved.environment = identity_word(metadata("identity"), "env");
  saved.agent = identity_word(metadata("identity"), "agent");
  saved.steps = metadata("steps");
  return saved;
}

void require_fit(const SavedPolicy& saved, const envs::Spec& spec) {
  const bool continuous = saved.policy.head == agents::Head::means;
  const int outputs = spec.discrete() ? spec.actions() : spec.action_size();
  if (saved.policy.shape.inputs == spec.observation_size() && saved.policy.shape.outputs == outputs &&
      continuous != spec.discrete())
    return;
  throw std::runtime_error(fmt::format(
      "The policy in {} takes {} observations and gives {} {}, but '{}' has {} and takes {} {}.", saved.file.string(),
      saved.policy.shape.inputs, saved.policy.shape.outputs, continuous ? "continuous actions" : "discrete actions",
      spec.id, spec.observation_size(), outputs, spec.discrete() ? "discrete actions" : "continuous actions"));
}

}  // namespace cairn::apps
