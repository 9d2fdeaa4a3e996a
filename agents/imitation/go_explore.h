#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/archive/archive.h"
#include "agents/exploration/cell_archive.h"
#include "agents/exploration/reverse_curriculum.h"
#include "agents/learner/agent.h"
#include "agents/learner/memory_need.h"
#include "agents/memory/demonstrations.h"
#include "agents/q_learning/dqn.h"
#include "optim/optimizer.h"

namespace cairn::agents {

struct GoExploreOptions {
  std::string cells = "auto";
  std::vector<int> bins = {16};
  int trip = 100, hold = 20;
  int demonstrations = 10, confirmed = 0;
  float exploring = 0.5F;
  bool backward = true;
  int spacing = 25;
  DqnOptions learner{};  ///< how the policy is learned from what was found, and from then on

  template <class V>
  void fields(V&& v) {
    v("cells", cells, "auto|NAMES", "components that tell cells, as in x/y, _ for a space; auto: what goals are about");
    v("bins", bins, "[1,1000000]", "cells along each of them, one number for all or as in 24/18");
    v("trip", trip, "[1,1000000]", "steps of exploring from a cell, at most");
    v("hold", hold, "[1,10000]", "mean time in steps that a random action is held");
    v("demonstrations", demonstrations, "[1,10000]", "ways to success to learn from");
    v("confirmed", confirmed, "[0,100000]",
      "successes before exploring ends, the shortest are learned from; 0: one a demonstration");
    v("exploring", exploring, "[0,1]", "share of the run after which one will do");
    v("backward", backward, "true|false", "then start episodes along what was found, from its end back, where it can");
    v("spacing", spacing, "[1,100000]", "steps between two such starts, at most; so far they move back at a time");
    learner.fields(v);
  }
};

/// Memory of a run, the cells apart, of which there are as many as it finds. Throws std::invalid_argument where the
/// rule does not suit the network.
MemoryNeed memory_need(const GoExploreOptions& options, const envs::Spec& spec, const optim::Rule& rule,
                       int environments);

/// Go-Explore (Ecoffet et al. 2021, "first return, then explore"), for rewards that nobody comes upon by chance.
///
/// It explores without any network: it goes back to a cell that it seldom came by, and acts at random from there. Going
/// back is to begin an episode in the cell's state, where the world offers states, else to fly the way there again.
/// Where that comes to a success, the whole way is flown again from the episode's seed. Only what succeeds once more is
/// confirmed: a state leaves out what the solver remembers, and a way over many states may not repeat itself.
///
/// Once enough ways are confirmed, the shortest become demonstrations for Q-learning (DQfD, Hester et al. 2018; half
/// and half, Ball et al. 2023), which makes a policy of them that also knows what to do beside them. Where the world
/// offers states, its episodes begin along the confirmed ways, near their ends at first (ReverseCurriculum). Every step
/// of a world is counted, those of going back and of confirming too. Schedules are planned for the steps that are left
/// after exploring.
class GoExplore final : public Agent, public Startable {
 public:
  /// Throws std::invalid_argument for options out of range, for cells that the world has not, and for what Dqn refuses.
  GoExplore(const envs::Spec& spec, const GoExploreOptions& options, optim::Rule rule);

  std::string_view name() const override { return "go_explore"; }
  void start_from(const Archive& checkpoint) override { learner_.start_from(checkpoint); }
  void begin(const Run& run) override;
  void iterate(Telemetry& telemetry) override;
  std::int64_t steps() const override { return explored_ + learner_.steps(); }
  Policy policy() const override { return learner_.policy(); }
  std::optional<Policy> critic() const override { return learner_.critic(); }
  double reward_scale() const override { return learner_.reward_scale(); }
  Updater* updater() override { return learner_.updater(); }
  const envs::VectorEnvironment& worlds() const override { return worlds_ ? *worlds_ : learner_.worlds(); }
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

  /// Whether it is still looking for ways to success.
  bool exploring() const { return worlds_ != nullptr; }
  const CellArchive* cells() const override { return &cells_; }
  /// A way to success that was confirmed: an episode's seed and all actions from there. Each stands here once, however
  /// often it was found.
  struct Found {
    Root root;                   ///< the episode
    std::vector<float> actions;  ///< from its beginning, action_size floats a step
  };
  /// In the order in which they were confirmed.
  const std::vector<Found>& found() const { return found_; }
  std::int64_t diverged() const { return diverged_; }  ///< successes that did not repeat themselves from the seed
  /// Trips that were made so far.
  std::int64_t trips() const { return trips_; }

 private:
  /// A trip with all that one thread makes of it.
  struct Tour {
    CellArchive::Trip trip;
    envs::Random random;
    std::int64_t steps = 0;  // of the world, all counted
    bool succeeded = false;
    // Of a success that was flown again from its seed:
    bool confirmed = false;
    CellArchive::Trip again;
    std::vector<float> actions;
  };

  void explore();
  void travel(envs::Environment& world, Tour& tour) const;
  void go_back(envs::Environment& world, Tour& tour, std::vector<float>& observation) const;
  void wander(envs::Environment& world, Tour& tour, std::vector<float>& observation) const;
  void confirm(envs::Environment& world, Tour& tour, std::vector<float>& observation) const;
  void choose_action(const envs::Environment& world, envs::Random& random, bool anew, std::vector<float>& action) const;
  void note_cell(const envs::Environment& world, std::span<const float> observation, int steps, double score,
                 CellArchive::Trip& trip) const;
  envs::Start start_of(Root root) const;
  bool goes_backward() const { return options_.backward && !spec_.state.empty(); }
  std::optional<Demonstration> flown(envs::Environment& world, const Found& found,
                                     ReverseCurriculum::Flight& states) const;
  void learn_from_found();
  bool done_exploring() const;
  void report(Telemetry& telemetry) const;

  envs::Spec spec_;
  GoExploreOptions options_;
  Dqn learner_;

  Run run_;
  std::unique_ptr<envs::VectorEnvironment> worlds_;  // to explore in; none once that is over
  CellArchive cells_;
  std::vector<Found> found_;
  std::vector<Tour> tours_;
  std::unique_ptr<ReverseCurriculum> starts_;  // of the learner's episodes, once that learns
  std::int64_t explored_ = 0, rounds_ = 0, trips_ = 0, found_at_ = 0, confirmed_ = 0, diverged_ = 0;
};

}  // namespace cairn::agents
