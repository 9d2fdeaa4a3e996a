#pragma once

#include <vector>

#include "apps/command_line/spec.h"
#include "render/drawing/slider.h"

namespace cairn::apps {

/// A person's sliders for a rule, each named as the field that it turns: its rate, and the first field by which it
/// remembers, as far as it has them.
std::vector<render::Slider> knobs_of(const ComponentText& spec);

/// The rule with its sliders standing so.
ComponentText turned(ComponentText spec, const std::vector<render::Slider>& knobs);

}  // namespace cairn::apps
