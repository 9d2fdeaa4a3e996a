#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "render/sheets/side_by_side.h"
#include "render/window/recording.h"
#include "render/window/window.h"
#include "render/window/world_hand.h"

namespace cairn::render {

/// A window in which several policies fly the same episodes side by side. Each episode begins for all at once, and the
/// next one after the last of them has ended.
class SideBySideView {
 public:
  /// Puts the flights of the sheet's `episode` into it.
  using Fly = std::function<void(SideBySide& sheet)>;
  /// Opens the window. Only where display_trouble() has nothing to say.
  SideBySideView(SideBySide sheet, Fly fly);

  /// Answers what happened, moves the worlds on, draws, and waits for the next sixtieth of a second. False once the
  /// person has closed the window. A recording under way is finished when the view ends or loses its display.
  bool frame();

 private:
  using Clock = std::chrono::steady_clock;
  void press(int key);
  void begin(std::uint32_t episode);
  void move();

  SideBySide sheet_;
  Fly fly_;
  Window window_;
  Picture picture_;
  Recording recording_;
  ChartHand charts_;
  WorldHand hand_;
  bool open_ = true, paused_ = false, help_ = false, shot_ = false, counted_ = false;
  double speed_ = 1, position_ = 0;  // steps of the episode shown
  std::uint32_t seen_ = 0;           // episodes that have been shown to their end
  std::string message_;
  Clock::time_point last_frame_;
};

}  // namespace cairn::render
