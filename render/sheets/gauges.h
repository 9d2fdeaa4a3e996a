#pragma once

#include <span>
#include <string>
#include <vector>

#include "envs/environment.h"
#include "render/drawing/picture.h"
#include "render/worlds/shown_worlds.h"

namespace cairn::render {

/// A number as a bar.
struct Gauge {
  std::string name, said;                        ///< what it is, and its value as people read it
  float low = 0, high = 1, from = 0, value = 0;  ///< the bar reaches from `from` to the value, within [low, high]
  Color color = envs::palette::blue;             ///< of the bar
};

/// One for each component of a continuous action; of discrete actions one each, the taken one full, or where there are
/// many, one with the taken action's name, on which it has its place.
std::vector<Gauge> action_gauges(const envs::Spec& spec, std::span<const float> action);
/// One for each of the first components of an observation that are velocities, by their units. `largest`: of each
/// component, what its bar reaches to.
std::vector<Gauge> velocity_gauges(const envs::Spec& spec, std::span<const float> observation,
                                   std::span<const float> largest);

/// Units that draw_gauges takes.
float gauges_height();
/// How world `i` is flown: its action, its velocities, and the time of its episode.
void draw_gauges(Picture& picture, Box box, const ShownWorlds& worlds, int i);

}  // namespace cairn::render
