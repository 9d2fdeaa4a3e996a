#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/training/table.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// What a person wants of a run while it goes on. It is done between two iterations.
struct Intervention {
  /// What is wanted.
  enum class Kind {
    rate,        ///< all later rates are multiplied by `factor`
    rule,        ///< `rule` takes over from the optimizer as it is
    checkpoint,  ///< all there is goes into a file that stays
    stop,        ///< the run ends with a checkpoint
  };
  Kind kind;           ///< the others are read as it needs them
  double factor = 1;   ///< on the rate
  optim::Rule rule{};  ///< that takes over
};

/// What became of one.
struct InterventionNote {
  std::int64_t steps = 0;     ///< environment steps before it
  Intervention::Kind kind{};  ///< what was wanted
  std::string value;          ///< the factor on all later rates, or the rule's description
  std::string label;          ///< for a chart: `lion`, `rate x 0.5`; empty where learning was not changed
  std::string sentence;       ///< for the log
  /// Whether the run no longer follows from its configuration.
  bool changed() const { return !label.empty(); }
};

/// Turns the agent's rate or swaps its rule. Where that cannot be, the note says why and everything is as it was.
InterventionNote change_learning(Agent& agent, const Intervention& intervention);

/// Columns of interventions.csv: one row for each change of learning.
inline constexpr std::array<std::string_view, 4> intervention_columns{"steps", "kind", "value", "label"};
/// One such row.
void write_intervention(Table& table, const InterventionNote& note);
/// The rows of an interventions.csv, without sentences. None where there is no such file; a row that is none, as a run
/// that is still going may leave, is left out.
std::vector<InterventionNote> read_interventions(const std::filesystem::path& path);

}  // namespace cairn::agents
