#pragma once

#include "optim/schedule.h"

namespace cairn::optim {

/// `first` for `at` updates, then `then`, which counts from there and, where its own horizon is omitted, takes what is
/// left of the run; so does `first` with `at`. Nest for more pieces.
struct JoinOptions {
  Schedule first, then;
  std::int64_t at = 1000;
  template <class V>
  void fields(V&& v) {
    v("first", first, "schedule", "what comes before");
    v("then", then, "schedule", "what follows");
    v("at", at, "[1,inf)", "updates of the first");
  }
};
Schedule join(const JoinOptions& options = {});

/// The product of two schedules' factors on the base rate.
struct ProductOptions {
  Schedule first, second;
  template <class V>
  void fields(V&& v) {
    v("first", first, "schedule", "one factor");
    v("second", second, "schedule", "the other");
  }
};
Schedule product(const ProductOptions& options = {});

}  // namespace cairn::optim
