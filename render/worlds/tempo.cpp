#include "render/worlds/tempo.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cairn::render {

namespace {

using namespace std::chrono_literals;

constexpr std::array<int, 3> paces{0, 10, 1};          // iterations a second
constexpr std::array<int, 5> steady{1, 3, 10, 30, 0};  // likewise, of a slider
constexpr int slow = 10, alike = 5;  // flights that let as many iterations through: the first, the others
constexpr int most_doublings = 20;

}  // namespace

void Tempo::pause(bool paused) {
  paused_ = paused;
  if (!paused) wanted_ = 0;
}

std::string Tempo::next_pace() {
  if (has_cinema_ && chosen_ + 1 == paces.size() && !cinema_) {
    begin_cinema();
    return said();
  }
  chosen_ = cinema_ ? 0 : (chosen_ + 1) % paces.size();
  pace_ = paces[chosen_];
  cinema_ = false;
  return said();
}

void Tempo::begin_cinema() {
  cinema_ = true;
  flights_ = 0;
  allowed_ = 0;
}

int Tempo::notches() const {
  return static_cast<int>(steady.size()) + (has_cinema_ ? 1 : 0);
}

int Tempo::notch() const {
  if (cinema_) return 0;
  const auto place = std::ranges::find(steady, pace_.load()) - steady.begin();
  return static_cast<int>(place) + (has_cinema_ ? 1 : 0);
}

void Tempo::go_to(int notch) {
  if (notch == this->notch()) return;
  if (has_cinema_ && notch == 0) return begin_cinema();
  cinema_ = false;
  pace_ = steady[static_cast<std::size_t>(notch - (has_cinema_ ? 1 : 0))];
  const auto slower = [this](int pace) { return pace > 0 && pace <= pace_; };  // T goes on from there
  chosen_ = pace_ == 0 ? 0 : static_cast<std::size_t>(std::ranges::find_if(paces, slower) - paces.begin());
}

std::string Tempo::said_of(int notch) const {
  if (has_cinema_ && notch == 0) return "cinema";
  const int pace = steady[static_cast<std::size_t>(notch - (has_cinema_ ? 1 : 0))];
  return pace == 0 ? "as fast as it goes" : fmt::format("{} a second", pace);
}

std::int64_t Tempo::for_a_flight() const {
  const int doublings = flights_ < slow ? 0 : 1 + (flights_ - slow) / alike;
  return std::int64_t{fewest_} << std::min(doublings, most_doublings);
}

void Tempo::flown() {
  allowed_ = for_a_flight();
  ++flights_;
}

std::string Tempo::said() const {
  if (cinema_) return fmt::format("cinema, {} iteration{} a flight", for_a_flight(), for_a_flight() == 1 ? "" : "s");
  return pace_ == 0   ? "as fast as it goes"
         : pace_ == 1 ? "1 iteration a second"
                      : fmt::format("{} iterations a second", pace_.load());
}

bool Tempo::holds(Clock::time_point since) const {
  if (paused_) return wanted_ == 0;
  if (cinema_) return allowed_ == 0;
  return pace_ > 0 && Clock::now() - since < 1s / static_cast<double>(pace_);
}

void Tempo::went_on() {
  if (wanted_ > 0) --wanted_;
  if (allowed_ > 0) --allowed_;
}

}  // namespace cairn::render
