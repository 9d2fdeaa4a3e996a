#include "render/worlds/pilots.h"

#include <algorithm>
#include <array>
#include <utility>

#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {

constexpr std::size_t capacity = 64;  // policies
constexpr std::size_t rungs = 3;      // of the ladder, at most

/// The largest of 1, 2, 5, 10, 20, … that is not above `steps`; 0 below 1.
std::int64_t round_below(std::int64_t steps) {
  std::int64_t best = 0;
  for (std::int64_t power = 1; power <= steps; power *= 10)
    for (const std::int64_t digit : {1, 2, 5})
      if (digit * power <= steps) best = digit * power;
  return best;
}

}  // namespace

void Pilots::add(std::int64_t steps, agents::Policy policy) {
  Kept one{steps, std::make_shared<const agents::Policy>(std::move(policy))};
  one.round = kept_.empty() || round_below(steps) > round_below(kept_.back().steps);
  // The newest is always here; it stays once another comes where it is far enough from the one before.
  const bool passing =
      kept_.size() >= 2 && !kept_.back().round && kept_.back().steps - kept_[kept_.size() - 2].steps < apart_;
  if (passing)
    kept_.back() = std::move(one);
  else
    kept_.push_back(std::move(one));
  if (kept_.size() > capacity) thin_out();
}

/// Lets every second go of those that can.
void Pilots::thin_out() {
  bool gone = false;
  std::vector<Kept> stay;
  for (Kept& one : kept_)
    if (one.round || &one == &kept_.back() || (gone = !gone, !gone)) stay.push_back(std::move(one));
  kept_ = std::move(stay);
  apart_ = 2 * (kept_.back().steps - kept_.front().steps) / static_cast<std::int64_t>(capacity);
}

std::vector<std::int64_t> Pilots::moments() const {
  std::vector<std::int64_t> all;
  all.reserve(kept_.size());
  for (const Kept& one : kept_) all.push_back(one.steps);
  return all;
}

const Pilots::Kept& Pilots::at(std::int64_t steps) const {
  const auto after = std::ranges::upper_bound(kept_, steps, {}, &Kept::steps);
  return after == kept_.begin() ? kept_.front() : *std::prev(after);
}

void Pilots::set_ladder(bool ladder) {
  ladder_ = ladder;
}

void Pilots::go_to(std::optional<std::int64_t> steps) {
  if (kept_.empty()) return;
  if (steps) steps = at(*steps).steps;
  restart_ |= steps != moment_;
  moment_ = steps;
}

void Pilots::go_back() {
  if (kept_.empty()) return;
  const std::int64_t now = moment_.value_or(kept_.back().steps);
  const auto here = std::ranges::lower_bound(kept_, now, {}, &Kept::steps);
  go_to(here == kept_.begin() ? now : std::prev(here)->steps);
}

void Pilots::go_on() {
  if (!moment_) return;
  const auto after = std::ranges::upper_bound(kept_, *moment_, {}, &Kept::steps);
  go_to(after == kept_.end() || std::next(after) == kept_.end() ? std::nullopt : std::optional(after->steps));
}

/// Policies from early in the run for the last of `worlds` worlds, from the earliest on: those after 500, 2k, 10k, 50k,
/// 200k, … steps, of which the last was when at most half of the run so far was done.
std::vector<const Pilots::Kept*> Pilots::ladder(int worlds) const {
  std::vector<const Kept*> chosen;
  constexpr std::array<std::int64_t, 3> within{1, 5, 20};  // of each factor of 100
  for (std::int64_t hundreds = 1; hundreds <= kept_.back().steps / 2; hundreds *= 100)
    for (const std::int64_t one : within) {
      const std::int64_t rung = one * hundreds;
      const auto first = std::ranges::lower_bound(kept_, rung, {}, &Kept::steps);
      if (first == kept_.end() || first->steps > kept_.back().steps / 2) continue;
      if (chosen.empty() || chosen.back()->steps != first->steps) chosen.push_back(&*first);
    }
  const std::size_t most = std::min(rungs, static_cast<std::size_t>(worlds) / 2);
  if (chosen.size() > most) chosen.erase(chosen.begin(), chosen.end() - static_cast<std::ptrdiff_t>(most));
  return chosen;
}

void Pilots::fly(ShownWorlds& worlds) {
  names_.clear();
  if (kept_.empty()) return;
  const Kept& common = moment_ ? at(*moment_) : kept_.back();
  const std::vector<const Kept*> early = ladder_ && !moment_ ? ladder(worlds.size()) : std::vector<const Kept*>();
  const int newest = worlds.size() - static_cast<int>(early.size());
  for (int i = 0; i < worlds.size(); ++i) {
    const Kept& one = i < newest ? common : *early[static_cast<std::size_t>(i - newest)];
    if (worlds.world(i).policy != one.policy) worlds.set_policy(i, one.policy);
    if (!early.empty()) names_.push_back(i < newest ? "newest" : "after " + short_count(one.steps) + " steps");
  }
  if (std::exchange(restart_, false)) worlds.restart();
}

}  // namespace cairn::render
