#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agents/training/pace.h"
#include "agents/training/train.h"
#include "apps/command_line/run_plan.h"
#include "render/sheets/race.h"

namespace cairn::apps {

/// One optimizer's run, on a thread of its own.
struct Lane : agents::Observer {
  std::string name;
  std::filesystem::path folder;
  RunPlan plan;
  PlannedRun run;
  std::size_t number = 0;
  agents::Pace* pace = nullptr;
  render::RaceBoard* board = nullptr;
  bool looked_at = false, filmed = false;

  agents::TrainResult result;
  double returns_by_steps = 0;  ///< area under the training returns, in return x steps
  std::int64_t counted_to = 0, counted = 0;
  std::string trouble;
  std::exception_ptr failure;
  std::vector<std::pair<std::int64_t, std::shared_ptr<const agents::Policy>>> policies;  // by steps
  std::chrono::steady_clock::time_point policy_given;

  void on_iteration(const agents::Telemetry& telemetry, const agents::Agent& agent) override;
  void race(agents::Observer* progress);
  bool reached() const { return result.ending == agents::Ending::reached; }
  double mean_training_return() const { return counted > 0 ? returns_by_steps / static_cast<double>(counted) : 0; }
};

}  // namespace cairn::apps
