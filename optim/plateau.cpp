#include "optim/plateau.h"

#include <algorithm>

#include "optim/options.h"

namespace cairn::optim {

Plateau::Plateau(const PlateauOptions& options) : options_(checked("plateau", options)) {}

void Plateau::observe(double metric) {
  if (metric < best_ * (1 - options_.threshold)) {
    best_ = metric;
    bad_ = 0;
  } else {
    ++bad_;
  }
  if (cooling_ > 0) {
    --cooling_;
    bad_ = 0;
  }
  if (bad_ <= options_.patience) return;
  const double lower = std::max(factor_ * options_.factor, options_.min_factor);
  if (factor_ - lower > options_.eps) factor_ = lower;
  cooling_ = options_.cooldown;
  bad_ = 0;
}

}  // namespace cairn::optim
