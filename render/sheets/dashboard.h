#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "agents/learner/telemetry.h"
#include "agents/training/evaluation.h"
#include "render/drawing/chart.h"
#include "render/drawing/trace.h"
#include "render/worlds/shown_worlds.h"

namespace cairn::render {

/// What a run has shown of itself so far, as curves of bounded memory over environment steps.
struct RunCurves {
  Trace returns, success;                      ///< of the latest 100 training episodes
  Trace evaluated_returns, evaluated_success;  ///< of separate evaluations
  std::vector<std::pair<std::string, Trace>> metrics{};
  std::optional<double> threshold{};  ///< return at which the world counts as solved
  struct Mark {
    double steps;
    std::string label;
  };
  std::vector<Mark> marks{};  ///< where a person changed the learning

  /// A mean return of no episode, NaN, is no point of a curve, nor is what an agent says of updates before the first.
  void add(std::int64_t steps, std::int64_t updates, double mean_return, double success_rate,
           const std::vector<agents::Telemetry::Metric>& now);
  void add(const agents::EvaluationResult& evaluation);
  /// A second label at the same step stands beside the first, unless both say the rate: then the latter holds.
  void mark(double steps, const std::string& label);
};

/// Everything else that a view of a run says.
struct RunStatus {
  std::string learner, world;
  std::int64_t steps = 0, total_steps = 0, updates = 0;
  double steps_per_second = 0;
  std::string state = "learning";  ///< or `paused`, `done`, …
  std::string message{};           ///< what a person's last key did
};

/// What a person chose to look at.
struct Look {
  int selected = 0;    ///< which world
  bool alone = false;  ///< it alone, large
  bool help = false;
  std::string speed = "real time";  ///< of the shown worlds
  std::string flown_by{};           ///< whose actions the shown worlds take
  bool by_person = false;           ///< a person flies the chosen one
};

/// A key and what it does, for the help overlay.
struct KeyHelp {
  std::string key, does;
};

inline constexpr float view_width = 1280, view_height = 720;  ///< units that a view is laid out for, at least
/// In a small window, a share of them, so that its letters are not too small to be read: down to two thirds.
float layout_share(int width_pixels, int height_pixels);

/// Where the parts of a view of `width` x `height` units lie; without curves the worlds have all the width.
struct ViewLayout {
  Box head, worlds, charts, foot;
};
ViewLayout lay_out(float width, float height, bool curves = true);

void draw_head(Picture& picture, Box box, const RunStatus& status);
void draw_worlds(Picture& picture, Box box, const ShownWorlds& worlds, const Look& look);
void draw_curves(Picture& picture, Box box, const RunCurves& curves);
/// Vertical lines over steps where a person changed the learning, with or without their labels.
void add_marks(Chart& chart, const RunCurves& curves, bool labels);
/// The names of what can stand in the charts' place, the one that does lit up; returns what is left of the box.
Box draw_page_names(Picture& picture, Box box, const std::vector<std::string>& names, std::size_t lit);
void draw_foot(Picture& picture, Box box, const RunStatus& status, const std::string& hint);
void draw_help(Picture& picture, Box box, const std::vector<KeyHelp>& keys);

}  // namespace cairn::render
