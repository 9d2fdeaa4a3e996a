#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "envs/environment.h"

namespace cairn::agents {

class Archive;

/// Noise on deterministic actions, in half widths of the action's bounds.
enum class Noise {
  gaussian,  ///< drawn anew each step
  ou,        ///< Ornstein-Uhlenbeck, from 0 at the start of each episode: x += -θ x dt + σ √dt N(0, 1)
  held,      ///< Gaussian, drawn anew at the start of each episode and every `hold` steps
};
std::string_view to_string(Noise noise);
bool parse(std::string_view text, Noise& noise);

struct NoiseOptions {
  Noise noise = Noise::gaussian;    ///< which kind
  float std = 0.1F;                 ///< σ
  float theta = 0.15F, dt = 0.01F;  ///< of ou
  int hold = 8;                     ///< of held, in steps
};

/// Exploration of a deterministic policy in several worlds.
class ActionNoise {
 public:
  ActionNoise() = default;
  /// `components`: of an action.
  ActionNoise(const NoiseOptions& options, int components, int worlds);

  /// Adds noise to `actions` (components x worlds) and clips them to [-1, 1]. World e draws from
  /// Random(seed, Stream::exploration, e, `number`).
  void add(std::uint64_t seed, std::uint32_t number, Eigen::MatrixXf& actions);
  /// After a step of all worlds: what an episode had does not reach into the next.
  void end_episodes(std::span<const envs::Step> steps);

  /// What goes on from step to step, under `name/…`.
  void save(Archive& archive, const std::string& name) const;
  /// Throws std::runtime_error for another number of worlds, noise that is not finite and times too long.
  void load(const Archive& archive, const std::string& name);

 private:
  NoiseOptions options_;
  Eigen::MatrixXf state_;           // components x worlds: what was added last, of ou and held
  std::vector<std::int32_t> left_;  // of each world: steps for which that is held
};

}  // namespace cairn::agents
