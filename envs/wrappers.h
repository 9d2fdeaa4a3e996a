#pragma once

#include "envs/recipe.h"

namespace cairn::envs {

// Environments around environments: each takes a recipe and gives one, so that they stack. They are deterministic,
// their snapshots are exact, and starts, difficulty, states, goals, masks, pilot and drawing pass through. Each throws
// std::invalid_argument without an environment to wrap, and for options out of range. On the command line the same
// stands in a SPEC: `skip:n=2,of=(lander:reward=sparse)`.

/// Cuts episodes after so many steps, sooner or later than the environment itself would.
struct TimeLimitOptions {
  int steps = 1000;
  Recipe of{};
  template <class V>
  void fields(V&& v) {
    v("steps", steps, "[1,100000000]", "after which an episode is cut, in place of the environment's own horizon");
    v("of", of, "environment", "what is wrapped");
  }
};
Recipe time_limit(const TimeLimitOptions& options);

/// Takes each action for n steps and adds up what they pay, as an agent that decides less often. In environments with
/// goals the last of these steps pays alone, since their reward follows from the goals.
struct FrameSkipOptions {
  int n = 4;
  Recipe of{};
  template <class V>
  void fields(V&& v) {
    v("n", n, "[1,1000]", "steps that each action is taken for");
    v("of", of, "environment", "what is wrapped");
  }
};
Recipe frame_skip(const FrameSkipOptions& options);

/// Shows the last n observations, the newest first; before the first step all are the first one. The goal that is asked
/// for is shown once.
struct ObservationStackOptions {
  int n = 4;
  Recipe of{};
  template <class V>
  void fields(V&& v) {
    v("n", n, "[1,100]", "observations that are shown together");
    v("of", of, "environment", "what is wrapped");
  }
};
Recipe observation_stack(const ObservationStackOptions& options);

/// Actions that are not carried out as they were chosen: normal noise on continuous ones, now and then another one in
/// place of a discrete one (any that is legal, the chosen one too).
struct ActionNoiseOptions {
  float std = 0.1F, chance = 0.1F;
  Recipe of{};
  template <class V>
  void fields(V&& v) {
    v("std", std, "[0,inf)", "of the noise on a continuous action, in halves of its range");
    v("chance", chance, "[0,1]", "that any legal action replaces a discrete one");
    v("of", of, "environment", "what is wrapped");
  }
};
Recipe action_noise(const ActionNoiseOptions& options);

/// Multiplies rewards, and the return that counts as solved.
struct RewardScaleOptions {
  float factor = 0.1F;
  Recipe of{};
  template <class V>
  void fields(V&& v) {
    v("factor", factor, "(0,inf)", "of every reward");
    v("of", of, "environment", "what is wrapped");
  }
};
Recipe reward_scale(const RewardScaleOptions& options);

/// Carries out each action some steps after it was chosen. Until the first one arrives the environment gets its
/// discrete action 0, or the continuous one nearest to 0.
struct ActionDelayOptions {
  int steps = 1;
  Recipe of{};
  template <class V>
  void fields(V&& v) {
    v("steps", steps, "[0,1000]", "between an action and its effect");
    v("of", of, "environment", "what is wrapped");
  }
};
Recipe action_delay(const ActionDelayOptions& options);

}  // namespace cairn::envs
