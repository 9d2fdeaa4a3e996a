#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agents/training/observer.h"
#include "render/sheets/dashboard.h"
#include "render/worlds/flight.h"

namespace cairn::render {

/// How a run learned, as a video: episodes flown by its policy before learning, at a few moments on the way and at the
/// end, beside the return as it rises. Needs no display. It copies a policy five times in a run and changes nothing.
class LearningFilm : public agents::Observer {
 public:
  void on_start(const agents::RunInfo& info) override;
  void on_iteration(const agents::Telemetry& telemetry, const agents::Agent& agent) override;
  void on_evaluation(const agents::EvaluationResult& result) override;
  /// Keeps the last policy.
  void on_end() override;

  /// A policy that was kept, and the steps that it had learned from.
  struct Moment {
    std::int64_t steps = 0;  ///< environment steps
    agents::Policy policy;   ///< as it was then
  };
  /// What was kept so far, the first first.
  const std::vector<Moment>& moments() const { return moments_; }

  /// Flies the policies and writes the video, .mp4 or .gif by the file's ending; `seed`: of the episodes. After the
  /// run. Throws as Recorder does.
  void record(const std::filesystem::path& path, std::uint64_t seed) const;

 private:
  struct Scene;
  void keep();
  void draw(Picture& picture, const std::vector<Scene>& scenes, std::size_t number, std::size_t frame) const;

  agents::RunInfo info_;                // its pointers are of use until the run ends
  std::string summary_{}, achieved_{};  // of the world
  RunCurves curves_;
  std::vector<Moment> moments_;
  std::int64_t last_ = 0;  // steps when the run ended
};

}  // namespace cairn::render
