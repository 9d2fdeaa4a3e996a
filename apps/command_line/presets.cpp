#include "apps/command_line/presets.h"

#include <algorithm>
#include <iterator>

#include "apps/command_line/errors.h"
#include "apps/command_line/registry.h"

namespace cairn::apps {

const std::vector<Preset>& presets() {
  return registry().presets;
}

std::vector<Preset> own_presets() {
  std::vector<Preset> every = box2d_presets();
  std::ranges::move(classic_presets(), std::back_inserter(every));
  return every;
}

const Preset* preset_for(const ComponentText& environment, const std::string& agent) {
  for (const Preset& preset : presets()) {
    if (preset.only_by_name) continue;
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
