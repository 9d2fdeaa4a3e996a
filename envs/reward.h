#pragma once

#include <string_view>

namespace cairn::envs {

/// Whether a world pays only for the task's achievement or helps along the way.
enum class Reward { dense, sparse };

inline std::string_view to_string(Reward reward) {
  return reward == Reward::dense ? "dense" : "sparse";
}
inline bool parse(std::string_view text, Reward& reward) {
  if (text != "dense" && text != "sparse") return false;
  reward = text == "dense" ? Reward::dense : Reward::sparse;
  return true;
}

}  // namespace cairn::envs
