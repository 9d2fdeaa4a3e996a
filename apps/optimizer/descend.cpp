#include "optim/problems/descend.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "agents/files/atomic_file.h"
#include "apps/command_line/options.h"
#include "apps/command_line/registry.h"
#include "apps/optimizer/parts.h"
#include "render/chart.h"

namespace cairn::apps {

namespace {

const std::vector<Option> options = {
    {"problem", "SPEC", "what to descend, as in canyon or quadratic:condition=1e6", false},
    {"optimizer", "SPEC", "the update rule, as in adam:lr=0.1", false},
    {"schedule", "SPEC", "of the rate; an omitted horizon is --steps", false},
    {"clip", "SPEC", "of the gradient, as in global_norm:max=0.5, or none", false},
    {"steps", "N", "to take (default 1000)", false},
    {"start", "X0/X1/…", "where to begin (default: the problem's own start)", false},
    {"out", "FILE", "CSV; or a picture of a problem of two parameters, where it ends in .svg or .png", false},
    {"help", "", "this text", false},
};

constexpr const char* about =
    "cairn optimizer descend --problem SPEC --optimizer SPEC --out FILE [options]\n\n"
    "The CSV has a row before the first step (0) and one after each:\n"
    "  step      steps taken\n"
    "  lr        rate of the step that led here; 0 in row 0\n"
    "  loss      the objective at this point\n"
    "  x0, x1, … the point: the rule's evaluation point, where that is another than the training point\n\n";

/// A descent as numbers: a row before the first step and one after each.
struct Path {
  std::vector<double> rates, losses;
  std::vector<std::vector<double>> points;
};

Path followed(const optim::Problem& problem, const optim::Rule& rule, std::int64_t steps,
              const std::vector<double>& start) {
  Path path;
  optim::descend(problem, rule, steps, start, [&](const optim::DescentView& view) {
    path.rates.push_back(view.report.learning_rate);
    path.losses.push_back(problem.value(view.x));
    path.points.emplace_back(view.x.begin(), view.x.end());
    return true;
  });
  return path;
}

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

/// Whether a point lies so far outside the picture that a line to it says no more than that it left.
bool far_outside(const optim::DrawingRange& range, const std::vector<double>& point) {
  constexpr double pictures = 3;
  const auto beyond = [](double x, double low, double high) {
    return !(x > low - pictures * (high - low) && x < high + pictures * (high - low));
  };
  return beyond(point[0], range.x_low, range.x_high) || beyond(point[1], range.y_low, range.y_high);
}

/// The path over the problem's contours, and beside it the loss above the optimum.
void draw(const std::filesystem::path& file, const optim::Problem& problem, const std::string& title,
          const std::string& rule, const Path& path) {
  using namespace envs::palette;
  constexpr float width = 1280, height = 640, margin = 16;
  constexpr double worst = 1e6;  // times the first loss: what diverges further is cut off
  const optim::DrawingRange& range = *problem.range;
  render::Landscape landscape{.field = render::sample(
                                  [&](double x, double y) {
                                    return problem.value(std::vector<double>{x, y});
                                  },
                                  range.x_low, range.x_high, range.y_low, range.y_high),
                              .shaded = true};
  landscape.levels = render::geometric_levels(landscape.field, 24);

  render::Series trail{.name = rule, .color = orange, .width = 1.5F, .marker = 2}, gaps{.color = orange};
  bool inside = true;
  for (std::size_t step = 0; step < path.points.size(); ++step) {
    const std::vector<double>& point = path.points[step];
    if (inside && std::ranges::all_of(point, [](double x) { return std::isfinite(x); })) {
      trail.x.push_back(point[0]);
      trail.y.push_back(point[1]);
    }
    inside = inside && !far_outside(range, point);
    const double gap = path.losses[step] - problem.lowest();
    if (step > 0 && !(gap <= worst * gaps.y[0])) break;
    gaps.x.push_back(static_cast<double>(step));
    gaps.y.push_back(gap);
  }
  const auto mark = [](const char* name, const std::vector<double>& at, envs::Color color) {
    return render::Series{.name = name, .x = {at[0]}, .y = {at[1]}, .color = color, .width = 0, .marker = 5};
  };
  const render::Chart map{
      .title = title,
      .x = {.label = "x0", .low = range.x_low, .high = range.x_high},
      .y = {.label = "x1", .low = range.y_low, .high = range.y_high},
      .landscape = landscape,
      .series = {trail, mark("start", path.points[0], ink), mark("optimum", problem.optimum, vermilion)}};
  const render::Chart curve{.title = "loss above the optimum",
                            .x = {.label = "steps", .low = 0, .high = static_cast<double>(path.points.size() - 1)},
                            .y = {.log = true},
                            .series = {gaps}};
  render::write_picture(file, width, height, [&](render::Picture& picture) {
    picture.fill(render::Box{0, 0, width, height}, sky);
    render::draw_chart(picture, render::Box{0, 0, width / 2, height}.inset(margin), map);
    render::draw_chart(picture, render::Box{width / 2, 0, width / 2, height}.inset(margin), curve);
  });
}

std::vector<double> start_of(const Arguments& arguments, const optim::Problem& problem) {
  std::vector<double> start;
  if (!arguments.has("start")) return start;
  const std::string text = arguments.text("start");
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find('/', begin);
    read_value({"Option '--start'", "(-inf,inf)"}, std::string_view(text).substr(begin, end - begin),
               start.emplace_back());
  }
  if (start.size() != problem.start.size())
    throw UsageError(fmt::format("Option '--start' has {} numbers; {} has {} parameters.", start.size(),
                                 problem.description, problem.start.size()));
  return start;
}

}  // namespace

int descend(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, options, 0);
  if (arguments.flag("help")) {
    fmt::print("{}{}", about, help_for(options));
    return 0;
  }
  for (const char* name : {"problem", "optimizer", "out"})
    if (!arguments.has(name)) throw UsageError(fmt::format("Option '--{}' is missing.", name));
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
  if (render::is_picture(out)) {
    draw(out, problem, arguments.text("problem"), arguments.text("optimizer"), path);
    return 0;
  }
  agents::AtomicFile file(out);
  file.write(csv(path));
  file.commit();
  return 0;
}

}  // namespace cairn::apps
