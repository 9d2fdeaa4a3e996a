#include "apps/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <system_error>

#include "agents/training/signals.h"
#include "agents/training/standard_error.h"
#include "apps/command_line/build_info.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/output.h"
#include "apps/subcommands.h"
#include "envs/cores.h"

namespace cairn::apps {

namespace {

constexpr Subcommand all_subcommands[] = {
    {"list", "what there is: worlds, agents, optimizers, schedules, clips, problems, presets", &list},
    {"train", "train an agent, or go on with a run that was interrupted", &train},
    {"eval", "fly a trained policy or a pilot and report returns", &evaluate},
    {"watch", "see a trained policy fly, in a window or as a picture", &watch},
    {"play", "fly a world yourself, and record demonstrations", &play},
    {"race", "the same agent learning by several optimizers, side by side", &race},
    {"landscape", "see optimizers descend a function of two parameters", &landscape},
    {"compare", "train by several optimizers and report what can be said of them", &compare},
    {"tune", "find optimizers' options by equally many trials each", &tune},
    {"suite", "which method solves which world: the whole table by one command", &suite_command},
    {"study", "claims about adaptive optimizers as experiments: which hold", &study},
    {"export", "write a trained policy as ONNX, safetensors or a C++ header", &export_policy},
    {"optimizer", "follow a rule through recorded gradients or down a problem; print a schedule", &optimizer},
    {"completion", "a script that completes commands, options and names in bash or zsh", &completion},
    {"man", "this program's manual page", &manual},
};

std::string help() {
  std::string text = fmt::format(
      "Cairn: reinforcement learning on sparse-reward worlds with swappable adaptive optimizers.\n\n"
      "  {0} COMMAND [options]      {0} COMMAND --help (or -h) says which\n\n",
      program_name());
  for (const Subcommand& subcommand : all_subcommands)
    text += fmt::format("  {:11}{}\n", subcommand.name, subcommand.about);
  return fitted(
      text +
      fmt::format("\nStart with:  {} train --env lander --agent ppo\n"
                  "Exit status: 0 done, 1 failed while running, 2 wrong use; after a checkpoint 128 + the signal: "
                  "130 SIGINT, 143 SIGTERM, 129 SIGHUP, 138 SIGUSR1, 152 SIGXCPU.\n",
                  program_name()));
}

std::string version() {
  const BuildInfo& info = build_info();
  return fmt::format("{}cairn {} ({}), {}, {}, on {}\n", program_name() == "cairn" ? "" : program_name() + ", by ",
                     info.version, info.commit, info.compiler, info.simd, info.cpu);
}

/// Says what went wrong; `status` is the exit status.
int failed(int status, std::string_view what) {
  agents::print_message(fmt::format("{}: {}", program_name(), what));
  return status;
}

}  // namespace

std::span<const Subcommand> subcommands() {
  return all_subcommands;
}

std::vector<OptionReader> option_readers() {
  std::vector<OptionReader> readers;
  for (const Subcommand& subcommand : all_subcommands) {
    if (subcommand.run == &optimizer)
      for (const Subcommand& part : optimizer_parts())
        readers.push_back({std::string(subcommand.name) + ' ' + part.name, part.about, part.run});
    else
      readers.push_back({subcommand.name, subcommand.about, subcommand.run});
  }
  return readers;
}

int Program::run_subcommand(const std::vector<std::string>& line) {
  if (line.empty()) {
    agents::print_aside("{}", help());
    return 2;
  }
  if (line[0] == "help" && line.size() > 1) return run_subcommand({line[1], "--help"});
  if (line[0] == "--help" || line[0] == "-h" || line[0] == "help") {
    print_out("{}", help());
    return 0;
  }
  if (std::ranges::find(line, "--version") != line.end()) {
    print_text("{}", version());
    return 0;
  }
  for (const auto& add : std::exchange(parts_, {})) add();
  std::vector<std::string> names;
  for (const Subcommand& subcommand : all_subcommands) {
    if (line[0] == subcommand.name) return subcommand.run({line.begin() + 1, line.end()});
    names.emplace_back(subcommand.name);
  }
  throw unknown("command", line[0], names);
}

/// Runs a command; whatever it throws becomes a sentence and an exit status.
int Program::run_or_say(const std::vector<std::string>& line) {
  try {
    return run_subcommand(line);
  } catch (const UsageError& error) {
    return failed(2, as_called(error.what()));
  } catch (const std::bad_alloc&) {
    return failed(1, "Not enough memory.");
  } catch (const std::filesystem::filesystem_error& error) {  // its own text names the library's functions
    return failed(1, fmt::format("Cannot use '{}': {}.", error.path1().string(), error.code().message()));
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again)
      return failed(1, envs::thread_refusal("A thread", error.code()));
    return failed(1, error.what());
  } catch (const std::exception& error) {
    return failed(1, error.what());
  }
}

int Program::run(const std::vector<std::string>& line) {
  set_program_name(name_);
  begin_out();
  const int status = run_or_say(line);
  flush_out();
  const std::string trouble = out_trouble();
  return trouble.empty() ? status : failed(status == 0 ? 1 : status, trouble);
}

int Program::run(int count, char** words) {
  agents::open_standard_streams();
  agents::ignore_write_signals();
  return run({words + std::min(count, 1), words + count});
}

}  // namespace cairn::apps
