#include "optim/schedule_cycles.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "optim/options.h"

namespace cairn::optim {

namespace {

template <class E, std::size_t N>
bool find(std::string_view text, const std::array<E, N>& all, E& value) {
  for (const E candidate : all)
    if (text == to_string(candidate)) {
      value = candidate;
      return true;
    }
  return false;
}

}  // namespace

std::string_view to_string(Anneal anneal) {
  return anneal == Anneal::cos ? "cos" : "linear";
}
bool parse(std::string_view text, Anneal& anneal) {
  return find(text, std::array{Anneal::cos, Anneal::linear}, anneal);
}

std::string_view to_string(CycleMode mode) {
  constexpr std::array names{"triangular", "triangular2", "exp_range"};
  return names[static_cast<std::size_t>(mode)];
}
bool parse(std::string_view text, CycleMode& mode) {
  return find(text, std::array{CycleMode::triangular, CycleMode::triangular2, CycleMode::exp_range}, mode);
}

Schedule cosine_restarts(const CosineRestartsOptions& options) {
  return {describe("cosine_restarts", options), [options](std::int64_t count, double base, Horizon) {
            std::int64_t length = options.t_0;
            if (options.t_mult == 1)
              count %= length;
            else
              for (; count >= length; length *= options.t_mult) count -= length;
            const double angle = std::numbers::pi * real(count) / real(length);
            return options.eta_min + (base - options.eta_min) * 0.5 * (1 + std::cos(angle));
          }};
}

Schedule one_cycle(const OneCycleOptions& options) {
  return {describe("one_cycle", options), [options](std::int64_t count, double base, Horizon horizon) {
            const double highest = options.max_lr > 0 ? options.max_lr : base;
            const double first = highest / options.div_factor, last = first / options.final_div_factor;
            const double total =
                real(std::max<std::int64_t>(options.total_steps > 0 ? options.total_steps : horizon.updates, 2));
            const auto between = [&](double from, double to, double begin, double end) {
              const double done = std::clamp((real(count) - begin) / std::max(end - begin, 1e-12), 0.0, 1.0);
              if (options.anneal == Anneal::linear) return from + done * (to - from);
              return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * done));
            };
            const double top = options.pct_start * total - 1, end = total - 1;
            const double back = options.three_phase ? 2 * options.pct_start * total - 2 : top;
            if (real(count) <= top) return between(first, highest, 0, top);
            if (real(count) <= back) return between(highest, first, top, back);
            return between(options.three_phase ? first : highest, last, back, end);
          }};
}

Schedule cyclic(const CyclicOptions& options) {
  return {describe("cyclic", options), [options](std::int64_t count, double base, Horizon) {
            const double highest = options.max_lr > 0 ? options.max_lr : base;
            const double up = real(options.step_size_up);
            const double down = options.step_size_down > 0 ? real(options.step_size_down) : up;
            const double cycle = std::floor(real(count) / (up + down)), place = real(count) / (up + down) - cycle;
            const double ratio = up / (up + down);
            double height = place <= ratio ? place / ratio : (place - 1) / (ratio - 1);
            if (options.mode == CycleMode::triangular2) height /= std::exp2(cycle);
            if (options.mode == CycleMode::exp_range) height *= std::pow(options.gamma, real(count));
            return options.base_lr + (highest - options.base_lr) * height;
          }};
}

}  // namespace cairn::optim
