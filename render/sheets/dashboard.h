#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agents/learner/telemetry.h"
#include "agents/training/metrics.h"
#include "render/drawing/chart.h"
#include "render/drawing/chart_page.h"
#include "render/drawing/picture_canvas.h"
#include "render/drawing/trace.h"
#include "render/worlds/shown_worlds.h"

namespace cairn::render {

/// Curves of what was reported again and again, one a metric, by the columns of its table.
class MetricCurves {
 public:
  /// `describe`: what is known of each.
  explicit MetricCurves(agents::MetricInfo (*describe)(std::string_view)) : describe_(describe) {}

  /// A row of the table: the same names in the same order every time, `steps` among them. What means nothing yet
  /// (agents::Since) is no point of a curve.
  void add(std::span<const agents::Telemetry::Metric> row);

  /// One metric.
  struct Curve {
    std::string name;       ///< of its column
    Trace trace;            ///< of bounded memory, over environment steps
    bool log_axis = false;  ///< whether small values matter
    agents::Since since{};  ///< from when on its values mean something
  };
  /// Null where it was not reported so far.
  const Curve* find(std::string_view name) const;
  /// Empty where it was not reported so far.
  const Trace& trace(std::string_view name) const;

 private:
  agents::MetricInfo (*describe_)(std::string_view);
  std::vector<Curve> curves_;
};

/// What a run has shown of itself so far.
struct RunCurves {
  MetricCurves training{&agents::progress_metric};       ///< progress.csv
  MetricCurves evaluations{&agents::evaluation_metric};  ///< evaluations.csv
  std::optional<double> threshold{};                     ///< return at which the world counts as solved
  /// A change that a person made.
  struct Mark {
    double steps;       ///< environment steps before it
    std::string label;  ///< what was changed
  };
  std::vector<Mark> marks{};       ///< where a person changed the learning
  std::optional<double> moment{};  ///< steps after which the worlds' policy had come about, where it is not the newest

  /// A second label at the same step stands beside the first, unless both say the rate: then the latter holds.
  void mark(double steps, const std::string& label);
};

/// Everything else that a view of a run says.
struct RunStatus {
  std::string learner, world;                            ///< as the head says them
  std::string task{};                                    ///< what is to be done in the world, in a sentence
  std::int64_t steps = 0, total_steps = 0, updates = 0;  ///< done, planned, and optimizer updates
  double steps_per_second = 0;                           ///< of training; 0: not said
  std::string state = "learning";                        ///< or `paused`, `done`, …
  std::string pace{};                                    ///< how training goes on, and what changes it
  std::string message{};                                 ///< what a person's last key did
};

/// What a person chose to look at.
struct Look {
  int selected = 0;                   ///< which world
  bool alone = false;                 ///< it alone, large
  Magnifier part{};                   ///< what is shown of it then
  bool help = false;                  ///< the overlay with all keys
  std::string speed = "real time";    ///< of the shown worlds
  std::string flown_by{};             ///< whose actions the shown worlds take
  bool by_person = false;             ///< a person flies the chosen one
  std::vector<std::string> pilots{};  ///< what flies each world, where it is not the same for all
};

/// A key and what it does, for the help overlay.
struct KeyHelp {
  std::string key, does;  ///< as people read them
};

inline constexpr float view_width = 1280, view_height = 720;  ///< units that a view is laid out for, at least
/// In a small window, a share of them, so that its letters are not too small to be read: down to two thirds.
float layout_share(int width_pixels, int height_pixels);

/// Where the parts of a view of `width` x `height` units lie; without curves the worlds have all the width.
struct ViewLayout {
  Box head, worlds, charts, sliders, strip, foot;  ///< in units; charts, sliders and strip may be empty
};
/// The layout of a view of this size. `strip`: whether there is one below the charts and their sliders, of the policies
/// that a run has had.
ViewLayout lay_out(float width, float height, bool curves = true, bool strip = false);

/// The same with all edges on the picture's pixels, so that panels are sharp at any size.
ViewLayout on_pixels(const Picture& picture, ViewLayout layout);

/// Who learns where, and how far. Returns where the pace stands, for a mouse.
Box draw_head(Picture& picture, Box box, const RunStatus& status);
/// Where the worlds lie in `box`, each with a line below it; only the selected one has a place where it is shown alone.
std::vector<Box> world_boxes(Box box, const ShownWorlds& worlds, const Look& look);
/// The part of such a place that the world's picture takes; `large`: of one that is shown alone.
Box picture_part(Box place, bool large);
/// The shown worlds, all, or one with bars that say how it is flown.
void draw_worlds(Picture& picture, Box box, const ShownWorlds& worlds, const Look& look);
/// Whether a success is all that the world pays, so that both curves are the same.
bool return_is_success(const RunCurves& curves);
/// `page`: the charts are added to it, for a mouse to ask.
void draw_curves(Picture& picture, Box box, const RunCurves& curves, ChartPage* page = nullptr);
/// Vertical lines over steps where a person changed the learning, with or without their labels.
void add_marks(Chart& chart, const RunCurves& curves, bool labels);
/// The names of what can stand in the charts' place, the one that does lit up; returns what is left of the box.
/// `places`: where each name stands is added to it, for a mouse to choose.
Box draw_page_names(Picture& picture, Box box, const std::vector<std::string>& names, std::size_t lit,
                    std::vector<Box>& places);
/// `hint`, and what a person's last key did.
void draw_foot(Picture& picture, Box box, const RunStatus& status, const std::string& hint);
/// The keys as buttons side by side at the box's left end; returns where they stand, for a mouse.
std::vector<Box> draw_buttons(Picture& picture, Box box, const std::vector<KeyHelp>& keys);
/// All keys, over whatever is there.
void draw_help(Picture& picture, Box box, const std::vector<KeyHelp>& keys);

}  // namespace cairn::render
