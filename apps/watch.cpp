#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "agents/training/intervention.h"
#include "agents/training/signals.h"
#include "agents/training/table.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/command_line/saved_policy.h"
#include "apps/command_line/showing.h"
#include "apps/subcommands.h"
#include "render/drawing/ticks.h"
#include "render/sheets/run_sheet.h"
#include "render/worlds/film.h"
#ifdef CAIRN_HAS_WINDOW
#include "render/window/display.h"
#include "render/window/view.h"
#endif

namespace cairn::apps {

namespace {

const std::vector<Option> watch_options = {
    {"record", "FILE",
     "no window but a file: .png or .svg, a picture of the episodes and of how the run learned; or "
     ".mp4 or .gif, a video"},
    {"env", "SPEC", "the world (default: the one it was trained in)"},
    {"episodes", "N", "to show at a time (default 1 in a file, 6 in the window)"},
    {"seed", "S", "of the episodes; in a file they are the first ones of 'cairn eval' (default 0)"},
    {"help", "", "this text", false},
};

using Columns = std::map<std::string, std::vector<double>>;

/// Throws std::runtime_error where the table has no such column.
const std::vector<double>& column(const Columns& table, const std::string& name) {
  const auto found = table.find(name);
  if (found == table.end()) throw std::runtime_error("The run's tables have no column '" + name + "'.");
  return found->second;
}

/// A cell that counts something. Throws std::runtime_error where it holds no such number.
std::int64_t count_in(const Columns& table, const std::string& name, std::size_t row) {
  const double value = column(table, name)[row];
  if (!(value >= 0 && value < 1e18))
    throw std::runtime_error("The run's tables hold a number in column '" + name + "' that is no count.");
  return static_cast<std::int64_t>(value);
}

/// How a run learned, as far as its folder tells.
struct Learned {
  render::RunCurves curves;
  std::int64_t steps = 0, updates = 0;
};

/// Puts a table's rows into curves. Throws std::runtime_error where it has no column `steps`.
void add_rows(render::MetricCurves& curves, const Columns& table) {
  std::vector<agents::Telemetry::Metric> row;
  for (std::size_t i = 0; i < column(table, "steps").size(); ++i) {
    row.clear();
    for (const auto& [name, values] : table) row.push_back({name, values[i]});
    curves.add(row);
  }
}

/// From the run's tables; nothing where `what` is no folder with them.
std::optional<Learned> learned(const std::filesystem::path& what, const envs::Spec& spec) {
  if (!std::filesystem::exists(what / "progress.csv")) return std::nullopt;
  Learned run;
  run.curves.threshold = spec.return_threshold;
  const Columns progress = agents::read_columns(what / "progress.csv");
  add_rows(run.curves.training, progress);
  if (const std::size_t rows = column(progress, "steps").size(); rows > 0) {
    run.steps = count_in(progress, "steps", rows - 1);
    run.updates = count_in(progress, "updates", rows - 1);
  }
  for (const agents::InterventionNote& note : agents::read_interventions(what / "interventions.csv"))
    run.curves.mark(static_cast<double>(note.steps), note.label);
  if (std::filesystem::exists(what / "evaluations.csv"))
    add_rows(run.curves.evaluations, agents::read_columns(what / "evaluations.csv"));
  return run;
}

void draw(const std::filesystem::path& file, const std::filesystem::path& what, const MadeEnvironment& world,
          const std::string& subtitle, std::vector<render::Flight> flights) {
  render::RunSheet sheet{.title = world.spec.summary, .subtitle = subtitle, .flights = std::move(flights)};
  for (const render::Flight& flight : sheet.flights)
    sheet.captions.push_back(fmt::format("{} steps, return {}, {}", flight.rewards.size(),
                                         render::plain_number(flight.episode_return, 1),
                                         flight.success ? "success" : "no success"));
  if (const std::optional<Learned> run = learned(what, world.spec)) sheet.charts = render::learning_charts(run->curves);
  render::write_picture(file, render::sheet_width, render::sheet_height,
                        [&](render::Picture& page) { render::draw_run_sheet(page, sheet); });
}

int record(const std::filesystem::path& file, const std::filesystem::path& what, const SavedPolicy& saved,
           const MadeEnvironment& world, int episodes, std::uint64_t seed) {
  std::vector<render::Flight> flights;
  double sum = 0;
  int successes = 0;
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(episodes); ++i) {
    const render::Flight& flight = flights.emplace_back(render::fly(saved.policy, world.factory, seed, i));
    sum += flight.episode_return;
    successes += flight.success ? 1 : 0;
  }
  const std::string subtitle = "Flown by " + said(saved) + ", best actions";
  if (render::is_picture(file))
    draw(file, what, world, subtitle, std::move(flights));
  else
    render::record_film(file, {.title = world.spec.summary,
                               .subtitle = subtitle,
                               .achieved = render::turned(world.spec, {.success = true}),
                               .flights = std::move(flights),
                               .steps_a_second = world.spec.steps_a_second});
  print_out("{}: {} of {} episodes succeeded, mean return {:.1f}.\n", file.string(), successes, episodes,
            sum / episodes);
  return 0;
}

#ifdef CAIRN_HAS_WINDOW
int show(const std::filesystem::path& what, const SavedPolicy& saved, const MadeEnvironment& world, int worlds,
         std::uint64_t seed) {
  if (const std::string trouble = render::display_trouble(); !trouble.empty())
    throw std::runtime_error("No window: " + trouble + " A file needs none: --record FILE.png or .mp4.");
  render::end_with_display();
  std::optional<Learned> run = learned(what, world.spec);
  render::View view({.learner = saved.agent.substr(0, saved.agent.find(':')),
                     .factory = world.factory,
                     .seed = seed,
                     .worlds = worlds,
                     .curves = run.has_value(),
                     .pictures = "."});
  if (run) {
    view.curves = std::move(run->curves);
    view.status.steps = run->steps;
    view.status.updates = run->updates;
  }
  view.worlds.set_policy(saved.policy);
  view.worlds.set_best_actions(true);
  view.flown_by = "Flown by " + said(saved);
  view.status.state = "trained";
  agents::watch_signals();
  while (agents::raised_signal() == 0 && view.frame()) {
  }
  return agents::raised_signal() == 0 ? 0 : 128 + agents::raised_signal();
}
#else
int show(const std::filesystem::path&, const SavedPolicy&, const MadeEnvironment&, int, std::uint64_t) {
  throw UsageError(
      "This build has no window, because SFML was not found. A file needs none: --record FILE.png or .mp4.");
}
#endif

}  // namespace

