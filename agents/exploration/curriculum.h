#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "agents/learner/agent.h"
#include "agents/learner/telemetry.h"
#include "envs/vector_environment.h"

namespace cairn::agents {

class Archive;

/// How the latest episodes of one level, or from one start, ended.
struct Standing {
  double place = 0;    ///< how far it is from the easiest
  int plays = 0;       ///< that are counted
  double success = 0;  ///< rate among these; NaN before the first
};

/// What a curriculum knows of its levels or starts, for a person to look at.
struct Standings {
  std::string place;             ///< what the places are: `difficulty`, `steps before the end`
  std::vector<Standing> levels;  ///< one for each level or start
};

/// Chooses how training episodes start: how difficult they are, by which random numbers they run, or in which state.
/// Evaluation knows nothing of it: there every episode starts as the world itself says.
///
/// `choose` is an envs::StartSource: threads call it while they step, so it is a pure function of column, episode and
/// what the curriculum has learned, and that changes in `learn` alone, between two iterations.
class Curriculum {
 public:
  virtual ~Curriculum() = default;
  /// As `--curriculum` takes it.
  virtual std::string_view name() const = 0;

  /// Before the agent makes the run's worlds, of which it chooses the first episodes, too.
  virtual void begin(const Run& run) = 0;
  /// How that episode of that column starts; `usual` is how it would start without a curriculum.
  virtual envs::Start choose(int column, std::uint32_t episode, envs::Start usual) const = 0;
  /// After an iteration: `finished`, every episode that ended in it, in the order of VectorEnvironment::take_finished.
  virtual void learn(std::span<const envs::Episode> finished, const envs::VectorEnvironment& worlds) = 0;
  /// The same names every time; they are listed in training/metrics.cpp.
  virtual void report(Telemetry& telemetry) const = 0;
  /// What is known now; called between iterations.
  virtual Standings standings() const = 0;

  /// Under `curriculum/…`. After `begin` with the same run and `load`, choices go on to the same bits.
  virtual void save(Archive& archive) const = 0;
  /// Throws std::runtime_error where the archive's numbers are out of range or do not fit the run.
  virtual void load(const Archive& archive) = 0;
};

/// What was chosen for the episode that runs in each column. An episode begins within an iteration, and what `choose`
/// depends on changes only behind it: so what was chosen can be computed again at the iteration's end, and nothing
/// needs to be written while threads step.
template <class Choice>
class RunningChoices {
 public:
  /// `choose(column, episode)`: what the first episodes begin by.
  template <class Choose>
  void begin(int columns, Choose&& choose) {
    choices.clear();
    for (int column = 0; column < columns; ++column) choices.push_back(choose(column, 0));
  }
  /// Calls `visit(episode, choice)` for each finished episode, and notes what those that run now began by. Nothing that
  /// `choose` reads may change meanwhile.
  template <class Choose, class Visit>
  void settle(std::span<const envs::Episode> finished, Choose&& choose, Visit&& visit) {
    for (const envs::Episode& episode : finished) {
      Choice& running = choices.at(static_cast<std::size_t>(episode.environment));
      visit(episode, static_cast<const Choice&>(running));
      running = choose(episode.environment, episode.number + 1);
    }
  }
  std::vector<Choice> choices;  ///< one a column
};

/// Reads a tensor that has one element for each of `count`; throws std::runtime_error where one is not in [low, high],
/// or not a number.
template <class T>
std::vector<T> read_range(const Archive& archive, const std::string& name, std::size_t count, T low, T high);

}  // namespace cairn::agents
