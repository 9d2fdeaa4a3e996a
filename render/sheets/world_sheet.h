#pragma once

#include <memory>
#include <string>
#include <vector>

#include "envs/environment.h"
#include "render/drawing/picture.h"

namespace cairn::render {

/// A world in mid-episode.
struct ShownMoment {
  std::string name, summary;                 ///< as the list of worlds says them
  std::unique_ptr<envs::Environment> world;  ///< as it stands
};

/// A moment of the world: `steps` steps into the episode of this seed by its own pilot, or by random actions where it
/// has none; earlier where the episode ends before.
ShownMoment moment_of(const envs::EnvironmentFactory& factory, std::uint64_t seed, int steps);

/// Units that a sheet of so many worlds takes.
struct SheetSize {
  float width = 0, height = 0;  ///< units
};
/// For so many worlds.
SheetSize world_sheet_size(std::size_t worlds);

/// All worlds on one sheet, each with its name and what is to be done.
void draw_world_sheet(Picture& picture, const std::vector<ShownMoment>& moments);

}  // namespace cairn::render
