#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agents/memory/stream_scaling.h"
#include "agents/networks/normaliser.h"
#include "agents/networks/policy.h"
#include "optim/layout.h"

namespace cairn::agents {

class Archive;

/// What an agent has for another run's weights to be put into.
struct StartingPoint {
  std::string_view agent;       ///< its name, for sentences
  const optim::Layout* layout;  ///< of all its networks
  std::string_view acting;      ///< the prefix of the blocks that act: `actor`, `q`
  Head head;                    ///< what their outputs mean
  MlpShape shape;               ///< of the policy that they make
  bool normalises;              ///< whether observations are whitened before they get to it
};

/// The weights of another run that one begins with, and its normaliser of observations. Blocks go by their names: those
/// that act are the other run's policy, whichever agent learned it; those beside them (a critic) come along where the
/// other run has blocks of their names, and otherwise begin as they would.
class StartingWeights {
 public:
  StartingWeights() = default;  ///< none: `apply` changes nothing
  /// Takes what it needs out of a checkpoint. Throws std::invalid_argument in one sentence that names both where the
  /// other run's policy or a block has another shape, and where only one of the two whitens observations;
  /// std::runtime_error for an archive that holds no sound policy.
  StartingWeights(const Archive& checkpoint, const StartingPoint& point);

  /// After an agent's own initialisation.
  void apply(std::span<float> parameters, Normaliser& normaliser) const;
  /// Writes the weights into `parameters`, and the statistics into `normaliser`.
  void apply(std::span<float> parameters, StreamNormaliser& normaliser) const;

 private:
  struct Part {
    Eigen::Index offset;
    std::vector<float> values;
  };
  void apply(std::span<float> parameters) const;
  std::vector<Part> parts_;
  std::optional<RunningMoments> moments_;
};

/// What an agent is besides that can begin with another run's weights.
class Startable {
 public:
  Startable() = default;
  virtual ~Startable() = default;
  Startable(const Startable&) = delete;
  Startable& operator=(const Startable&) = delete;

  /// Before `Agent::begin`: every run of the agent begins with what this checkpoint holds. Throws as StartingWeights
  /// does.
  virtual void start_from(const Archive& checkpoint) = 0;
};

}  // namespace cairn::agents
