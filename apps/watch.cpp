#include <fmt/format.h>

#include <filesystem>

#include "agents/training/table.h"
#include "apps/command_line/options.h"
#include "apps/command_line/registry.h"
#include "apps/command_line/saved_policy.h"
#include "apps/subcommands.h"
#include "render/run_sheet.h"
#include "render/ticks.h"

namespace cairn::apps {

namespace {

constexpr float pixels_a_unit = 2;  // sharp on fine screens too

const std::vector<Option> options = {
    {"record", "FILE", "write a picture, .png or .svg: the episodes and, of a run, its learning curve"},
    {"env", "SPEC", "the world (default: the one it was trained in)"},
    {"episodes", "N", "to show (default 1)"},
    {"seed", "S", "of the episodes, which are the first ones of 'cairn eval' (default 0)"},
    {"help", "", "this text", false},
};

/// How the run in `folder` learned, from its tables; no charts where there are none.
std::vector<render::Chart> learning_curves(const std::filesystem::path& folder, const envs::Spec& spec) {
  using namespace envs::palette;
  std::vector<render::Chart> charts;
  if (!std::filesystem::exists(folder / "progress.csv")) return charts;
  auto progress = agents::read_columns(folder / "progress.csv");
  std::map<std::string, std::vector<double>> evaluations;
  if (std::filesystem::exists(folder / "evaluations.csv"))
    evaluations = agents::read_columns(folder / "evaluations.csv");
  const auto chart = [&](const char* title, const char* column) {
    render::Chart made{.title = title, .x = {.label = "steps", .low = 0}, .text_height = 8};
    made.series.push_back(
        {.name = "while exploring", .x = progress["steps"], .y = progress[column], .color = blue, .width = 2.5F});
    if (!evaluations.empty())
      made.series.push_back({.name = "evaluated",
                             .x = evaluations["steps"],
                             .y = evaluations[column],
                             .color = orange,
                             .width = 2,
                             .marker = 4});
    return made;
  };
  charts.push_back(chart("Return", "return_mean"));
  if (spec.return_threshold)
    charts.back().rules.push_back(
        {.at = *spec.return_threshold, .label = fmt::format("solved: {:g}", *spec.return_threshold)});
  charts.push_back(chart("Success rate", "success_rate"));
  charts.back().y.low = 0;
  charts.back().y.high = 1;
  return charts;
}

}  // namespace

int watch(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, options, 1);
  if (arguments.flag("help")) {
    fmt::print(
        "cairn watch RUN|CHECKPOINT --record FILE [options]\n\nFlies a trained policy, a run's last checkpoint, by its "
        "best actions, and draws each episode as under a\nstroboscope. Needs no display.\n\n{}",
        help_for(options));
    return 0;
  }
  if (arguments.words().empty()) throw UsageError("What to watch is missing: a run folder or a checkpoint.");
  if (!arguments.has("record")) throw UsageError("Option '--record' is missing: the picture to write, .png or .svg.");
  const std::filesystem::path picture = arguments.text("record");
  if (!render::is_picture(picture))
    throw UsageError("Option '--record' cannot be '" + picture.string() + "'. Allowed: a name ending in .png or .svg.");
  const auto episodes = arguments.count("episodes", "[1,64]", 1);
  const auto seed = static_cast<std::uint64_t>(arguments.count("seed", "[0,9007199254740992]", 0));

  const std::filesystem::path what = arguments.words()[0];
  const SavedPolicy saved = read_policy(what);
  const std::string environment = arguments.text("env", saved.environment);
  if (environment.empty())
    throw UsageError("Option '--env' is missing: " + what.string() + " does not say which world.");
  const MadeEnvironment world = make_environment(parse_component(environment, "--env"));
  require_fit(saved, world.spec);

  render::RunSheet sheet{.title = world.spec.summary, .subtitle = {}};
  double sum = 0;
  int successes = 0;
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(episodes); ++i) {
    const render::Flight& flight = sheet.flights.emplace_back(render::fly(saved.policy, world.factory, seed, i));
    sheet.captions.push_back(fmt::format("{} steps, return {:.1f}, {}", flight.rewards.size(), flight.episode_return,
                                         flight.success ? "success" : "no success"));
    sum += flight.episode_return;
    successes += flight.success ? 1 : 0;
  }
  const std::string learner = saved.agent.empty() ? "a policy" : saved.agent.substr(0, saved.agent.find(':'));
  sheet.subtitle = fmt::format(
      "Flown by {}{}, best actions", learner,
      saved.steps.empty() ? "" : " after " + render::short_number(std::stod(saved.steps)) + " steps of training");
  if (std::filesystem::is_directory(what)) sheet.charts = learning_curves(what, world.spec);
  render::write_picture(
      picture, render::sheet_width, render::sheet_height,
      [&](render::Picture& page) { render::draw_run_sheet(page, sheet); }, pixels_a_unit);
  fmt::print("{}: {} of {} episodes succeeded, mean return {:.1f}.\n", picture.string(), successes, episodes,
             sum / static_cast<double>(episodes));
  return 0;
}

}  // namespace cairn::apps
