#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "agents/exploration/assigned_window.h"
#include "agents/exploration/curriculum.h"
#include "agents/exploration/outcomes.h"

namespace cairn::agents {

struct ReverseCurriculumOptions {
  int demos = 30;
  bool visited = false;
  int spacing = 10;  ///< steps
  double advance = 0.2;
  int window = 32;
  double low = 0.1, high = 0.9;  ///< success rates
  int plays = 8;
  int starts = 256;
  double usual = 0.2;
  template <class V>
  void fields(V&& v) {
    v("demos", demos, "[0,10000]", "flights of the world's own pilot, from whose states episodes start");
    v("visited", visited, "true|false", "also from states that training has passed through");
    v("spacing", spacing, "[1,100000]", "steps between two states of a flight; so far starts move back at a time");
    v("advance", advance, "(0,1]", "success rate of the farthest starts from which on they move back");
    v("window", window, "[1,100000]", "episodes from the farthest starts that are judged together");
    v("low", low, "[0,1)", "success rate below which a start is too hard to learn from");
    v("high", high, "(0,1]", "above which it teaches nothing any more");
    v("plays", plays, "[2,64]", "latest plays from a start that its success rate counts; until then it is tried");
    v("starts", starts, "[1,100000]", "visited states that are kept");
    v("usual", usual, "(0,1]", "share of episodes that start as the world says; half at least once all is mastered");
  }
};

/// Starts from the goal backwards (Florensa et al. 2017; Salimans and Chen 2018). Episodes begin in a state close to
/// where success is, and farther away as the agent succeeds.
///
/// Flights of the world's own pilot give states by the steps that were left to their end. Starts are open up to `reach`
/// steps before the end; when `advance` of a window of episodes from the farthest ones succeed, `reach` grows. Half of
/// the starts are the farthest ones. Two thirds of the others have a success rate between `low` and `high`, or are not
/// known yet; one third are any that are open, so that what was learned is not forgotten and what was too hard is tried
/// again.
///
/// Visited states come from training's own worlds, as they stand between iterations: each that its episode went on from
/// to success, and one more in every iteration, which may lie farther away. Those that turn out too hard give way.
class ReverseCurriculum final : public Curriculum {
 public:
  /// Throws std::invalid_argument where the world's episodes cannot begin in a state, or no starts can be had.
  explicit ReverseCurriculum(const envs::Environment& world, ReverseCurriculumOptions options = {});
  /// The states that an episode passed through on its way to success, step after step.
  using Flight = std::vector<std::vector<float>>;
  /// The same along these flights instead of the pilot's, whatever `demos` says.
  ReverseCurriculum(const envs::Environment& world, ReverseCurriculumOptions options, std::vector<Flight> flights);

  std::string_view name() const override { return "reverse"; }
  /// Flies the demonstrations. Throws std::invalid_argument where none of them succeeds.
  void begin(const Run& run) override;
  envs::Start choose(int column, std::uint32_t episode, envs::Start usual) const override;
  void learn(std::span<const envs::Episode> finished, const envs::VectorEnvironment& worlds) override;
  void report(Telemetry& telemetry) const override;
  Standings standings() const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

  std::int64_t reach() const { return reach_; }  ///< steps before the end of a flight up to which starts are open
  std::size_t visited() const { return visited_.size(); }  ///< states that are kept

 private:
  struct Place {
    std::vector<float> state;
    std::int64_t left = 0;  ///< steps to the end of its flight
    std::int64_t id = 0;    ///< of a visited state
    Outcomes outcomes{};
  };
  struct Choice {
    enum class From : std::int64_t { usual, flight, visited } from = From::usual;
    std::int64_t place = 0;    ///< index of a flight's state, id of a visited one
    std::int64_t window = -1;  ///< that was open when it was chosen among the farthest; -1: it was not
  };
  Choice choice(int column, std::uint32_t episode) const;
  bool all_mastered() const { return !flights_.empty() && reach_ > longest_; }
  void move_back();
  void fly(const Run& run);
  void open(const Flight& flight);
  bool usable(const std::vector<float>& state);
  void record(const Choice& choice, bool success);
  void visit(std::vector<float> state, bool succeeded);
  void note(const envs::VectorEnvironment& worlds);
  void sort_out();

  ReverseCurriculumOptions options_;
  std::vector<Flight> given_;  // none: the pilot flies
  std::uint64_t seed_ = 0;
  std::unique_ptr<envs::Environment> world_;  // to try states in
  RunningChoices<Choice> running_;
  AssignedWindow window_;
  std::vector<Place> flights_;  // by steps left
  std::int64_t longest_ = 0, reach_ = 0;
  std::vector<Place> visited_;  // the oldest first
  std::int64_t next_id_ = 0, iterations_ = 0;
  std::vector<std::vector<float>> noted_;  // where each column's running episode stood at the last iteration's end
  // What choices are drawn from until the next `learn`.
  std::vector<Choice> farthest_, good_, open_;
};

}  // namespace cairn::agents
