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
#include "render/drawing/picture.h"
#include "render/drawing/trace.h"

namespace cairn::render {

/// One of several runs side by side.
struct Racer {
  std::string name;
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
  explicit RaceBoard(const std::vector<std::string>& names);
  void update(std::size_t racer, const std::function<void(Racer&)>& change);
  std::vector<Racer> look() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Racer> racers_;
};

struct RaceSheet {
  std::string title, subtitle;
  std::vector<Racer> racers{};
  std::int64_t total_steps = 0;
  std::optional<double> threshold{};                       ///< return at which the world counts as solved
  std::optional<double> asked{};                           ///< return that ends a racer's run
  float aspect = 1;                                        ///< of the world's picture
  double until = std::numeric_limits<double>::infinity();  ///< what came after so many steps is not shown
};

inline constexpr float race_width = 960, race_height = 540;  ///< units

/// First to last: those that reached the return asked for, by their steps to it; then by score where all that go on
/// have one, before that by what the curves show; those that have stopped early last.
std::vector<std::size_t> ranking(const RaceSheet& sheet);

/// Those that have come to the goal, first to last, with the steps that it took them: to the return asked for where
/// there is one, else to the threshold, by their curves.
struct Finish {
  std::size_t racer;
  std::int64_t steps;
};
std::vector<Finish> finishes(const RaceSheet& sheet);

/// A lane each, the curves together, and the ranking; whoever has come to the goal has a flag on its lane, and the
/// chart a mark. `draw_world` draws a racer's world into a box.
void draw_race(Picture& picture, const RaceSheet& sheet,
               const std::function<void(std::size_t racer, Picture& picture, Box box)>& draw_world);

}  // namespace cairn::render
