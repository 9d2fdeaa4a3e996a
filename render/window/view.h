#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "render/sheets/dashboard.h"
#include "render/sheets/policy_strip.h"
#include "render/window/recording.h"
#include "render/window/window.h"
#include "render/worlds/pilots.h"
#include "render/worlds/shown_worlds.h"

namespace cairn::render {

struct ViewOptions {
  std::string learner;               ///< as the title says it; may be empty
  envs::EnvironmentFactory factory;  ///< makes the shown worlds
  std::uint64_t seed = 0;            ///< of their episodes
  int worlds = 6;                    ///< how many are shown
  bool curves = true;                ///< whether there is a run whose curves can be shown
  bool pilots = false;               ///< whether the run's policies come in as it goes on, to be gone back to
  int width = window_width, height = window_height;  ///< pixels, of the window
  std::filesystem::path pictures{};                  ///< where screenshots go
};

/// A window with worlds on the left, curves on the right, and a person at the keys. What it shows is filled in by its
/// owner, between frames.
class View {
 public:
  /// Opens the window. Only where display_trouble() has nothing to say.
  explicit View(const ViewOptions& options);

  RunStatus status;      ///< for its owner to fill in
  RunCurves curves;      ///< likewise; `touch_curves` says that they have changed
  ShownWorlds worlds;    ///< flown by the policy that its owner hands in
  std::string flown_by;  ///< as the view says it: `Flown by the policy of step 412k`
  Pilots pilots;         ///< where it has any, they fly the worlds

  /// What can stand in the curves' place.
  struct Page {
    std::string name;                                     ///< as the foot says it
    std::function<void(Picture& picture, Box box)> draw;  ///< fills the box
  };
  std::vector<Page> more_pages;  ///< key V goes through them

  /// Keys beyond the view's own, for its owner: what they do, and whether one was of use. A click on the pace of
  /// training is its key T.
  std::vector<KeyHelp> more_keys;
  std::function<bool(int key)> on_key;  ///< on the window's thread; may be empty

  /// Tells that the curves have changed.
  void touch_curves() { curves_stale_ = true; }
  /// Whether the shown worlds stand still.
  bool paused() const { return paused_; }
  std::size_t page() const { return page_; }  ///< 0: the curves; then more_pages
  /// What the person has chosen to look at.
  const Look& look() const { return look_; }
  /// Answers what happened, moves the shown worlds on, draws, and waits for the next sixtieth of a second. False once
  /// the person has closed the window. A recording under way is finished when the view ends or loses its display.
  bool frame();

 private:
  using Clock = std::chrono::steady_clock;
  void handle(const Event& event);
  void press(int key);
  void click(Point at);
  void move(Point to);
  void show_page(std::size_t page);
  PolicyStrip strip() const;
  ViewLayout layout() const;
  Point in_units(const Event& event) const;
  void move_worlds();
  void draw();
  void draw_charts();
  std::filesystem::path file(const char* ending) const;
  std::vector<KeyHelp> keys() const;

  ViewOptions options_;
  Window window_;
  Picture picture_, chart_picture_;
  Recording recording_;
  Look look_;
  bool open_ = true, paused_ = false, curves_stale_ = true, shot_wanted_ = false;
  int speed_;
  std::size_t page_ = 0;
  int held_ = 0;           // the digit by which the person flies the selected world; 0: none
  int due_steps_ = 0;      // of the shown worlds, while paused
  bool on_strip_ = false;  // the mouse holds its handle
  Clock::time_point last_frame_, charts_drawn_, clicked_;
  std::vector<Box> page_places_;     // of the pages' names, in the charts' picture
  std::vector<PlacedChart> placed_;  // of the curves, in the whole picture
  Box pace_place_;                   // where the pace of training stands
  std::vector<std::int64_t> moments_;
  std::optional<Point> mouse_;  // units of the whole picture; where it has been seen
};

}  // namespace cairn::render
