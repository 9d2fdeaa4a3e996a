#include "apps/command_line/saved_policy.h"

#include <fmt/format.h>

#include <charconv>
#include <fstream>

#include "agents/archive/archive.h"
#include "agents/training/checkpoint.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/json.h"
#include "apps/command_line/run_plan.h"
#include "render/drawing/ticks.h"

namespace cairn::apps {

namespace {

/// Text that any reader of an exported file takes: bytes that are no UTF-8 become '?'.
std::string readable(const std::string& text) {
  const std::string replaced = Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  return Json::parse(replaced).get<std::string>();
}

/// The run folder that a checkpoint lies in, as RUN/checkpoints/FILE; empty where it lies elsewhere.
std::filesystem::path run_of(const std::filesystem::path& checkpoint) {
  const std::filesystem::path folder = std::filesystem::absolute(checkpoint).lexically_normal().parent_path();
  const bool of_run =
      folder.filename() == "checkpoints" && std::filesystem::exists(folder.parent_path() / "config.json");
  return of_run ? folder.parent_path() : std::filesystem::path();
}

/// The commit of the program that trained a run; empty where its config.json does not say.
std::string commit_of(const std::filesystem::path& run) {
  std::ifstream file(run / "config.json");
  const Json config = read_json(file, false);
  const Json::json_pointer where("/made_by/commit");
  return config.contains(where) && config[where].is_string() ? config[where].get<std::string>() : "";
}

}  // namespace

std::optional<agents::Pilot> named_pilot(const std::string& name) {
  if (std::filesystem::exists(name)) return std::nullopt;
  if (agents::Pilot pilot{}; parse(name, pilot)) return pilot;
  std::vector<std::string> names;
  names.reserve(agents::pilots.size());
  for (const agents::Pilot one : agents::pilots) names.emplace_back(to_string(one));
  if (const std::string near = nearest(name, names); !near.empty())
    throw UsageError("There is no run or checkpoint '" + name + "'. Did you mean '" + near + "'?");
  return std::nullopt;
}

SavedPolicy read_policy(const std::filesystem::path& run_or_file) {
  SavedPolicy saved;
  saved.file = run_or_file;
  if (std::filesystem::is_directory(saved.file)) saved.file /= "checkpoints/last.safetensors";
  if (!std::filesystem::exists(saved.file))
    throw std::runtime_error(fmt::format("There is no checkpoint: {} does not exist.", saved.file.string()));
  const agents::Archive archive = agents::read_archive(saved.file, agents::Checksum::where_there);
  const bool exported = !archive.checked && agents::is_exported_policy(archive);
  if (!archive.checked && !exported)
    throw std::runtime_error(fmt::format(
        "Cannot read '{}': it is neither a checkpoint, whose last tensor would be the checksum 'cairn.crc', "
        "nor a policy that 'cairn export' wrote.",
        saved.file.string()));
  if (!exported) agents::require_format(archive, saved.file);
  try {
    saved.policy = exported ? agents::exported_policy(archive) : agents::Policy::load(archive);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{} holds no usable policy: {}", saved.file.string(), error.what()));
  }
  const auto metadata = [&](const char* name) {
    const auto found = archive.metadata.find(name);
    return found == archive.metadata.end() ? std::string() : found->second;
  };
  if (exported) {
    saved.origin = agents::exported_origin(archive);
  } else {
    const std::filesystem::path run = run_of(saved.file);
    saved.origin = {.run = readable(run.filename().string()),
                    .steps = metadata("steps"),
                    .commit = run.empty() ? "" : commit_of(run),
                    .world = identity_word(metadata("identity"), "env"),
                    .agent = identity_word(metadata("identity"), "agent")};
  }
  if (saved.origin.steps.find_first_not_of("0123456789") != std::string::npos || saved.origin.steps.size() > 18)
    throw std::runtime_error(fmt::format("{} holds no usable policy: its 'steps' are no count.", saved.file.string()));
  saved.environment = saved.origin.world;
  saved.agent = saved.origin.agent;
  saved.steps = saved.origin.steps;
  return saved;
}

std::string trained_text(const SavedPolicy& saved) {
  const std::string learner = saved.agent.substr(0, saved.agent.find(':'));
  std::string text = learner.empty() ? "a policy" : learner;
  double steps = 0;
  const char* const end = saved.steps.data() + saved.steps.size();
  if (const auto read = std::from_chars(saved.steps.data(), end, steps); read.ec == std::errc() && read.ptr == end)
    text += " after " + render::short_number(steps) + " steps of training";
  return text;
}

void require_fit(const SavedPolicy& saved, const envs::Spec& spec) {
  const bool continuous = agents::continuous(saved.policy.head);
  const int outputs = spec.discrete() ? spec.actions() : spec.action_size();
  if (saved.policy.shape.inputs == spec.observation_size() && saved.policy.actions() == outputs &&
      continuous != spec.discrete())
    return;
  throw std::runtime_error(fmt::format(
      "The policy in {} takes {} observations and gives {} {}, but '{}' has {} and takes {} {}.", saved.file.string(),
      saved.policy.shape.inputs, saved.policy.actions(), continuous ? "continuous actions" : "discrete actions",
      spec.id, spec.observation_size(), outputs, spec.discrete() ? "discrete actions" : "continuous actions"));
}

}  // namespace cairn::apps
