#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "envs/environment.h"

namespace cairn::agents {

/// One flown episode of T steps.
struct Demonstration {
  Eigen::MatrixXf observations;  ///< features x (T + 1), the last one after the last step
  Eigen::MatrixXf actions;       ///< discrete: 1 x T indices; else components x T
  Eigen::VectorXf rewards;       ///< T, raw
  Eigen::MatrixXf masks{};       ///< actions x (T + 1), legal ones 1; empty where all are always legal
  bool terminated = false;       ///< whether the world ended it; otherwise the horizon did, or the one who flew
  bool success = false;          ///< whether a step of it succeeded
};

/// Writes an episode down as it is flown: what the world shows at first, then each step.
class DemonstrationRecorder {
 public:
  /// `spec` must outlive it.
  explicit DemonstrationRecorder(const envs::Spec& spec) : spec_(&spec) {}
  /// `world` has just begun an episode, or made a step.
  void began(const envs::Environment& world, std::span<const float> observation);
  /// `world` has just made this step, which led to `observation`.
  void stepped(const envs::Environment& world, std::span<const float> action, const envs::Step& step,
               std::span<const float> observation);
  /// Of the episode so far.
  int steps() const { return static_cast<int>(rewards_.size()); }
  /// What is written down so far.
  Demonstration take() const;

 private:
  void see(const envs::Environment& world, std::span<const float> observation);

  const envs::Spec* spec_;
  std::vector<float> observations_, actions_, rewards_, masks_;
  bool terminated_ = false, success_ = false;
};

/// Flies the world's hand-written pilot; episode e draws from Random(seed, Stream::demonstration, 0, e). Throws
/// std::invalid_argument where the world has no pilot.
std::vector<Demonstration> fly_demonstrations(const envs::EnvironmentFactory& factory, int episodes,
                                              std::uint64_t seed);

/// One archive, which names the `world` with all its options: rewards of another variant would teach something else.
/// Reading throws std::runtime_error for a file that is damaged or of another world.
void write_demonstrations(const std::filesystem::path& path, const std::string& world,
                          const std::vector<Demonstration>& demonstrations);
/// A checksum of what is learned from them, as in `crc32c:0123abcd`.
std::string digest_of(const std::vector<Demonstration>& demonstrations);
/// Reads what `write_demonstrations` wrote for this world.
std::vector<Demonstration> read_demonstrations(const std::filesystem::path& path, const std::string& world,
                                               const envs::Spec& spec);

}  // namespace cairn::agents
