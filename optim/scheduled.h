#pragma once

#include "optim/adam.h"
#include "optim/clip.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"

namespace cairn::optim {

/// A rule with a schedule and a clip of its own, which is how one part of a `partition` gets them. In C++,
/// Rule::with_schedule and Rule::with_clip.
struct ScheduledOptions {
  Rule rule = adam();
  Schedule schedule;
  Clip clip;
  template <class V>
  void fields(V&& v) {
    v("rule", rule, "optimizer", "the rule");
    v("schedule", schedule, "schedule", "of its rate");
    v("clip", clip, "clip", "of its gradient");
  }
};
Rule scheduled(const ScheduledOptions& options = {});

}  // namespace cairn::optim
