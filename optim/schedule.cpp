#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "optim/options.h"

namespace cairn::optim {

Schedule::Schedule() : Schedule(constant()) {}

Schedule::Schedule(std::string description, Function function)
    : description_(std::move(description)), function_(std::move(function)) {}

bool Schedule::is_constant() const {
  return description_ == constant().description_;
}

Schedule constant(const ConstantOptions& options) {
  return {describe("constant", options), [options](std::int64_t count, double base, Horizon) {
            return count < options.total_iters ? base * options.factor : base;
          }};
}

Schedule linear(const LinearOptions& options) {
  return {describe("linear", options), [options](std::int64_t count, double base, Horizon horizon) {
            const std::int64_t total =
                std::max<std::int64_t>(options.total_iters > 0 ? options.total_iters : horizon.updates, 1);
            const double done = real(std::clamp<std::int64_t>(count, 0, total)) / real(total);
            return base * (options.start_factor + (options.end_factor - options.start_factor) * done);
          }};
}

Schedule cosine(const CosineOptions& options) {
  return {describe("cosine", options), [options](std::int64_t count, double base, Horizon horizon) {
            const std::int64_t t_max = std::max<std::int64_t>(options.t_max > 0 ? options.t_max : horizon.updates, 1);
            const std::int64_t t = options.climb ? count : std::min(count, t_max);
            const double angle = std::numbers::pi * real(t) / real(t_max);
            return options.eta_min + (base - options.eta_min) * 0.5 * (1 + std::cos(angle));
          }};
}

Schedule warmup(const WarmupOptions& options) {
  return {describe("warmup", options), [options](std::int64_t count, double base, Horizon horizon) {
            const Horizon rest{std::max<std::int64_t>(horizon.updates - options.steps, 0)};
            if (count >= options.steps) return options.then(count - options.steps, base, rest);
            const double done = real(count) / real(options.steps);
            return options.then(0, base, rest) * (options.start_factor + (1 - options.start_factor) * done);
          }};
}

}  // namespace cairn::optim
