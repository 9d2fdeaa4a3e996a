#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "render/sheets/dashboard.h"
#include "render/sheets/descents.h"
#include "render/window/chart_hand.h"
#include "render/window/window.h"

namespace cairn::render {

/// A window in which rules descend a landscape, step by step, from wherever the person at it points.
class DescentsView {
 public:
  /// A rule's way down from a start, its knobs standing so.
  using Descend = std::function<Descent(std::size_t rule, double x, double y, const std::vector<Slider>& knobs)>;
  /// Opens the window. What `descend` throws is shown. Only where display_trouble() has nothing to say.
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
  /// A point of the landscape.
  struct Start {
    double x = 0, y = 0;
  };
  void press(int key);
  void use_mouse(const Event& event);
  void click(Point at);
  void move(Point to);
  void let_go(Point at);
  void turn_knob(float x);
  void begin_at(Start start);
  bool begin_under(Point at);
  void descend_anew(std::size_t rule);
  Start start() const;
  DescentPlaces places() const;
  void draw_ground();

  DescentSheet sheet_;
  Descend descend_;
  Window window_;
  Picture ground_, picture_;
  Plot plane_;
  ChartHand charts_;
  std::size_t step_ = 0;
  double due_ = 0;    // steps
  double speed_ = 1;  // 1: the whole way down in `seconds`
  bool open_ = true, paused_ = false, help_ = false, shot_wanted_ = false;
  bool start_held_ = false;               // the mouse drags it
  std::optional<std::size_t> held_knob_;  // whose handle the mouse holds
  std::optional<Point> pressed_at_;       // where the mouse went down on the landscape and has stayed
  std::optional<Point> moved_to_;         // since the last frame
  Start before_;                          // where the descents began before the last click
  std::string message_;
  Clock::time_point last_frame_;
};

}  // namespace cairn::render
