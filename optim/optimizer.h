#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "optim/clip.h"
#include "optim/layout.h"
#include "optim/schedule.h"

namespace cairn::optim {

/// What one step did, for logs and charts. All norms are Euclidean, over the whole vector. What takes a pass of its own
/// to find out is in optim/inspect.h.
struct StepReport {
  bool applied = true;       ///< False when the gradient was not finite: nothing changed but the count of those.
  bool accumulated = false;  ///< The gradient was only added to others; parameters move at a later step.
  std::int64_t skipped_in_a_row = 0;  ///< Gradients not finite since the last that was.
  double learning_rate = 0;           ///< Rate used by this step.
  double gradient_norm = 0;           ///< Before clipping.
  double clipped_norm = 0;            ///< After clipping.
};

/// What happens around an optimizer that a rule may want to know of.
enum class Event {
  rollout,  ///< Fresh experience has been collected, which the next updates learn from.
  target,   ///< The target network has moved to, or towards, the network as it is.
};

/// A named piece of optimizer state, as a checkpoint stores it.
template <class Scalar>
struct StateArray {
  std::string name;          ///< unique in its optimizer, as in `m`
  std::span<Scalar> values;  ///< the state itself, not a copy
};

/// A rule bound to one parameter layout: owns the state, never the parameters. One virtual call a step.
template <class Scalar>
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  /// Moves `parameters` along the rule's update for `gradient`; both of the layout's size. Allocates nothing.
  virtual StepReport step(std::span<Scalar> parameters, std::span<const Scalar> gradient) = 0;
  /// Likewise one part of a `partition` alone; the others' parameters, state and clocks stay as they are. Throws
  /// std::invalid_argument for a tag that is no part of this rule.
  virtual StepReport step_part(std::string_view tag, std::span<Scalar> parameters,
                               std::span<const Scalar> gradient) = 0;

  /// Count of updates applied; drives schedules.
  virtual std::int64_t updates() const = 0;
  /// Count of gradients that were not finite.
  virtual std::int64_t skipped() const = 0;
  /// Every mutable array of the state, in a fixed order; writing through the spans restores it. Counters are in
  /// `counters`.
  virtual std::vector<StateArray<Scalar>> arrays() = 0;
  /// Likewise the single numbers of the state, which are double whatever the parameters are.
  virtual std::vector<StateArray<double>> scalars() = 0;
  /// Every mutable integer of the state (updates, skipped, one clock a block), in a fixed order.
  virtual std::vector<std::int64_t> counters() const = 0;
  /// Restores what `counters` gave. Throws std::invalid_argument for another number of them.
  virtual void set_counters(std::span<const std::int64_t> counters) = 0;
  /// Lets the count of updates go on from another optimizer's, and with it the schedule; clocks stay.
  virtual void set_updates(std::int64_t updates) = 0;
  /// The rule with all its resolved options; a checkpoint whose description differs is refused.
  virtual std::string description() const = 0;
  /// What the rule was bound to.
  virtual const Layout& layout() const = 0;

  /// Forgets all moments and restarts all clocks; the counts of updates and skipped gradients go on, and with them the
  /// schedule.
  virtual void reset() = 0;
  /// Forgets the moments of one block of the layout (a new head) and restarts its clock; or of any stretch of one
  /// (recycled neurons), whose block's clock then goes on.
  virtual void reset(const Block& block) = 0;
  /// Restarts bias correction alone, keeping the moments (Adam-Rel, Ellis et al. 2024): everywhere, or of one block.
  virtual void restart_clock() = 0;
  /// The same for one block of the layout.
  virtual void restart_clock(const Block& block) = 0;

  /// The point to evaluate at, where that is not the training point (schedule-free); otherwise copies `parameters`.
  virtual void evaluation_point(std::span<const Scalar> parameters, std::span<Scalar> out) const = 0;

  /// Multiplies every later rate (a person turning the knob while it runs). 1 at the start.
  virtual void set_rate_factor(double factor) = 0;
  /// Tells of something that some rules act upon (`restart`); the others ignore it.
  virtual void on(Event event) = 0;
};

/// An update rule with its schedule and clip, not yet bound to parameters: a value, cheap to copy, bound as often as
/// wanted.
///
///     Rule rule = adam({.lr = 3e-4}).with_schedule(linear()).with_clip(global_norm({.max = 0.5}));
///     std::unique_ptr<Optimizer<float>> optimizer = rule.bind<float>(layout, {.updates = 10'000});
///     optimizer->step(parameters, gradient);
class Rule {
 public:
  /// What binding needs besides the layout.
  struct Binding {
    std::string description;  ///< the rule with all its options
    Schedule schedule;        ///< multiplies the base rate
    Clip clip;                ///< of each gradient
    Horizon horizon;          ///< what the schedule may need to know of the run
  };
  /// Makes the bound form of a rule.
  template <class Scalar>
  using Bind = std::function<std::unique_ptr<Optimizer<Scalar>>(const Layout&, const Binding&)>;

  Rule() = default;
  /// `description`: the rule with all its options, `name:key=value,…`.
  Rule(std::string description, Bind<float> bind32, Bind<double> bind64);

  /// The same rule with a schedule of its rate; a constant one changes nothing. Throws std::invalid_argument where the
  /// rule has one: which of them should hold?
  Rule with_schedule(Schedule schedule) const;
  /// Likewise with a clip of its gradients; `none` changes nothing.
  Rule with_clip(Clip clip) const;
  /// Without schedule and clip.
  Rule bare() const;

  /// Throws std::logic_error for a default-constructed rule, std::invalid_argument where the rule does not suit the
  /// layout.
  template <class Scalar>
  std::unique_ptr<Optimizer<Scalar>> bind(const Layout& layout, Horizon horizon = {}) const;

  /// Whether it was default-constructed.
  bool empty() const { return description_.empty(); }
  /// In the command line's grammar; with a schedule or a clip `scheduled:rule=(…),schedule=(…),clip=(…)`.
  std::string description() const;
  /// Constant unless `with_schedule` gave another.
  const Schedule& schedule() const { return schedule_; }
  /// `none` unless `with_clip` gave another.
  const Clip& clip() const { return clip_; }

 private:
  std::string description_;  // the rule alone
  Bind<float> bind32_;
  Bind<double> bind64_;
  Schedule schedule_;
  Clip clip_;
};

}  // namespace cairn::optim