int watch(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, watch_options, 1);
  if (arguments.flag("help")) {
    print_help(
        "cairn watch RUN|CHECKPOINT [options]\n\nShows a trained policy, a run's last checkpoint, in a window: it "
        "flies and flies again, beside the curves of\nhow it learned; H lists the keys. With --record it flies each "
        "episode "
        "once, by its best actions, and draws it as\nunder a stroboscope, or films it (which takes the program "
        "ffmpeg); that needs no display.\n\n{}",
        help_for(watch_options));
    return 0;
  }
  if (arguments.words().empty()) throw UsageError("What to watch is missing: a run folder or a checkpoint.");
  const std::filesystem::path file = record_option(arguments);
  const bool recorded = !file.empty();
  const auto episodes = static_cast<int>(arguments.count("episodes", "[1,64]", recorded ? 1 : 6));
  const auto seed = static_cast<std::uint64_t>(arguments.count("seed", "[0,9007199254740992]", 0));

  const std::filesystem::path what = arguments.words()[0];
  const SavedPolicy saved = read_policy(what);
  const std::string environment = arguments.text("env", saved.environment);
  if (environment.empty())
    throw UsageError("Option '--env' is missing: " + what.string() + " does not say which world.");
  const MadeEnvironment world = make_environment(parse_component(environment, "--env"));
  require_fit(saved, world.spec);

  return recorded ? record(file, what, saved, world, episodes, seed) : show(what, saved, world, episodes, seed);
}

}  // namespace cairn::apps
