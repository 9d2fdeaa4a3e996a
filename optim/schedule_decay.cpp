#include "optim/schedule_decay.h"

#include <algorithm>
#include <cmath>

#include "optim/options.h"

namespace cairn::optim {

Schedule polynomial(const PolynomialOptions& options) {
  return {describe("polynomial", options), [options](std::int64_t count, double base, Horizon horizon) {
            const std::int64_t total =
                std::max<std::int64_t>(options.total_iters > 0 ? options.total_iters : horizon.updates, 1);
            return base * std::pow(1 - real(std::min(count, total)) / real(total), options.power);
          }};
}

Schedule exponential(const ExponentialOptions& options) {
  return {describe("exponential", options), [options](std::int64_t count, double base, Horizon) {
            return std::max(options.floor, base * std::pow(options.gamma, real(count / options.every)));
          }};
}

Schedule step(const StepOptions& options) {
  return {describe("step", options), [options](std::int64_t count, double base, Horizon) {
            return base * std::pow(options.gamma, real(count / options.step_size));
          }};
}

Schedule multi_step(const MultiStepOptions& options) {
  return {describe("multi_step", options), [options](std::int64_t count, double base, Horizon) {
            const auto passed = std::ranges::count_if(options.milestones, [&](int at) { return count >= at; });
            return base * std::pow(options.gamma, real(passed));
          }};
}

Schedule inverse_sqrt(const InverseSqrtOptions& options) {
  return {describe("inverse_sqrt", options), [options](std::int64_t count, double base, Horizon) {
            const double done = real(count + 1) / real(options.warmup);
            return base * std::min(done, 1 / std::sqrt(done));
          }};
}

Schedule warmup_stable_decay(const WarmupStableDecayOptions& options) {
  return {describe("warmup_stable_decay", options), [options](std::int64_t count, double base, Horizon horizon) {
            const std::int64_t total = std::max<std::int64_t>(options.total > 0 ? options.total : horizon.updates, 1);
            const std::int64_t from = options.decay_from > 0 ? options.decay_from : total * 9 / 10;
            if (count < options.warmup) return base * real(count) / real(options.warmup);
            if (count < from) return base;
            const double done = std::min(1.0, real(count - from) / real(std::max<std::int64_t>(total - from, 1)));
            return base + done * (options.final - base);
          }};
}

}  // namespace cairn::optim
