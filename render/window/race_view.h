#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "envs/environment.h"
#include "render/race.h"

namespace cairn::render {

/// Shows a race in a window while it goes on, on a thread of its own: each racer's newest policy flies the same
/// episodes. The racers never wait for it. Where there is no display, or it goes away, one sentence on standard error
/// says so and the race goes on.
class RaceView {
 public:
  /// `sheet`: all but the racers, who come from the board.
  RaceView(const RaceBoard& board, RaceSheet sheet, envs::EnvironmentFactory factory, std::uint64_t seed);
  ~RaceView();
  RaceView(const RaceView&) = delete;
  RaceView& operator=(const RaceView&) = delete;

  /// Returns once the person has closed the window, it is gone, or a signal has come.
  void linger();

 private:
  void run(const std::stop_token& stop, std::uint64_t seed);

  const RaceBoard& board_;
  RaceSheet sheet_;
  envs::EnvironmentFactory factory_;
  std::atomic<bool> finished_ = false;
  std::jthread thread_;
};

}  // namespace cairn::render
