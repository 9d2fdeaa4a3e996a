#include "apps/optimizer/path.h"

#include <fmt/format.h>

#include "apps/command_line/fields.h"
#include "apps/command_line/registry.h"
#include "optim/problems/descend.h"

namespace cairn::apps {

namespace {
constexpr int contour_lines = 24;
}  // namespace

Path followed(const optim::Problem& problem, const optim::Rule& rule, std::int64_t steps,
              const std::vector<double>& start) {
  Path path;
  optim::descend(problem, rule, steps, start, [&](const optim::DescentView& view) {
    path.rates.push_back(view.report.learning_rate);
    path.losses.push_back(problem.value(view.x));
    path.points.emplace_back(view.x.begin(), view.x.end());
    if (view.momentum.size() == 2) path.momenta.push_back({view.momentum[0], view.momentum[1]});
    return true;
  });
  return path;
}

std::vector<double> start_of(const Arguments& arguments, const optim::Problem& problem) {
  std::vector<double> start;
  if (!arguments.has("start")) return start;
  const std::string text = arguments.text("start");
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find_first_of("/,", begin);
    read_value({"Option '--start'", "(-inf,inf)"}, std::string_view(text).substr(begin, end - begin),
               start.emplace_back());
  }
  if (start.size() != problem.start.size())
    throw UsageError(fmt::format("Option '--start' has {} numbers; {} has {} parameters.", start.size(),
                                 problem.description, problem.start.size()));
  return start;
}

render::DescentSheet sheet_of(const optim::Problem& problem) {
  const std::string name = problem.description.substr(0, problem.description.find(':'));
  render::DescentSheet sheet{
      .title = name, .subtitle = problem.description, .formula = problem.formula, .landscape = {}};
  for (const auto& entry : registry().problems)
    if (entry.name == name) sheet.sentence = entry.summary;
  if (!problem.range) return sheet;
  const optim::DrawingRange& range = *problem.range;
  sheet.landscape = {.field = render::sample(
                         [&](double x, double y) {
                           return problem.value(std::vector<double>{x, y});
                         },
                         range.x_low, range.x_high, range.y_low, range.y_high),
                     .shaded = true,
                     .shade = &render::dusk};
  sheet.landscape.levels = render::geometric_levels(sheet.landscape.field, contour_lines);
  const auto point = [](const std::vector<double>& x) {
    return render::Point{static_cast<float>(x[0]), static_cast<float>(x[1])};
  };
  sheet.optima.push_back(point(problem.optimum));
  for (const std::vector<double>& other : problem.other_optima) sheet.optima.push_back(point(other));
  return sheet;
}

render::Descent drawn(const Path& path, const optim::Problem& problem) {
  render::Descent descent;
  const double lowest = problem.lowest();
  for (std::size_t i = 0; i < path.points.size(); ++i) {
    descent.gaps.push_back(path.losses[i] - lowest);
    if (!problem.range) continue;
    descent.x.push_back(path.points[i][0]);
    descent.y.push_back(path.points[i][1]);
  }
  for (const auto& [x, y] : path.momenta) {
    descent.momentum_x.push_back(x);
    descent.momentum_y.push_back(y);
  }
  return descent;
}

}  // namespace cairn::apps
