#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "agents/memory/demonstrations.h"
#include "agents/training/signals.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/command_line/saved_policy.h"
#include "apps/subcommands.h"
#ifdef CAIRN_HAS_WINDOW
#include "render/window/display.h"
#include "render/window/play_view.h"
#endif

namespace cairn::apps {

namespace {

const std::vector<Option> play_options = {
    {"env", "SPEC", "the world, as in lander or point_maze:map=medium (default: the one of --policy)"},
    {"policy", "RUN",
     "a run folder or checkpoint: its score from each start is shown, and P lets it fly what you flew"},
    {"demo", "FILE", "where each episode that is flown to its end is added, for 'cairn train --demos FILE'", false},
    {"seed", "S", "of the episodes (default 0)"},
    {"help", "", "this text", false},
};

constexpr const char* about_play =
    "cairn play --env SPEC [--policy RUN] [--demo FILE] [--seed S]\n\n"
    "You fly: by the arrow keys or W A S D, as the foot of the window says, or a gamepad; H lists all keys. R begins\n"
    "again; C saves a picture. With --policy you see what a trained policy scored from the same start, and P lets it\n"
    "fly there. An episode of yours lies in FILE, a safetensors file, as soon as it is over; X takes it out again.\n\n";

#ifdef CAIRN_HAS_WINDOW
int show(const MadeEnvironment& world, const std::optional<SavedPolicy>& saved, const std::filesystem::path& file,
         std::uint64_t seed) {
  std::vector<agents::Demonstration> kept;
  if (!file.empty() && std::filesystem::exists(file)) kept = agents::read_demonstrations(file, world.text, world.spec);
  const std::size_t before = kept.size();
  render::PlayOptions play{
      .factory = world.factory, .seed = seed, .first_episode = static_cast<int>(before), .keep = {}};
  if (saved) {
    play.policy = saved->policy;
    play.flown_by = trained_text(*saved);
  }
  if (!file.empty())
    play.keep = [&](const agents::Demonstration* flown) {
      if (flown != nullptr)
        kept.push_back(*flown);
      else if (kept.size() > before)
        kept.pop_back();
      if (kept.empty())
        std::filesystem::remove(file);
      else
        agents::write_demonstrations(file, world.text, kept);
      return static_cast<int>(kept.size());
    };
  render::PlayView view(std::move(play));
  agents::watch_signals();
  while (agents::raised_signal() == 0 && view.frame()) {
  }
  if (!file.empty()) print_out("{}: {} demonstration{}.\n", file.string(), kept.size(), kept.size() == 1 ? "" : "s");
  return agents::raised_signal() == 0 ? 0 : 128 + agents::raised_signal();
}
#endif

}  // namespace

int play(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, play_options, 0);
  if (arguments.flag("help")) {
    print_help("{}{}", about_play, help_for(play_options));
    return 0;
  }
  std::optional<SavedPolicy> saved;
  if (arguments.has("policy")) saved = read_policy(arguments.text("policy"));
  const std::string environment = arguments.text("env", saved ? saved->environment : "");
  if (environment.empty()) throw UsageError("Option '--env' is missing; 'cairn list envs' shows what there is.");
  const MadeEnvironment world = make_environment(parse_component(environment, "--env"));
  if (saved) require_fit(*saved, world.spec);
  const std::filesystem::path file = arguments.text("demo");
  if (!file.empty() && std::filesystem::is_directory(file))
    throw UsageError("Option '--demo': " + file.string() + " is a folder.");
  const auto seed = static_cast<std::uint64_t>(arguments.count("seed", "[0,9007199254740992]", 0));
#ifdef CAIRN_HAS_WINDOW
  if (const std::string trouble = render::display_trouble(); !trouble.empty())
    throw std::runtime_error("No window to play in: " + trouble);
  render::end_with_display();
  return show(world, saved, file, seed);
#else
  throw UsageError("This build has no window to play in, because SFML was not found.");
#endif
}

}  // namespace cairn::apps
