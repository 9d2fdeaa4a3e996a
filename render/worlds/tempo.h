#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <string>

namespace cairn::render {

/// How a person lets learning go on: paused and by single iterations, slowly, or as fast as it goes. The window's
/// thread sets it, whatever learns asks between its iterations. What is learned stays the same.
class Tempo {
 public:
  /// What paces are measured by.
  using Clock = std::chrono::steady_clock;

  // The window
  /// Stops learning after its iteration, or lets it go on.
  void pause(bool paused);
  /// One iteration although it is paused.
  void add_one() { ++wanted_; }
  /// Takes the next pace, after the last one the first. Returns it as a person reads it: `10 iterations a second`.
  std::string next_pace();

  // Whatever learns
  /// Whether the next iteration has to wait, the latest having been at `since`.
  bool holds(Clock::time_point since) const;
  /// The next iteration begins.
  void went_on();

 private:
  std::size_t chosen_ = 0;
  std::atomic<bool> paused_ = false;
  std::atomic<int> wanted_ = 0;  // iterations, while paused
  std::atomic<int> pace_ = 0;    // iterations a second at most; 0: unbounded
};

}  // namespace cairn::render
