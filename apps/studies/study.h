#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "apps/comparison/charts.h"
#include "render/drawing/chart.h"

namespace cairn::apps {

/// A figure that a study measured, and the interval (ends included) that it lies in if the study's verdict is right.
struct Finding {
  static constexpr double none = std::numeric_limits<double>::infinity();

  std::string what;
  double measured = 0;
  double low = -none, high = none;

  bool holds() const { return measured >= low && measured <= high; }
};

/// A chart of a study: lines, dots and landscapes, or a row for each thing compared.
using Chart = std::variant<render::Chart, comparison::IntervalChart>;

/// What a study measured, and the charts that show it.
struct Measured {
  std::vector<Finding> findings;
  std::vector<Chart> charts;  ///< of its picture, from left to right
  bool holds() const;         ///< every figure lies in its interval
};

enum class Verdict { holds, holds_in_part, does_not_hold };
std::string_view to_string(Verdict verdict);

/// A claim of the adaptive-optimizer literature as an experiment that anyone can run in seconds, or a minute.
struct Study {
  std::string name;
  std::string claim;            ///< as people put it
  std::string paper;            ///< where it comes from
  Verdict verdict;              ///< what the experiment says of it, which the findings' intervals guard
  std::string verdict_because;  ///< where the claim is too strong, or what it rests on
  Measured (*run)();
};

/// Every study, in the order in which to read them: landscapes, single steps, learning, federated learning, changing
/// and sparse worlds.
std::vector<Study> optimizer_studies();

// The groups, one a file.
std::vector<Study> landscape_studies();
std::vector<Study> step_studies();
std::vector<Study> normalisation_studies();
std::vector<Study> learning_studies();
std::vector<Study> minima_studies();
std::vector<Study> ranking_studies();
std::vector<Study> pinn_studies();
std::vector<Study> head_studies();
std::vector<Study> federated_studies();
std::vector<Study> change_studies();
std::vector<Study> sparse_studies();

/// The middle value; of an even number, the mean of the two middle ones.
double median(std::vector<double> values);

/// Values at 0, `spacing`, 2 `spacing`, … as a line in the palette's colour number `color`.
render::Series curve(std::string name, std::vector<double> values, int color, double spacing = 1);

}  // namespace cairn::apps
