#include "apps/comparison/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "apps/comparison/report_parts.h"
#include "render/drawing/ticks.h"

namespace cairn::comparison {

using namespace report_parts;
using render::short_number;

Document make_document(const Findings& findings, const std::filesystem::path& charts) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  const std::optional<TuningResult>& tuning = findings.tuning;
  Gallery gallery(charts);
  Document document;
  document.title = count_of(matrix.arms.size(), "optimizer") + " compared";
  std::vector<std::string> names;
  for (const Workload& workload : matrix.workloads)
    names.push_back(
        fmt::format("{} (budget {} steps)", workload.name(), short_number(static_cast<double>(workload.steps))));
  document.subtitle =
      fmt::format("{}. {}, {}.", fmt::join(names, "; "),
                  matrix.seeds > 0 ? count_of(matrix.seeds, "seed") + " each" : std::string("Trials only"),
                  matrix.untuned_beside ? "tuned with equal budgets, and untuned beside"
                  : matrix.tuned        ? "tuned with equal budgets"
                                        : "untuned");
  if (!analysis.arms.empty()) {
    document.sections.push_back(summary(findings));
    document.sections.push_back(curves(findings, gallery));
    document.sections.push_back(verdicts(findings));
    document.sections.push_back(intervals(findings, gallery));
    document.sections.push_back(workloads(findings, gallery));
    document.sections.push_back(diagnostics(findings, gallery));
  }
  if (findings.untuned) document.sections.push_back(gains_section(findings, gallery));
  if (tuning) document.sections.push_back(tuning_section(findings, gallery));
  if (!analysis.arms.empty()) document.sections.push_back(method(findings));
  document.sections.push_back(configuration(findings));
  if (!analysis.arms.empty()) document.sections.push_back(times(findings, gallery));
  return document;
}

std::string to_text(const Findings& findings) {
  const Matrix& matrix = findings.matrix;
  const Analysis& analysis = findings.analysis;
  const std::optional<TuningResult>& tuning = findings.tuning;
  std::size_t widest = 9;
  for (const Arm& arm : matrix.arms) widest = std::max(widest, arm.name().size());
  std::string text;
  if (analysis.arms.empty()) {
    for (std::size_t a = 0; a < tuning->arms.size(); ++a)
      text += fmt::format("{:{}}  {}\n", matrix.arms[a].name(), widest,
                          tuning->arms[a].trials[tuning->arms[a].best_overall].optimizer);
  } else {
    const bool failures = std::ranges::any_of(analysis.arms, [](const Overall& arm) { return arm.failed > 0; });
    const auto row = [&](const std::string& name, const std::string& area, const std::string& last,
                         const std::string& failed, const std::string& verdicts) {
      text += fmt::format("{:{}}  {:22}{:22}", name, widest, area, last);
      if (failures) text += fmt::format("{:13}", failed);
      text += verdicts + "\n";
    };
    row("optimizer", "area, IQM [95 %]", "final, IQM [95 %]", "failed", "better / worse / unclear");
    for (const std::size_t a : ranked(analysis)) {
      const Overall& arm = analysis.arms[a];
      int counts[3] = {};
      for (std::size_t b = 0; b < matrix.arms.size(); ++b)
        if (a != b) ++counts[static_cast<int>(analysis.pairs[a][b].difference)];
      row(matrix.arms[a].name(), score(arm.area_iqm), score(arm.last_iqm),
          fmt::format("{} of {}", arm.failed, arm.runs), fmt::format("{} / {} / {}", counts[0], counts[1], counts[2]));
    }
    if (!std::ranges::all_of(analysis.scales, &Scale::has_threshold)) text += scale_text(matrix) + "\n";
    if (std::string warning = exploratory(matrix); !warning.empty()) {
      std::erase(warning, '*');
      text += warning + "\n";
    }
  }
  if (findings.untuned) {
    text += "What tuning brought, area:\n";
    for (const std::size_t a : ranked(analysis))
      text += fmt::format("{:{}}  {} to {}, {}\n", matrix.arms[a].name(), widest,
                          score(findings.untuned->arms[a].area_iqm.value), score(analysis.arms[a].area_iqm.value),
                          to_string(findings.gains[a].pair.difference));
  }
  for (std::size_t a = 0; tuning && a < tuning->arms.size(); ++a)
    for (const std::string& warning : tuning->arms[a].warnings) text += "Border. " + warning + ".\n";
  return text;
}

}  // namespace cairn::comparison
