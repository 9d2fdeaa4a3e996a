#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "apps/command_line/spec.h"

namespace cairn::apps {

/// Settings tuned for a world and an agent. A person's own options override them one by one; an `--optimizer` of their
/// own replaces the preset's wholly.
struct Preset {
  std::string name;         ///< as `--preset` takes it
  std::string environment;  ///< a spec; the preset suits worlds that agree with the options it names
  std::string agent, optimizer, schedule{"constant"}, clip{"none"};  ///< SPECs
  std::string demonstrations{};                                      ///< empty: none
  std::string bonus{};                                               ///< empty: none
  std::string curriculum{};                                          ///< empty: none
  int environments = 16;                                             ///< parallel training worlds
  std::int64_t steps = 1'000'000;                                    ///< environment steps
  std::string about{};                                               ///< one sentence: what for
  /// On how many of the seeds that tuning did not use it solves its task, and those on which it does not
  /// (tests/benchmarks/presets); no seeds: not judged yet.
  struct Judged {
    int solved = 0, seeds = 0;  ///< of so many seeds, how many solved it
    std::string failed{};       ///< the other seeds, with commas
  } judged{};                   ///< how it did
  bool only_by_name = false;    ///< taken by --preset alone: another one is the pair's own
};

/// More specific ones first: preset_for takes the first that suits.
const std::vector<Preset>& presets();
std::vector<Preset> own_presets();      ///< Cairn's own: those of the two below
std::vector<Preset> box2d_presets();    ///< those of the worlds of envs/box2d
std::vector<Preset> classic_presets();  ///< those of the worlds of envs/classic

/// The first preset that suits the resolved world (every option spelled out) and the agent; null where none does.
const Preset* preset_for(const ComponentText& environment, const std::string& agent);
/// Throws UsageError for an unknown name.
const Preset& find_preset(const std::string& name);

}  // namespace cairn::apps
