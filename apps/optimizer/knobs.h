#pragma once

#include <string>
#include <vector>

#include "apps/command_line/spec.h"
#include "render/drawing/slider.h"

namespace cairn::apps {

/// A person's sliders for a rule, each named as the field that it turns: its rate, and the first field by which it
/// remembers, as far as it has them.
std::vector<render::Slider> knobs_of(const ComponentText& spec);

/// The rule with its sliders standing so.
ComponentText turned(ComponentText spec, const std::vector<render::Slider>& knobs);

/// As the rule was called, with what its sliders have changed of it, in three digits; but for a rate that the name did
/// not say.
std::string turned_name(const std::string& name, const ComponentText& spec, const std::vector<render::Slider>& knobs);

}  // namespace cairn::apps
