#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "apps/comparison/chart_data.h"
#include "apps/comparison/charts.h"
#include "apps/comparison/document.h"
#include "apps/comparison/findings.h"

/// What the sections of a report share, and the sections.
namespace cairn::comparison::report_parts {

std::string score(double value);
std::string score(const Estimate& estimate);  ///< with its interval, or with what stands in its place
std::string signed_score(const Estimate& difference);
std::string percent(double share);
std::string percent(const Estimate& share);
/// `1 seed`, `5 seeds`.
template <class Number>
std::string count_of(Number number, const char* one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

/// `3/5 [23–88 %]`, or `no threshold` where no run is judged.
std::string solved_of(int solved, int judged, const Interval& interval);

/// What 0 and 1 of a score are, in a sentence: 1 is a threshold, or, where tasks have none, the best run's.
std::string scale_text(const Matrix& matrix);

/// Best first, by the IQM of the area.
std::vector<std::size_t> ranked(const Analysis& analysis);

/// A warning that the comparison is only exploratory, and why; empty where it is not.
std::string exploratory(const Matrix& matrix);

/// A sentence where there are too few runs for so many comparisons to tell anything apart, whatever the scores; else
/// empty.
std::string too_few(const Matrix& matrix, std::size_t comparisons, const char* one);

/// How long a workload's finished runs were. Runs do whole iterations, so a small budget is exceeded and has fewer
/// evaluations than were asked for.
struct RunLengths {
  std::string steps, evaluations;  ///< `2`, or `2 to 4` where runs differ
  explicit RunLengths(const std::vector<Cell>& cells);
};

/// Draws figures into files and collects them for one block.
class Gallery {
 public:
  explicit Gallery(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void add(const std::string& name, const std::string& caption, const render::Chart& chart,
           const Exploring& exploring = {});
  void add(const std::string& name, const std::string& caption, const IntervalChart& chart);
  const std::filesystem::path& folder() const { return folder_; }
  Block take() { return std::exchange(block_, {.kind = Block::Kind::figures}); }

 private:
  void add(const std::string& name, const std::string& caption, float height, std::string data,
           const std::function<void(render::Picture&, render::Box)>& draw);
  std::filesystem::path folder_;
  Block block_{.kind = Block::Kind::figures};
};

render::Chart empty_chart(const std::string& title, const std::string& x);
/// A line for an arm, in its colour; dashed from the ninth on.
render::Series line_of(const Matrix& matrix, std::size_t arm);
/// Number of the arm's colour, that of its rule.
int color_of(const Matrix& matrix, std::size_t arm);
/// For names of files.
std::string slug(const std::string& text);

// Results.
Section summary(const Findings& findings);
Section curves(const Findings& findings, Gallery& gallery);
/// Which optimizer is better than which, in words.
Section verdicts(const Findings& findings);
Section intervals(const Findings& findings, Gallery& gallery);
Section workloads(const Findings& findings, Gallery& gallery);
/// Each arm as written beside itself tuned.
Section gains_section(const Findings& findings, Gallery& gallery);

/// Why rules do what they do: lengths of gradients and steps while learning, and what becomes of the networks.
Section diagnostics(const Findings& findings, Gallery& gallery);

// Method.
Section tuning_section(const Findings& findings, Gallery& gallery);
Section configuration(const Findings& findings);
Section method(const Findings& findings);
Section times(const Findings& findings, Gallery& gallery);

}  // namespace cairn::comparison::report_parts
