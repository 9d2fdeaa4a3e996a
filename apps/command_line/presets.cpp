#include "apps/command_line/presets.h"

#include <algorithm>

#include "apps/command_line/errors.h"

namespace cairn::apps {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {.name = "ppo-lander-continuous",
       .environment = "lander:continuous=true",
       .agent = "ppo:rollout=512,minibatch=256,epochs=8,gamma=0.999,lambda=0.98,reward_scale=0.05,"
                "normalise_advantages=batch",
       .optimizer = "adam:lr=1e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .about = "lands with two throttles"},
      {.name = "ppo-lander",
       .environment = "lander",
       .agent = "ppo:rollout=128,minibatch=128,epochs=8,gamma=0.995,lambda=0.95,entropy=0.003,reward_scale=0.05,"
                "normalise_advantages=batch",
       .optimizer = "adam:lr=1.87e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .about = "lands within seconds"},
      {.name = "ppo-cartpole",
       .environment = "cartpole",
       .agent = "ppo:rollout=128,minibatch=256,epochs=8,gamma=0.98,lambda=0.9,normalise_advantages=batch",
       .optimizer = "adam:lr=2e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .steps = 100'000,
       .about = "balances for all 500 steps"},
  };
  return all;
}

const Preset* preset_for(const ComponentText& environment, const std::string& agent) {
  for (const Preset& preset : presets()) {
    const ComponentText suits = parse_component(preset.environment, "preset '" + preset.name + "'");
    const bool agrees = suits.name == environment.name &&
                        std::ranges::all_of(suits.settings, [&](const ComponentText::Setting& setting) {
                          const std::string* value = environment.find(setting.key);
                          return value != nullptr && *value == setting.value;
                        });
    if (agrees && parse_component(preset.agent, "preset '" + preset.name + "'").name == agent) return &preset;
  }
  return nullptr;
}

const Preset& find_preset(const std::string& name) {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) {
    if (preset.name == name) return preset;
    names.push_back(preset.name);
  }
  names.emplace_back("none");
  throw unknown("preset", name, names);
}

}  // namespace cairn::apps
