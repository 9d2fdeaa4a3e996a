#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>

#include "agents/learner/updater.h"
#include "optim/layout.h"

namespace cairn::agents {

/// Learning from each sample once, by its error δ and eligibility traces z ← keep z + ∇ (Elsayed, Vasan and Mahmood
/// 2024). Rules that are made for that (`optim/error_step.h`) are told of the error and keep the traces themselves; any
/// other rule takes -δ z as its gradient, TD(λ) with that rule.
class TracedUpdater {
 public:
  TracedUpdater() = default;
  /// Throws std::invalid_argument where the rule does not suit the layout.
  TracedUpdater(const optim::Rule& rule, const optim::Layout& layout, optim::Horizon horizon, int max_nonfinite);

  /// One update. `gradient`: -∇, of minus the value and minus the log-probability; it is changed. `keep`: γλ. Throws
  /// Diverged where the error is not finite, and as Updater::step does.
  void step(std::span<float> parameters, std::span<float> gradient, double error, double keep, std::int64_t steps);
  /// Forgets the traces.
  void end_traces();

  /// The optimizer and its account.
  Updater& updater() { return updater_; }
  /// The optimizer and its account.
  const Updater& updater() const { return updater_; }
  void save(Archive& archive, const std::string& name) const;
  void load(const Archive& archive, const std::string& name);

 private:
  Updater updater_;
  std::vector<optim::Block> norms_;  // gains and offsets of LayerNorm, which the papers' networks have not
  Eigen::VectorXf traces_;           // of rules that keep none; zeros otherwise
};

}  // namespace cairn::agents
