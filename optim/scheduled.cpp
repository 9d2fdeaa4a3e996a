#include "optim/scheduled.h"

namespace cairn::optim {

Rule scheduled(const ScheduledOptions& options) {
  return options.rule.with_schedule(options.schedule).with_clip(options.clip);
}

}  // namespace cairn::optim
