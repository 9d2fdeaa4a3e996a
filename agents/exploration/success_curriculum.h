#pragma once

#include <array>
#include <cstdint>

#include "agents/exploration/assigned_window.h"
#include "agents/exploration/curriculum.h"
#include "agents/exploration/outcomes.h"

namespace cairn::agents {

struct SuccessCurriculumOptions {
  double initial = 0;  ///< difficulty that it begins with
  double step = 0.05;
  double raise = 0.8, lower = 0.2;  ///< success rates
  int window = 64;
  double share = 0.5;
  template <class V>
  void fields(V&& v) {
    v("initial", initial, "[0,1]", "difficulty that it begins with");
    v("step", step, "(0,1]", "by which the difficulty rises or falls");
    v("raise", raise, "(0,1]", "success rate from which on the difficulty rises");
    v("lower", lower, "[0,1)", "success rate down from which it falls");
    v("window", window, "[1,100000]", "episodes at the difficulty that are judged together");
    v("share", share, "(0,1]", "of the episodes at the difficulty itself; the others are drawn evenly below it");
  }
};

/// One number, the difficulty D, which rises when the agent succeeds at it and falls when it fails: 80 % and 20 % of a
/// window of episodes at D. Episodes have the difficulty D, or a draw from U[0, D], so that what was learned is not
/// forgotten. D ends at the world's own difficulty.
///
/// A window judges episodes that were assigned to it beforehand (AssignedWindow), and its verdict falls as soon as
/// those still to come cannot change it.
class SuccessCurriculum final : public Curriculum {
 public:
  /// Throws std::invalid_argument where the world has no easier episodes.
  explicit SuccessCurriculum(const envs::Environment& world, SuccessCurriculumOptions options = {});

  std::string_view name() const override { return "success"; }
  void begin(const Run& run) override;
  envs::Start choose(int column, std::uint32_t episode, envs::Start usual) const override;
  void learn(std::span<const envs::Episode> finished, const envs::VectorEnvironment& worlds) override;
  void report(Telemetry& telemetry) const override;
  Standings standings() const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

  double difficulty() const;  ///< D

 private:
  struct Choice {
    double difficulty = 0;
    std::int64_t window = -1;  ///< that was open when the episode began at D; -1: it began below
  };
  Choice choice(int column, std::uint32_t episode) const;

  SuccessCurriculumOptions options_;
  double own_;  // the world's own difficulty
  std::uint64_t seed_ = 0;
  RunningChoices<Choice> running_;
  std::int64_t rung_ = 0;  // steps above `initial`
  AssignedWindow window_;
  std::array<Outcomes, 20> bands_{};  // of equal width in difficulty: the latest episodes, to look at; no part of a run
};

}  // namespace cairn::agents
