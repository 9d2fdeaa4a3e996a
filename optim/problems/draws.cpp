#include "optim/problems/draws.h"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

namespace cairn::optim {

double Draws::uniform() {
  const std::uint64_t half = drawn_ % 2;
  if (half == 0) {
    const auto low = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
    const auto high = [](std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); };
    const r123::Philox4x32::ctr_type counter{{low(step_), high(step_), low(drawn_ / 2), high(drawn_ / 2)}};
    const r123::Philox4x32::ctr_type words = r123::Philox4x32{}(counter, {{low(seed_), high(seed_)}});
    const auto real = [](std::uint32_t a, std::uint32_t b) {
      return static_cast<double>((std::uint64_t{a} << 32 | b) >> 11) * 0x1p-53;
    };
    block_ = {real(words[0], words[1]), real(words[2], words[3])};
  }
  ++drawn_;
  return block_[half];
}

double Draws::normal() {
  const double radius = std::sqrt(-2 * std::log1p(-uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

std::size_t Draws::below(std::size_t n) {
  return static_cast<std::size_t>(uniform() * static_cast<double>(n));
}

}  // namespace cairn::optim
