#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace cairn::render {

/// How a person lets learning go on: as a film of it, paused and by single iterations, slowly, or as fast as it goes.
/// The window's thread sets it, whatever learns asks between its iterations. What is learned stays the same.
class Tempo {
 public:
  /// What paces are measured by.
  using Clock = std::chrono::steady_clock;

  /// `cinema`: there is a pace at which learning waits for what is shown of it, and it begins with that.
  explicit Tempo(bool cinema = false) : has_cinema_(cinema), cinema_(cinema) {}

  // The window
  /// Stops learning after its iteration, or lets it go on.
  void pause(bool paused);
  /// One iteration although it is paused.
  void add_one() { ++wanted_; }
  /// Takes the next pace, after the last one the first. Returns it as said() does.
  std::string next_pace();
  /// Paces from slow to fast, of which a person may take any: cinema first where there is it, then iterations a second,
  /// and last as fast as it goes.
  int notches() const;
  int notch() const;                     ///< the pace as it is
  void go_to(int notch);                 ///< takes that pace
  std::string said_of(int notch) const;  ///< as a person reads it, in few words
  /// At cinema pace, another flight has been shown: as many iterations may follow as are due for one. Each of the first
  /// ten flights lets the fewest through, each of the next five twice as many, and so on.
  void flown();
  /// Whether iterations wait for flights.
  bool cinema() const { return cinema_; }
  /// As a person reads it: `10 iterations a second`.
  std::string said() const;

  // Whatever learns
  /// Iterations that each of the first flights lets through.
  void set_fewest(int iterations) { fewest_ = iterations; }
  /// Whether the next iteration has to wait, the latest having been at `since`.
  bool holds(Clock::time_point since) const;
  /// The next iteration begins.
  void went_on();

 private:
  std::int64_t for_a_flight() const;
  void begin_cinema();

  const bool has_cinema_;
  std::size_t chosen_ = 0;
  int flights_ = 0;  // shown at cinema pace
  std::atomic<bool> paused_ = false, cinema_;
  std::atomic<int> fewest_ = 1;
  std::atomic<int> wanted_ = 0;            // iterations, while paused
  std::atomic<std::int64_t> allowed_ = 0;  // iterations, at cinema pace
  std::atomic<int> pace_ = 0;              // iterations a second at most; 0: unbounded
};

}  // namespace cairn::render
