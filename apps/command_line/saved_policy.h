#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "agents/export/export.h"
#include "agents/networks/policy.h"
#include "agents/training/evaluation.h"

namespace cairn::apps {

/// A policy from a run folder (its last checkpoint), from a checkpoint file, or from a safetensors file that `cairn
/// export` wrote, and the world it was trained in.
struct SavedPolicy {
  agents::Policy policy;       ///< with its frozen normaliser
  std::string environment;     ///< spec, every option spelled out; empty where the file does not say
  std::string agent;           ///< likewise
  std::filesystem::path file;  ///< where it was read from
  std::string steps;           ///< environment steps of training behind it
  agents::Origin origin;       ///< the same and more, for what is exported
};

/// The pilot of this name, unless a file or folder has it, too; none for anything else. Throws UsageError where nothing
/// has the name and it is nearly a pilot's.
std::optional<agents::Pilot> named_pilot(const std::string& name);

/// Throws std::runtime_error naming the file and what is wrong.
SavedPolicy read_policy(const std::filesystem::path& run_or_file);

/// `ppo after 1.00M steps of training`, as far as it says.
std::string trained_text(const SavedPolicy& saved);

/// Throws std::runtime_error where the policy's inputs or outputs are not those of the world.
void require_fit(const SavedPolicy& saved, const envs::Spec& spec);

}  // namespace cairn::apps
