#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "render/drawing/slider.h"
#include "render/sheets/dashboard.h"
#include "render/sheets/keycaps.h"
#include "render/sheets/policy_strip.h"
#include "render/window/chart_hand.h"
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
  int width = 0, height = 0;         ///< pixels, of the window; 0: 80 % of the desktop
  std::filesystem::path pictures{};  ///< where screenshots go
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
    std::string name;  ///< as the foot says it
    /// Fills the box, and adds what a mouse may ask or turn to `charts`.
    std::function<void(Picture& picture, Box box, ChartPage& charts)> draw;
    int turns = 1;  ///< how many calls of `draw` make all of it anew; a page of two is drawn twice as often
  };
  std::vector<Page> more_pages;  ///< key V goes through them

  /// Keys beyond the view's own, for its owner: what they do, and whether one was of use. A click on the pace of
  /// training is its key T.
  std::vector<KeyHelp> more_keys;
  std::function<bool(int key)> on_key;  ///< on the window's thread; may be empty

  /// A slider below the charts. `slider.value` is for its owner to keep.
  struct Control {
    Slider slider;                                 ///< what is drawn
    std::function<std::string(double value)> say;  ///< a value as people read it
    std::function<void(double value)> set;         ///< what it does
    bool at_end = false;                           ///< only once the handle is let go
  };
  std::vector<Control> controls;  ///< the view's own come first

  /// Tells that the curves have changed.
  void touch_curves() { curves_stale_ = true; }
  /// Whether the shown worlds stand still.
  bool paused() const { return paused_; }
  std::size_t page() const { return page_; }  ///< 0: the curves; then more_pages
  /// What the person has chosen to look at.
  const Look& look() const { return look_; }
  const ChartPage& charts() const { return charts_.page; }  ///< what stands on the right
  std::vector<Box> control_boxes() const;                   ///< where the controls stand
  /// Answers what happened, moves the shown worlds on, draws, and waits for the next sixtieth of a second. False once
  /// the person has closed the window. A recording under way is finished when the view ends or loses its display.
  bool frame();

 private:
  using Clock = std::chrono::steady_clock;
  void handle(const Event& event);
  void press(int key);
  void use_mouse(const Event& event);
  void click(Point at);
  void click_world(Point at);
  void move(Point to);
  void let_go_of_all();
  void draw_controls();
  void draw_foot_buttons();
  void draw_flying_keys();
  void redraw_charts();
  void smooth(double kept);
  std::optional<Box> large_world() const;
  void show_page(std::size_t page);
  PolicyStrip strip() const;
  ViewLayout layout() const;
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
  bool cap_held_ = false;  // by the mouse
  int due_steps_ = 0;      // of the shown worlds, while paused
  bool on_strip_ = false;  // the mouse holds its handle
  struct HeldControl {
    std::size_t which;
    double value;
  };
  std::optional<HeldControl> held_control_;  // the mouse holds its handle
  std::optional<Point> dragged_from_;        // the mouse drags the large world
  Clock::time_point last_frame_, charts_drawn_;
  DoubleClick clicks_;
  std::vector<Box> page_places_;  // of the pages' names, in the charts' picture
  std::vector<Box> buttons_;      // at the foot
  std::vector<Box> keycaps_;      // of the digits by which a person flies, below the worlds
  ChartHand charts_;              // in the whole picture
  Box pace_place_;                // where the pace of training stands
  std::vector<std::int64_t> moments_;
};

}  // namespace cairn::render
