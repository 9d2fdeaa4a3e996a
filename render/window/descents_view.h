#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "render/sheets/dashboard.h"
#include "render/sheets/descents.h"
#include "render/window/window.h"

namespace cairn::render {

/// A window in which rules descend a landscape, step by step, from wherever the person at it points.
class DescentsView {
 public:
  /// `descend`: the ways down from another start.
  using Descend = std::function<std::vector<Descent>(double x, double y)>;
  /// Opens the window. `descend`: all rules' ways from a point. Only where display_trouble() has nothing to say.
  DescentsView(DescentSheet sheet, Descend descend);

  /// How far the descents are shown.
  std::size_t step() const { return step_; }
  /// Whether they stand still.
  bool paused() const { return paused_; }
  /// What is shown now.
  const DescentSheet& sheet() const { return sheet_; }
  /// Answers what happened, goes on, draws, and waits for the next thirtieth of a second. False once the person has
  /// closed the window.
  bool frame();

 private:
  using Clock = std::chrono::steady_clock;
  void press(int key);
  void click(float x, float y);
  void draw_ground();

  DescentSheet sheet_;
  Descend descend_;
  Window window_;
  Picture ground_, picture_;
  Box plane_;
  std::size_t step_ = 0;
  double due_ = 0;    // steps
  double speed_ = 1;  // 1: the whole way down in `seconds`
  bool open_ = true, paused_ = false, help_ = false, shot_wanted_ = false;
  std::string message_;
  Clock::time_point last_frame_;
};

}  // namespace cairn::render
