#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <utility>

#include "agents/training/signals.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/command_line/saved_policy.h"
#include "apps/command_line/showing.h"
#include "apps/learned.h"
#include "apps/subcommands.h"
#include "apps/watch_several.h"
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
  const std::string subtitle = "Flown by " + trained_text(saved) + ", best actions";
  if (render::is_picture(file))
    draw(file, what, world, subtitle, std::move(flights));
  else
    render::record_film(file, {.title = world.spec.summary,
                               .subtitle = subtitle,
                               .achieved = render::turned(world.spec, {.success = true}),
                               .flights = std::move(flights),
                               .steps_a_second = world.spec.steps_a_second});
  print_text("{}: {} of {} episodes succeeded, mean return {:.1f}.\n", file.string(), successes, episodes,
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
  view.flown_by = "Flown by " + trained_text(saved);
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
  const Arguments arguments = parse_arguments(line, watch_options, most_watched);
  if (arguments.flag("help")) {
    print_help(
        "cairn watch RUN|CHECKPOINT|heuristic|random|nothing... [options]\n\nShows a trained policy, a run's last "
        "checkpoint, in a window: it flies and flies again, beside the curves of how it learned; H lists the keys. "
        "Several, up to twelve, fly the same episodes side by side, with their curves on one chart; beside runs the "
        "world's own pilot, random actions, or none. With --record each flies an episode once, by its best actions, "
        "and it is drawn as under a stroboscope, or filmed (which takes the program ffmpeg); that needs no "
        "display.\n\n{}",
        help_for(watch_options));
    return 0;
  }
  if (arguments.words().empty()) throw UsageError("What to watch is missing: a run folder, a checkpoint, or a pilot.");
  const std::filesystem::path file = record_option(arguments);
  const bool recorded = !file.empty();
  const auto episodes = static_cast<int>(arguments.count("episodes", "[1,64]", recorded ? 1 : 6));
  const auto seed = static_cast<std::uint64_t>(arguments.count("seed", "[0,9007199254740992]", 0));

  const std::filesystem::path what = arguments.words()[0];
  if (arguments.words().size() > 1 || named_pilot(what)) {
    if (!recorded && arguments.has("episodes"))
      throw UsageError("Option '--episodes' belongs to '--record' where several are watched: a window goes on.");
    return watch_several({.names = arguments.words(),
                          .environment = arguments.text("env"),
                          .file = file,
                          .episodes = recorded ? episodes : 1,
                          .seed = seed});
  }
  const SavedPolicy saved = read_policy(what);
  const std::string environment = arguments.text("env", saved.environment);
  if (environment.empty())
    throw UsageError("Option '--env' is missing: " + what.string() + " does not say which world.");
  const MadeEnvironment world = make_environment(parse_component(environment, "--env"));
  require_fit(saved, world.spec);

  return recorded ? record(file, what, saved, world, episodes, seed) : show(what, saved, world, episodes, seed);
}

}  // namespace cairn::apps
