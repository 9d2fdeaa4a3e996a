#include "apps/studies/study.h"

#include <algorithm>
#include <iterator>

namespace cairn::apps {

bool Measured::holds() const {
  return std::ranges::all_of(findings, [](const Finding& finding) { return finding.holds(); });
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::holds_in_part:
      return "holds in part";
    case Verdict::does_not_hold:
      return "does not hold";
  }
  return "";
}

std::vector<Study> optimizer_studies() {
  std::vector<Study> all;
  for (std::vector<Study> group :
       {landscape_studies(), step_studies(), normalisation_studies(), learning_studies(), minima_studies(),
        ranking_studies(), pinn_studies(), head_studies(), federated_studies(), change_studies(), sparse_studies()})
    std::ranges::move(group, std::back_inserter(all));
  return all;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

render::Series curve(std::string name, std::vector<double> values, int color, double spacing) {
  render::Series series{.name = std::move(name), .y = std::move(values), .color = render::series_color(color)};
  for (std::size_t i = 0; i < series.y.size(); ++i) series.x.push_back(spacing * static_cast<double>(i));
  return series;
}

}  // namespace cairn::apps
