#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agents/learner/agent.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// What a person wants of a run while it goes on. It is done between two iterations.
struct Intervention {
  enum class Kind {
    rate,        ///< all later rates are multiplied by `factor`
    rule,        ///< `rule` takes over from the optimizer as it is
    checkpoint,  ///< all there is goes into a file that stays
    stop,        ///< the run ends with a checkpoint
  };
  Kind kind;
  double factor = 1;
  optim::Rule rule{};
};

/// What became of one, in words.
struct InterventionNote {
  std::int64_t steps = 0;  ///< environment steps before it
  std::string label;       ///< for a chart: `lion`, `rate x 0.5`; empty where learning was not changed
  std::string sentence;    ///< for the log
  bool changed() const { return !label.empty(); }
};

/// Turns the agent's rate or swaps its rule. Where that cannot be, the note says why and everything is as it was.
InterventionNote change_learning(Agent& agent, const Intervention& intervention);

/// How a log's line begins that says at which step a run was resumed.
inline constexpr std::string_view resumption = "Resumed at step ";
/// The changes of learning that a run's log tells of, in order; what came behind a checkpoint from which the run was
/// later resumed is gone. None where there is no such file.
std::vector<InterventionNote> read_interventions(const std::filesystem::path& log);

}  // namespace cairn::agents
