#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "render/drawing/chart.h"

namespace cairn::render {

/// What a person has made of a chart by the mouse. It stays while the chart is drawn anew.
struct ChartLook {
  /// Values at the ends of an axis.
  struct Ends {
    double low, high;  ///< low below high
  };
  std::optional<Ends> x{}, y{};    ///< zoomed or dragged to; none: as the chart has it
  std::set<std::string> hidden{};  ///< names of series that are put away
};

/// A chart and where it was drawn, for a mouse to ask.
struct PlacedChart {
  std::string name;    ///< by which its look is kept
  Chart chart;         ///< as it was drawn
  Plot plot;           ///< where its axes lie
  Box box;             ///< and all of it
  bool still = false;  ///< can be asked, but neither zoomed nor dragged
};

/// The charts of a page: where they lie, and what a person has made of each.
struct ChartPage {
  std::vector<PlacedChart> placed{};         ///< since they were drawn last
  std::map<std::string, ChartLook> looks{};  ///< by their names
  double smoothing = 0;                      ///< of lines without markers: what exponential_mean keeps

  /// The one under `at`; null where there is none.
  const PlacedChart* under(Point at) const;
  /// Zooms the chart under `at`, so that what lies there stays: in by turns of the wheel above 0, out below. Beside
  /// the plot only the axis there. False where there is nothing to zoom.
  bool zoom(Point at, float turns);
  /// Drags the chart of that name by the way from `from` to `to`. False where there is nothing to drag.
  bool drag(const std::string& name, Point from, Point to);
  /// Shows all of the chart under `at` again. False where it was so, or there is none.
  bool reset(Point at);
  /// Puts away the series whose entry in a legend lies under `at`, or shows it again. False where there is none.
  bool toggle(Point at);
  /// Tells that what was drawn in a part of a picture was put at `corner` of the whole.
  void shift(Point corner);
};

/// The mean of the values so far, of which each weighs `kept`, in [0, 1), times as much as the next one. What is not
/// finite stays so, and counts for nothing.
std::vector<double> exponential_mean(const std::vector<double>& values, double kept);

/// The next of a few strengths of smoothing, after the last one none.
double next_smoothing(double kept);
/// How a chart's title and a slider say it.
std::string smoothing_said(double kept);

/// Draws the chart as the person at it has made it, and adds it to the page; where that is null, as it is.
void place_chart(Picture& picture, Box box, Chart chart, ChartPage* page);

}  // namespace cairn::render
