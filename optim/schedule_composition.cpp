#include "optim/schedule_composition.h"

#include <algorithm>

#include "optim/options.h"

namespace cairn::optim {

Schedule join(const JoinOptions& options) {
  return {describe("join", options), [options](std::int64_t count, double base, Horizon horizon) {
            if (count < options.at) return options.first(count, base, {options.at});
            return options.then(count - options.at, base, {std::max<std::int64_t>(horizon.updates - options.at, 0)});
          }};
}

Schedule product(const ProductOptions& options) {
  return {describe("product", options), [options](std::int64_t count, double base, Horizon horizon) {
            return base * options.first(count, 1, horizon) * options.second(count, 1, horizon);
          }};
}

}  // namespace cairn::optim
