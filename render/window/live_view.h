#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agents/training/observer.h"
#include "render/sheets/exploration.h"
#include "render/sheets/value_map.h"
#include "render/window/window_thread.h"
#include "render/worlds/tempo.h"

namespace cairn::render {

class View;

struct LiveViewOptions {
  std::vector<optim::Rule> rules{};  ///< that a person may swap in
  bool stop_on_close = false;        ///< closing the window ends the run, with a checkpoint; else it goes on
  bool cinema = true;                ///< training begins at a pace at which it waits for what is shown of it
};

/// Shows a run in a window while it learns. The window lives on its own thread with its own copies of the world, flown
/// by the newest policy; training only leaves numbers, and a copy of the policy a few times a second, in a slot, and
/// never waits for the window, except at cinema pace and where the person at it paused or slowed the training. The
/// run's bits are the same with and without it, until the person changes the rate or the rule. Where there is no
/// display, or it goes away, one sentence on standard error says so and training goes on.
class LiveView : public agents::Observer {
 public:
  /// Opens nothing before the run starts.
  explicit LiveView(LiveViewOptions options = {});

  void on_start(const agents::RunInfo& info) override;
  void on_iteration(const agents::Telemetry& telemetry, const agents::Agent& agent) override;
  void on_evaluation(const agents::EvaluationResult& result) override;
  void on_end() override;
  bool wants_blocks() override;
  std::optional<agents::Intervention> intervene() override;
  void on_intervention(const agents::InterventionNote& note) override;

  /// Returns once the person has closed the window, it is gone, or a signal has come.
  void linger();

 private:
  using Clock = std::chrono::steady_clock;

  /// What the window has not seen yet.
  struct News {
    /// What one iteration reported.
    struct Iteration {
      std::int64_t steps, updates;                     ///< since the run's beginning
      std::vector<agents::Telemetry::Metric> metrics;  ///< the loop's and the agent's
    };
    std::vector<Iteration> iterations;
    std::vector<std::vector<agents::Telemetry::Metric>> evaluations;
    std::vector<agents::InterventionNote> notes;
    std::vector<optim::BlockInspection> blocks;
    std::optional<agents::Policy> policy, critic;
    std::int64_t policy_steps = 0;
    double reward_scale = 1;                    // the critic's
    std::optional<ValueMap::Question> novelty;  // answered
    std::optional<CellMap> cells;
    std::optional<agents::Standings> standings;
    bool ended = false;
    bool empty() const {
      return iterations.empty() && evaluations.empty() && notes.empty() && blocks.empty() && !policy && !novelty &&
             !cells && !standings && !ended;
    }
  };

  // The window's thread
  void run(const std::stop_token& stop);
  void give_keys(View& view, ValueMap& map);
  void take_news(View& view, ValueMap& map);
  void give_controls(View& view);
  void wish(agents::Intervention intervention);
  void wish_rate(double factor);
  double rate_to_come() const;
  void watch_flight(const ShownWorlds& worlds, int chosen);
  void draw_exploration(Picture& picture, Box box, ChartPage& charts) const;

  // Training's thread
  bool showing();
  void hand_over();
  void look_at_exploration();
  bool held(Clock::time_point since);
  const agents::Agent* agent_ = nullptr;
  News gathered_;
  Clock::time_point policy_given_, blocks_wanted_, exploration_given_, held_since_;
  bool farewell_said_ = false, stop_wished_ = false, paced_ = false;

  // The window's thread, between frames
  std::vector<optim::BlockInspection> blocks_;
  std::optional<CellMap> cells_;
  std::optional<agents::Standings> standings_;
  double rate_ = 0, first_rate_ = 0;  // learning rate; 0: not known yet
  std::deque<double> asked_;          // factors on it that training has not answered yet
  std::size_t rule_ = 0;
  std::array<std::int64_t, 3> flight_{};  // the chosen world, its episode, and the part of it
  bool ended_ = false;

  // Both
  LiveViewOptions options_;
  agents::RunInfo info_;
  std::mutex slot_mutex_;
  News slot_;
  std::optional<ValueMap::Question> question_;  // of how new the value map's points are
  std::mutex wishes_mutex_;
  std::deque<agents::Intervention> wishes_;
  std::atomic<std::size_t> page_ = 0;  // of the charts' place
  std::atomic<bool> closed_ = false;   // by the person
  Tempo tempo_;
  WindowThread thread_;  // last: it uses the others
};

}  // namespace cairn::render
