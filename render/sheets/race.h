#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "agents/networks/policy.h"
#include "render/drawing/chart_page.h"
#include "render/drawing/picture.h"
#include "render/drawing/trace.h"

namespace cairn::render {

/// One of several runs side by side.
struct Racer {
  std::string name;                                ///< of the optimizer
  Trace returns{};                                 ///< of its latest 100 training episodes, over steps
  std::int64_t steps = 0;                          ///< done
  std::optional<double> score{};                   ///< mean return of the last evaluation, once the run is over
  std::optional<std::int64_t> reached{};           ///< steps to the return that was asked for, where that ended the run
  std::optional<std::int64_t> solved{};            ///< steps after which its curve first came to the threshold
  std::string trouble{};                           ///< why it has stopped early
  std::shared_ptr<const agents::Policy> policy{};  ///< the newest; may be null
};

/// The racers as they stand, written by their own threads and read by the one that draws.
class RaceBoard {
 public:
  /// A racer for each name, at its start.
  explicit RaceBoard(const std::vector<std::string>& names);
  /// Calls `change` with the racer, nobody else reading meanwhile.
  void update(std::size_t racer, const std::function<void(Racer&)>& change);
  /// A copy of all racers.
  std::vector<Racer> look() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Racer> racers_;
};

/// All racers on one sheet.
struct RaceSheet {
  std::string title, subtitle;                             ///< above them
  std::vector<Racer> racers{};                             ///< one panel each
  std::int64_t total_steps = 0;                            ///< environment steps of each run
  std::optional<double> threshold{};                       ///< return at which the world counts as solved
  std::optional<double> asked{};                           ///< return that ends a racer's run
  float aspect = 1;                                        ///< of the world's picture
  double until = std::numeric_limits<double>::infinity();  ///< what came after so many steps is not shown
};

inline constexpr float race_width = 960, race_height = 540;  ///< units

/// First to last: those that reached the return asked for, by their steps to it; then by score where all that go on
/// have one, before that by what the curves show; those that have stopped early last.
std::vector<std::size_t> ranking(const RaceSheet& sheet);

/// One that has come to the goal.
struct Finish {
  std::size_t racer;   ///< its place in the sheet's list
  std::int64_t steps;  ///< that it took
};
/// Those that have come to the goal, first to last: to the return asked for where there is one, else to the threshold,
/// by their curves.
std::vector<Finish> finishes(const RaceSheet& sheet);

/// A lane each, the curves together, and the ranking; whoever has come to the goal has a flag on its lane, and the
/// chart a mark. `draw_world` draws a racer's world into a box. `page`: the chart is added to it, for a mouse to ask; a
/// click on a row of the ranking then puts that curve away.
void draw_race(Picture& picture, const RaceSheet& sheet,
               const std::function<void(std::size_t racer, Picture& picture, Box box)>& draw_world,
               ChartPage* page = nullptr);

}  // namespace cairn::render
