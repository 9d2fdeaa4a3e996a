#include "apps/optimizer/knobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "apps/command_line/fields.h"
#include "apps/command_line/registry.h"

namespace cairn::apps {

namespace {

constexpr double least_rate = 1e-4, most_rate = 10, rate_reach = 10;  // reach: about one that lies elsewhere
constexpr double longest_memory = 0.999;

/// Whether it says how much of what was is kept.
bool remembers(const Field& field) {
  return field.key == "momentum" || field.key == "rho" || field.key.starts_with("beta") ||
         (field.key == "alpha" && field.allowed == "[0,1)");
}

double value_in(const ComponentText& spec, const Field& field) {
  const std::string* said = spec.find(field.key);
  double value = 0;
  read_value({"Option '" + field.key + "'", field.allowed}, said == nullptr ? field.value : *said, value);
  return value;
}

}  // namespace

std::vector<render::Slider> knobs_of(const ComponentText& spec) {
  const auto& rules = registry().rules;
  const auto entry = std::ranges::find(rules, spec.name, &PartEntry<optim::Rule>::name);
  std::vector<render::Slider> knobs;
  if (entry == rules.end()) return knobs;
  const auto rate = std::ranges::find(entry->fields, "lr", &Field::key);
  if (const double value = rate == entry->fields.end() ? 0 : value_in(spec, *rate); value > 0)
    knobs.push_back({.name = "lr",
                     .value = value,
                     .low = std::min(least_rate, value / rate_reach),
                     .high = std::max(most_rate, value * rate_reach),
                     .log = true});
  if (const auto memory = std::ranges::find_if(entry->fields, remembers); memory != entry->fields.end())
    knobs.push_back({.name = memory->key,
                     .value = value_in(spec, *memory),
                     .low = memory->allowed.starts_with('(') ? 1 - longest_memory : 0,
                     .high = longest_memory});
  return knobs;
}

ComponentText turned(ComponentText spec, const std::vector<render::Slider>& knobs) {
  for (const render::Slider& knob : knobs)
    spec.override_with({spec.name, {{knob.name, fmt::format("{}", knob.value)}}});
  return spec;
}

std::string turned_name(const std::string& name, const ComponentText& spec, const std::vector<render::Slider>& knobs) {
  ComponentText called = parse_component(name, "--optimizers");
  for (const render::Slider& before : knobs_of(spec)) {
    const auto now = std::ranges::find(knobs, before.name, &render::Slider::name);
    if (now == knobs.end() || now->value == before.value) continue;
    if (now->name != "lr" || called.find("lr") != nullptr)
      called.override_with({called.name, {{now->name, fmt::format("{:.3g}", now->value)}}});
  }
  return called.text();
}

}  // namespace cairn::apps
