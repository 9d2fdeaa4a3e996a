#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "agents/exploration/curriculum.h"
#include "agents/exploration/outcomes.h"

namespace cairn::agents {

struct LearnabilityCurriculumOptions {
  int levels = 128;
  int plays = 16, trials = 4;
  double fresh = 0.1;
  template <class V>
  void fields(V&& v) {
    v("levels", levels, "[1,10000]", "that are kept and drawn from");
    v("plays", plays, "[2,64]", "latest plays of a level that its score counts");
    v("trials", trials, "[2,64]", "plays of a level before it has a score; until then it counts as most learnable");
    v("fresh", fresh, "(0,1]", "least share of episodes on levels never played before; while few are kept, more");
  }
};

/// Levels, which are an episode's random numbers and its difficulty, drawn in proportion to p (1 - p): what succeeds
/// always or never teaches little (Rutherford et al. 2024, sampling for learnability). Their paper plays levels on
/// purpose to score them; here training's own episodes do that. A fresh level has random numbers of its own and a
/// difficulty from U[0, the world's own]; where a world has no easier episodes the random numbers alone tell levels
/// apart.
///
/// A level is scored by its latest `plays`, and until it has had `trials` it counts as the most learnable there is. One
/// whose score is 0 after them gives way at once.
class LearnabilityCurriculum final : public Curriculum {
 public:
  /// Throws std::invalid_argument for options out of range. `world`: one like those of training.
  explicit LearnabilityCurriculum(const envs::Environment& world, LearnabilityCurriculumOptions options = {});

  std::string_view name() const override { return "learnability"; }
  void begin(const Run& run) override;
  envs::Start choose(int column, std::uint32_t episode, envs::Start usual) const override;
  void learn(std::span<const envs::Episode> finished, const envs::VectorEnvironment& worlds) override;
  void report(Telemetry& telemetry) const override;
  Standings standings() const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

  /// An episode's random numbers are those of the training episode that first played it.
  struct Level {
    std::uint32_t column = 0, episode = 0;  ///< the training world and the number of its episode
    double difficulty = 1;                  ///< in [0, 1]
    /// Whether it is the same level.
    bool operator==(const Level&) const = default;
  };
  /// A level and how it went.
  struct Kept {
    Level level;        ///< what is played
    Outcomes outcomes;  ///< of its latest plays
  };
  const std::vector<Kept>& kept() const { return kept_; }  ///< the oldest first

 private:
  Level choice(int column, std::uint32_t episode) const;
  bool scored(const Kept& kept) const;
  double weight(const Kept& kept) const;
  std::vector<Kept>::iterator add(const Level& fresh);
  void draw_anew();

  LearnabilityCurriculumOptions options_;
  std::optional<double> own_;  // the world's own difficulty
  std::uint64_t seed_ = 0;
  RunningChoices<Level> running_;
  std::vector<Kept> kept_;
  std::vector<Level> drawn_;        // from these levels choices are drawn until the next `learn`
  std::vector<double> cumulative_;  // weights of the drawn, summed from the first on
};

}  // namespace cairn::agents
