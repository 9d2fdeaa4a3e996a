#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "render/drawing/picture.h"
#include "render/worlds/flight.h"

namespace cairn::render {

/// Episodes one after the other, the world large, as a video shows them.
struct Film {
  std::string title, subtitle;    ///< above the world
  std::string achieved{"Done."};  ///< what the title turns to when the task is done
  std::vector<Flight> flights{};  ///< in the order in which they are shown
  int steps_a_second = 50;        ///< of the world
};

inline constexpr float film_width = 640;  ///< units
/// Units; as the world asks for.
float film_height(const Film& film);

/// What is seen after `step` steps of a flight, and so many seconds more.
void draw_film(Picture& picture, const Film& film, std::size_t flight, std::size_t step, double seconds = 0);

/// The whole film in real time, as .mp4 or .gif by the file's ending. Throws as Recorder does.
void record_film(const std::filesystem::path& path, const Film& film);

}  // namespace cairn::render
