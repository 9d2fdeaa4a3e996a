#include "apps/watch_several.h"

#include <fmt/format.h>

#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include "agents/training/signals.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/command_line/saved_policy.h"
#include "apps/learned.h"
#include "render/sheets/side_by_side.h"
#ifdef CAIRN_HAS_WINDOW
#include "render/window/display.h"
#include "render/window/side_by_side_view.h"
#endif

namespace cairn::apps {

namespace {

using render::Contender;
using render::SideBySide;

/// One of those watched.
struct Watched {
  std::string name;
  std::optional<agents::Pilot> pilot;
  SavedPolicy saved;  // where it is no pilot
};

std::vector<Watched> read_all(const std::vector<std::string>& names) {
  std::vector<Watched> all;
  for (const std::string& name : names) {
    Watched& one = all.emplace_back(Watched{.name = name, .pilot = named_pilot(name), .saved = {}});
    if (!one.pilot) one.saved = read_policy(name);
  }
  return all;
}

/// The world that all of them were trained in. Throws UsageError where there is no such one.
std::string common_environment(const std::vector<Watched>& all) {
  const Watched* first = nullptr;
  for (const Watched& one : all) {
    if (one.saved.environment.empty()) continue;
    if (first == nullptr) first = &one;
    if (one.saved.environment != first->saved.environment)
      throw UsageError(fmt::format("Option '--env' is missing: {} was trained in {} and {} in {}.", first->name,
                                   first->saved.environment, one.name, one.saved.environment));
  }
  if (first == nullptr)
    throw UsageError(fmt::format("Option '--env' is missing: {} does not say which world.", all.front().name));
  return first->saved.environment;
}

std::string what_it_is(const Watched& one) {
  if (one.pilot) {
    switch (*one.pilot) {
      case agents::Pilot::heuristic:
        return "the world's hand-written pilot";
      case agents::Pilot::random:
        return "random actions";
      case agents::Pilot::nothing:
        return "no action at all";
    }
  }
  return trained_text(one.saved);
}

/// The sheet without flights.
SideBySide sheet_of(const std::vector<Watched>& all, const envs::Spec& spec) {
  SideBySide sheet{.title = spec.summary,
                   .subtitle = "The same episodes for all, by their best actions",
                   .threshold = spec.return_threshold,
                   .steps_a_second = spec.steps_a_second};
  for (const Watched& one : all) {
    Contender& contender = sheet.contenders.emplace_back(Contender{.name = one.name, .about = what_it_is(one)});
    if (one.pilot) continue;
    if (const std::optional<Learned> run = learned(one.name, spec)) {
      const render::Trace& returns = run->curves.training.trace("return_mean");
      contender.x = returns.x();
      contender.y = returns.y();
    }
  }
  return sheet;
}

void write_file(const WatchedTogether& asked, SideBySide& sheet, const std::function<void(SideBySide&)>& fly) {
  if (!render::is_picture(asked.file)) {
    int flown = 0;
    render::record_side_by_side(asked.file, sheet, [&](SideBySide& next) {
      if (flown == asked.episodes) return false;
      next.episode = static_cast<std::uint32_t>(flown++);
      fly(next);
      return true;
    });
    return;
  }
  for (int i = asked.episodes; i-- > 0;) {  // the first one last, so that it is the one that stands there
    sheet.episode = static_cast<std::uint32_t>(i);
    fly(sheet);
    for (Contender& one : sheet.contenders) one.count();
  }
  render::write_picture(asked.file, render::side_by_side_width, render::side_by_side_height,
                        [&](render::Picture& page) {
                          render::draw_side_by_side(page, sheet, sheet.length(),
                                                    [&](std::size_t i, render::Picture& picture, render::Box box) {
                                                      render::draw_flight(picture, box, sheet.contenders[i].flight);
                                                    });
                        });
}

#ifdef CAIRN_HAS_WINDOW
int show_together(SideBySide sheet, const std::function<void(SideBySide&)>& fly) {
  if (const std::string trouble = render::display_trouble(); !trouble.empty())
    throw std::runtime_error("No window: " + trouble + " A file needs none: --record FILE.png or .mp4.");
  render::end_with_display();
  render::SideBySideView view(std::move(sheet), fly);
  agents::watch_signals();
  while (agents::raised_signal() == 0 && view.frame()) {
  }
  return agents::raised_signal() == 0 ? 0 : 128 + agents::raised_signal();
}
#else
int show_together(const SideBySide&, const std::function<void(SideBySide&)>&) {
  throw UsageError(
      "This build has no window, because SFML was not found. A file needs none: --record FILE.png or .mp4.");
}
#endif

}  // namespace

int watch_several(const WatchedTogether& asked) {
  const std::vector<Watched> all = read_all(asked.names);
  const MadeEnvironment world = make_environment(
      parse_component(asked.environment.empty() ? common_environment(all) : asked.environment, "--env"));
  for (const Watched& one : all)
    if (!one.pilot) require_fit(one.saved, world.spec);
  SideBySide sheet = sheet_of(all, world.spec);
  const auto fly = [&](SideBySide& next) {
    for (std::size_t i = 0; i < all.size(); ++i)
      next.contenders[i].flight = all[i].pilot
                                      ? render::fly(*all[i].pilot, world.factory, asked.seed, next.episode)
                                      : render::fly(all[i].saved.policy, world.factory, asked.seed, next.episode);
  };
  if (asked.file.empty()) return show_together(std::move(sheet), fly);
  write_file(asked, sheet, fly);
  print_out("{}: {} episode{}.\n", asked.file.string(), asked.episodes, asked.episodes == 1 ? "" : "s");
  for (const Contender& one : sheet.contenders)
    print_out("  {}: {} succeeded, mean return {:.1f}\n", one.name, one.successes, one.returns / one.episodes);
  return 0;
}

}  // namespace cairn::apps
