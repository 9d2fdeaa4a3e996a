#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "render/drawing/chart_page.h"
#include "render/drawing/picture_canvas.h"
#include "render/worlds/flight.h"

namespace cairn::render {

/// One of several that fly the same episodes: a trained policy, or a pilot.
struct Contender {
  std::string name, about{};        ///< as its lane says it; what it is, in a few words
  std::vector<double> x{}, y{};     ///< its training returns over environment steps; may be empty
  Flight flight{};                  ///< of the episode that is shown
  int episodes = 0, successes = 0;  ///< shown to their end, and those that succeeded
  double returns = 0;               ///< the sum of theirs, undiscounted

  /// Counts `flight` among those shown.
  void count();
};

/// Several policies in the same episode, with their curves on one chart.
struct SideBySide {
  std::string title, subtitle;          ///< above them
  std::vector<Contender> contenders{};  ///< a lane each
  std::uint32_t episode = 0;            ///< the number of the one shown
  std::optional<double> threshold{};    ///< return at which the world counts as solved
  int steps_a_second = 50;              ///< of the world
  /// Steps after which the last one's episode has ended.
  std::size_t length() const;
};

inline constexpr float side_by_side_width = 960, side_by_side_height = 540;  ///< units

/// All of them `step` steps into the episode; those that have ended before stand at their end. `draw_world` draws a
/// contender's world into a box. `page`: the chart is added to it, for a mouse to ask.
void draw_side_by_side(Picture& picture, const SideBySide& sheet, std::size_t step,
                       const std::function<void(std::size_t contender, Picture& picture, Box box)>& draw_world,
                       ChartPage* page = nullptr);

/// A contender's world as it stands after `steps` steps, whole or not, with what bursts where a rare reward was earned,
/// also after the end.
void draw_contender_world(Picture& picture, Box box, const SideBySide& sheet, std::size_t contender, double steps,
                          const Magnifier& part = {});
/// The whole sheet at that moment.
void draw_moment(Picture& picture, const SideBySide& sheet, double steps);

/// The episodes in real time, as .mp4 or .gif by the file's ending: `fly` puts the next one's flights into the sheet,
/// or says that there is none. Each is counted once it has ended. Throws as Recorder does.
void record_side_by_side(const std::filesystem::path& path, SideBySide& sheet,
                         const std::function<bool(SideBySide&)>& fly);

}  // namespace cairn::render
