#include "render/worlds/tempo.h"

#include <fmt/format.h>

#include <array>

namespace cairn::render {

namespace {

using namespace std::chrono_literals;

constexpr std::array<int, 3> paces{0, 10, 1};  // iterations a second

}  // namespace

void Tempo::pause(bool paused) {
  paused_ = paused;
  if (!paused) wanted_ = 0;
}

std::string Tempo::next_pace() {
  chosen_ = (chosen_ + 1) % paces.size();
  pace_ = paces[chosen_];
  return pace_ == 0   ? "as fast as it goes"
         : pace_ == 1 ? "1 iteration a second"
                      : fmt::format("{} iterations a second", pace_.load());
}

bool Tempo::holds(Clock::time_point since) const {
  if (paused_) return wanted_ == 0;
  return pace_ > 0 && Clock::now() - since < 1s / static_cast<double>(pace_);
}

void Tempo::went_on() {
  if (wanted_ > 0) --wanted_;
}

}  // namespace cairn::render
