#pragma once

#include <cstdint>
#include <thread>

#include "envs/environment.h"
#include "render/sheets/race.h"
#include "render/window/window_thread.h"
#include "render/worlds/tempo.h"

namespace cairn::render {

/// Shows a race in a window while it goes on, on a thread of its own: each racer's newest policy flies the same
/// episodes. The racers never wait for it, except where the person at it paused or slowed the race. Where there is no
/// display, or it goes away, one sentence on standard error says so and the race goes on.
class RaceView {
 public:
  /// `sheet`: all but the racers, who come from the board.
  RaceView(const RaceBoard& board, RaceSheet sheet, envs::EnvironmentFactory factory, std::uint64_t seed);

  /// Whether all racers may go on by an iteration; what a Pace asks.
  bool may_go_on();
  /// Returns once the person has closed the window, it is gone, or a signal has come.
  void linger();

 private:
  void run(const std::stop_token& stop, std::uint64_t seed);

  const RaceBoard& board_;
  RaceSheet sheet_;
  envs::EnvironmentFactory factory_;
  Tempo tempo_;
  Tempo::Clock::time_point went_on_;  // all racers, the last time
  WindowThread thread_;               // last: it uses the others
};

}  // namespace cairn::render
