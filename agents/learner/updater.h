#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agents/learner/telemetry.h"
#include "agents/networks/finite.h"
#include "optim/in_parts.h"
#include "optim/inspect.h"
#include "optim/optimizer.h"

namespace cairn::agents {

class Archive;

/// An agent's optimizer, bound to its network: takes the steps, keeps account of them, looks at the first one of each
/// iteration, and can be turned, or replaced by another rule, between iterations.
class Updater {
 public:
  Updater() = default;
  /// `max_nonfinite`: gradients in a row that may not be finite. Throws std::invalid_argument where the rule does not
  /// suit the layout.
  Updater(const optim::Rule& rule, optim::Layout layout, optim::Horizon horizon, int max_nonfinite);

  /// For a network whose parts are moved at different times (optim/in_parts.h), by `step_part`.
  Updater(const optim::Rule& rule, optim::Layout layout, int max_nonfinite, std::vector<optim::NetworkPart> parts);

  /// One update after `steps` environment steps. A gradient that is not finite changes nothing and is counted; throws
  /// Diverged when max_nonfinite came in a row, and at once where the update leaves a weight that is not finite.
  optim::StepReport step(std::span<float> parameters, std::span<const float> gradient, std::int64_t steps);
  /// An update in parts: `begin_update`, a `step_part` for each that moves in it, and `end_update`, which counts it as
  /// one. What was begun and not ended (its gradient was not finite) is no update. The gradient's norm is that of all
  /// the parts that moved, the rate the first part's; looked at is an iteration's first update that moves all parts.
  void begin_update(std::span<const float> parameters);
  /// As `step`, of one part: the limit counts its own gradients.
  optim::StepReport step_part(std::string_view tag, std::span<float> parameters, std::span<const float> gradient,
                              std::int64_t steps);
  /// Ends it: counts it, and looks at the whole of it where it is an iteration's first.
  void end_update(std::span<const float> parameters);

  /// Whether the next step is looked at, and so must be taken by `step`.
  bool looks_at_next_step() const { return !inspected_; }
  /// Takes account of a step that was taken on `optimizer()` itself, as `step` does of its own, but for the weights:
  /// those are looked at by `require_finite_weights` once they have moved.
  void account(const optim::StepReport& report, std::int64_t steps);
  /// Throws Diverged naming the first block of `parameters` that holds a number that is not finite.
  void require_finite_weights(std::span<const float> parameters, std::int64_t steps) const {
    require_finite("weights", layout_, parameters, steps);
  }

  /// The bound rule itself.
  optim::Optimizer<float>& optimizer() { return *optimizer_; }
  /// The bound rule itself.
  const optim::Optimizer<float>& optimizer() const { return *optimizer_; }

  /// Updates applied in this iteration.
  std::int64_t applied() const { return applied_; }
  /// Ends an iteration: tells of its gradients and rate, of its first step, and how many gradients were not finite so
  /// far.
  void report(Telemetry& telemetry);
  /// Whether that also tells of each block of the network, from the next iteration on. Changes no bits.
  void look_at_blocks(bool wanted) { blocks_wanted_ = wanted; }

  double rate() const { return rate_; }  ///< of the latest step; 0 before the first
  /// What `set_rate_factor` said last.
  double rate_factor() const { return rate_factor_; }
  /// Multiplies what the schedule says from now on; 1 at the start.
  void set_rate_factor(double factor);
  /// Another rule takes over with moments of its own, begun anew, and its own rate; the schedule goes on. Throws
  /// std::invalid_argument, with everything as it was, where the rule does not suit the layout.
  void swap(const optim::Rule& rule);

  /// All of it, under `name/…`; a rule that was swapped in says so in the metadata, as `name/swapped_to`, and must be
  /// swapped in before loading.
  void save(Archive& archive, const std::string& name) const;
  void load(const Archive& archive, const std::string& name);

 private:
  std::unique_ptr<optim::Optimizer<float>> bound(const optim::Rule& rule) const;
  void refuse_too_many(const optim::StepReport& report, std::int64_t steps) const;

  optim::Layout layout_;
  std::vector<optim::NetworkPart> parts_;  // of a network that is moved part by part
  optim::Horizon horizon_;
  int max_nonfinite_ = 1;
  std::unique_ptr<optim::Optimizer<float>> optimizer_;
  bool swapped_ = false;
  double rate_ = 0, rate_factor_ = 1;
  std::int64_t applied_ = 0;                       // updates of this iteration
  double gradient_norms_ = 0, clipped_norms_ = 0;  // summed over them

  optim::Inspector<float> inspector_;
  optim::StepInspection inspection_;  // of this iteration's first step
  bool inspected_ = false, blocks_wanted_ = false;

  // Of the update that is being made in parts.
  std::size_t moved_ = 0;
  double squared_norm_ = 0, squared_clipped_norm_ = 0;
  std::vector<optim::BlockInspection> blocks_;
};

}  // namespace cairn::agents
