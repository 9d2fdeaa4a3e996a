#include "agents/memory/demonstrations.h"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/archive/crc32c.h"

namespace cairn::agents {

namespace {

constexpr const char* format = "cairn demonstrations 1";

}  // namespace

void DemonstrationRecorder::see(const envs::Environment& world, std::span<const float> observation) {
  observations_.insert(observations_.end(), observation.begin(), observation.end());
  if (!spec_->masks) return;
  masks_.resize(masks_.size() + static_cast<std::size_t>(spec_->actions()));
  world.mask(std::span(masks_).last(static_cast<std::size_t>(spec_->actions())));
}

void DemonstrationRecorder::began(const envs::Environment& world, std::span<const float> observation) {
  for (auto* numbers : {&observations_, &actions_, &rewards_, &masks_}) numbers->clear();
  terminated_ = success_ = false;
  see(world, observation);
}

void DemonstrationRecorder::stepped(const envs::Environment& world, std::span<const float> action,
                                    const envs::Step& step, std::span<const float> observation) {
  see(world, observation);
  actions_.insert(actions_.end(), action.begin(), action.end());
  rewards_.push_back(step.reward);
  terminated_ = step.terminated;
  success_ |= step.success;
}

Demonstration DemonstrationRecorder::take() const {
  const auto steps = static_cast<Eigen::Index>(rewards_.size());
  const auto matrix = [](const std::vector<float>& numbers, Eigen::Index rows, Eigen::Index columns) {
    return Eigen::Map<const Eigen::MatrixXf>(numbers.data(), rows, columns);
  };
  Demonstration flown;
  flown.observations = matrix(observations_, spec_->observation_size(), steps + 1);
  flown.actions = matrix(actions_, spec_->action_size(), steps);
  flown.rewards = Eigen::Map<const Eigen::VectorXf>(rewards_.data(), steps);
  if (spec_->masks) flown.masks = matrix(masks_, spec_->actions(), steps + 1);
  flown.terminated = terminated_;
  flown.success = success_;
  return flown;
}

std::vector<Demonstration> fly_demonstrations(const envs::EnvironmentFactory& factory, int episodes,
                                              std::uint64_t seed) {
  const auto world = factory();
  const envs::Spec& spec = world->spec();
  std::vector<Demonstration> demonstrations;
  std::vector<float> observation(static_cast<std::size_t>(spec.observation_size()));
  std::vector<float> action(static_cast<std::size_t>(spec.action_size()));
  DemonstrationRecorder recorder(spec);
  for (int e = 0; e < episodes; ++e) {
    world->reset(envs::Random(seed, envs::Stream::demonstration, 0, static_cast<std::uint32_t>(e)), observation);
    recorder.began(*world, observation);
    for (envs::Step step; !step.terminated && !step.truncated;) {
      if (!world->pilot(observation, action))
        throw std::invalid_argument("'" + spec.id + "' has no hand-written pilot to demonstrate it.");
      step = world->step(action, observation);
      recorder.stepped(*world, action, step, observation);
    }
    demonstrations.push_back(recorder.take());
  }
  return demonstrations;
}

void write_demonstrations(const std::filesystem::path& path, const std::string& world,
                          const std::vector<Demonstration>& demonstrations) {
  Archive archive;
  archive.metadata["format"] = format;
  archive.metadata["environment"] = world;
  std::vector<std::int64_t> lengths;
  std::vector<std::uint8_t> terminated, success;
  for (std::size_t e = 0; e < demonstrations.size(); ++e) {
    const Demonstration& flown = demonstrations[e];
    const std::string name = std::to_string(e);
    archive.put(name + "/observations", view(flown.observations),
                {flown.observations.cols(), flown.observations.rows()});
    archive.put(name + "/actions", view(flown.actions), {flown.actions.cols(), flown.actions.rows()});
    archive.put(name + "/rewards",
                std::span<const float>(flown.rewards.data(), static_cast<std::size_t>(flown.rewards.size())));
    if (flown.masks.size() != 0)
      archive.put(name + "/masks", view(flown.masks), {flown.masks.cols(), flown.masks.rows()});
    lengths.push_back(flown.rewards.size());
    terminated.push_back(flown.terminated ? 1 : 0);
    success.push_back(flown.success ? 1 : 0);
  }
  archive.put("lengths", lengths);
  archive.put("terminated", terminated);
  archive.put("success", success);
  write_archive(path, archive);
}

std::string digest_of(const std::vector<Demonstration>& demonstrations) {
  Crc32c crc;
  const auto add = [&](const auto& numbers) { crc.add(numbers.data(), sizeof(float) * numbers.size()); };
  for (const Demonstration& flown : demonstrations) {
    const std::int64_t steps = flown.rewards.size();
    crc.add(&steps, sizeof steps);
    add(flown.observations);
    add(flown.actions);
    add(flown.rewards);
    add(flown.masks);
    const std::uint8_t ends[] = {flown.terminated, flown.success};
    crc.add(ends, sizeof ends);
  }
  char text[32];
  std::snprintf(text, sizeof text, "crc32c:%08x", crc.value());
  return text;
}

std::vector<Demonstration> read_demonstrations(const std::filesystem::path& path, const std::string& world,
                                               const envs::Spec& spec) {
  const Archive archive = read_archive(path);
  const auto refuse = [&](const std::string& why) -> void {
    throw std::runtime_error("The demonstrations in " + path.string() + " cannot be used: " + why + ".");
  };
  const auto metadata = [&](const char* name) {
    const auto found = archive.metadata.find(name);
    return found == archive.metadata.end() ? std::string("nothing") : found->second;
  };
  if (metadata("format") != format) refuse("the format is '" + metadata("format") + "', not '" + format + "'");
  if (metadata("environment") != world)
    refuse("they were flown in '" + metadata("environment") + "', not in '" + world + "'");
  const auto lengths = archive.get<std::int64_t>("lengths");
  const auto terminated = archive.get<std::uint8_t>("terminated"), success = archive.get<std::uint8_t>("success");
  if (lengths.empty()) refuse("there are none");
  if (terminated.size() != lengths.size() || success.size() != lengths.size()) refuse("episodes are missing");
  std::vector<Demonstration> demonstrations;
  for (std::size_t e = 0; e < lengths.size(); ++e) {
    const std::string name = std::to_string(e);
    auto observations = archive.get<float>(name + "/observations"), actions = archive.get<float>(name + "/actions"),
         rewards = archive.get<float>(name + "/rewards");
    const auto steps = static_cast<Eigen::Index>(rewards.size());
    if (steps < 1 || steps != lengths[e] ||
        static_cast<Eigen::Index>(observations.size()) != (steps + 1) * spec.observation_size() ||
        static_cast<Eigen::Index>(actions.size()) != steps * spec.action_size())
      refuse("episode " + name + " does not fit a world of " + std::to_string(spec.observation_size()) +
             " observations and " + std::to_string(spec.action_size()) + " actions");
    Demonstration flown;
    flown.observations = Eigen::Map<Eigen::MatrixXf>(observations.data(), spec.observation_size(), steps + 1);
    flown.actions = Eigen::Map<Eigen::MatrixXf>(actions.data(), spec.action_size(), steps);
    flown.rewards = Eigen::Map<Eigen::VectorXf>(rewards.data(), steps);
    if (spec.masks && archive.has(name + "/masks")) {
      const auto masks = archive.get<float>(name + "/masks");
      if (static_cast<Eigen::Index>(masks.size()) != (steps + 1) * spec.actions() ||
          !std::ranges::all_of(masks, [](float legal) { return legal == 0 || legal == 1; }))
        refuse("episode " + name + " holds masks of another world");
      flown.masks = Eigen::Map<const Eigen::MatrixXf>(masks.data(), spec.actions(), steps + 1);
    }
    flown.terminated = terminated[e] != 0;
    flown.success = success[e] != 0;
    if (!flown.observations.allFinite() || !flown.actions.allFinite() || !flown.rewards.allFinite())
      refuse("episode " + name + " holds a number that is not finite");
    if (spec.discrete())
      for (const float action : actions)
        if (action != std::floor(action) || action < 0 || action >= static_cast<float>(spec.actions()))
          refuse("episode " + name + " holds the action " + std::to_string(action));
    demonstrations.push_back(std::move(flown));
  }
  return demonstrations;
}

}  // namespace cairn::agents
