#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "agents/archive/atomic_file.h"
#include "agents/training/standard_error.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/optimizer/parts.h"
#include "apps/optimizer/path.h"
#include "render/sheets/descents.h"

namespace cairn::apps {

namespace {

const std::vector<Option> descend_options = {
    {"problem", "SPEC", "what to descend, as in canyon or quadratic:condition=1e6", false},
    {"optimizer", "SPEC", "the update rule, as in adam:lr=0.1", false},
    {"schedule", "SPEC", "of the rate; an omitted horizon is --steps", false},
    {"clip", "SPEC", "of the gradient, as in global_norm:max=0.5, or none", false},
    {"steps", "N", "to take (default 1000)", false},
    {"start", "X0/X1/…", "where to begin (default: the problem's own start)", false},
    {"out", "FILE", "CSV; or a picture of a problem of two parameters, where it ends in .svg or .png", false},
    {"help", "", "this text", false},
};

constexpr const char* about_descend =
    "cairn optimizer descend --problem SPEC --optimizer SPEC --out FILE [options]\n\n"
    "The CSV has a row before the first step (0) and one after each:\n"
    "  step      steps taken\n"
    "  lr        rate of the step that led here; 0 in row 0\n"
    "  loss      the objective at this point\n"
    "  x0, x1, … the point: the rule's evaluation point, where that is another than the training point\n\n";

std::string csv(const Path& path) {
  std::string text = "step,lr,loss";
  for (std::size_t i = 0; i < path.points[0].size(); ++i) text += fmt::format(",x{}", i);
  text += '\n';
  for (std::size_t step = 0; step < path.points.size(); ++step) {
    text += fmt::format("{},{:.17g},{:.17g}", step, path.rates[step], path.losses[step]);
    for (const double x : path.points[step]) text += fmt::format(",{:.17g}", x);
    text += '\n';
  }
  return text;
}

/// The path over the problem's contours, and beside it the loss above the optimum.
void draw(const std::filesystem::path& file, const optim::Problem& problem, const std::string& rule, const Path& path) {
  render::DescentSheet sheet = sheet_of(problem);
  render::Descent& descent = sheet.descents.emplace_back(drawn(path, problem));
  descent.name = rule;
  descent.note = fmt::format("{:g}", path.rates.back());
  render::write_picture(file, render::descents_width, render::descents_height, [&](render::Picture& picture) {
    const render::Plot plane = render::draw_landscape(picture, sheet);
    render::draw_descents(picture, plane, sheet, sheet.steps());
  });
}

}  // namespace

int descend(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, descend_options, 0);
  if (arguments.flag("help")) {
    print_help("{}{}", about_descend, help_for(descend_options));
    return 0;
  }
  require_options(arguments, descend_options, {"problem", "optimizer", "out"});
  const std::filesystem::path out = arguments.text("out");
  if (std::filesystem::is_directory(out)) throw UsageError("Option '--out': " + out.string() + " is a folder.");
  const optim::Problem problem = make_problem(parse_component(arguments.text("problem"), "--problem"));
  const optim::Rule rule = as_usage([&] {
    return make_rule(parse_component(arguments.text("optimizer"), "--optimizer"))
        .with_schedule(make_schedule(parse_component(arguments.text("schedule", "constant"), "--schedule")))
        .with_clip(make_clip(parse_component(arguments.text("clip", "none"), "--clip")));
  });
  const std::int64_t steps = arguments.count("steps", "[1,100000000]", 1000);
  if (render::is_picture(out) && !problem.range)
    throw UsageError(
        fmt::format("Option '--out': {} cannot be drawn, as it has {} parameters and not 2; name a .csv file.",
                    problem.description, problem.start.size()));

  const Path path = as_usage([&] { return followed(problem, rule, steps, start_of(arguments, problem)); });
  const auto lost = std::ranges::find_if(path.losses, [](double loss) { return !std::isfinite(loss); });
  if (lost != path.losses.end())
    agents::print_aside("The descent diverged: after step {} the loss is no longer finite.\n",
                        lost - path.losses.begin());
  if (render::is_picture(out)) {
    draw(out, problem, arguments.text("optimizer"), path);
    return 0;
  }
  agents::write_file(out, csv(path));
  return 0;
}

}  // namespace cairn::apps
