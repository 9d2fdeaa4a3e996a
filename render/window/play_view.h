#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "agents/memory/demonstrations.h"
#include "agents/networks/policy.h"
#include "envs/environment.h"
#include "render/sheets/play.h"
#include "render/window/window.h"
#include "render/worlds/controls.h"
#include "render/worlds/rare_reward.h"
#include "render/worlds/sketch.h"

namespace cairn::render {

struct PlayOptions {
  envs::EnvironmentFactory factory;  ///< makes the world
  std::uint64_t seed = 0;            ///< of the episodes
  int first_episode = 0;  ///< number of the first one: it begins as a pilot's demonstration of that number does
  /// Takes a whole episode, or takes the last one back where it is null. Returns how many are kept now. Empty: nobody
  /// asks for them. What it throws is shown, and thrown again when the window closes.
  std::function<int(const agents::Demonstration*)> keep{};
  std::optional<agents::Policy> policy{};  ///< flies what the person has flown, where the person asks for it
  std::string flown_by{};                  ///< its name, as the window says it
};

/// A window in which a person flies a world, in the world's own time.
class PlayView {
 public:
  /// Opens the window. Only where display_trouble() has nothing to say.
  explicit PlayView(PlayOptions options);

  /// What is shown beside the world.
  const PlayStatus& status() const { return status_; }
  /// The world that is flown.
  const envs::Environment& world() const { return *world_; }
  /// Answers what happened, moves the world on, draws, and waits for the next sixtieth of a second. False once the
  /// person has closed the window.
  bool frame();

 private:
  using Clock = std::chrono::steady_clock;
  void begin(bool by_policy);
  std::vector<float> policy_action();
  void step();
  void end();
  void keep(const agents::Demonstration* flown);
  void press(int key, bool down);

  PlayOptions options_;
  std::unique_ptr<envs::Environment> world_;
  Controls controls_;
  Window window_;
  Picture picture_;
  PlayStatus status_;
  Held held_;
  int episode_, shown_ = 0;  // the person's next one, and the one that is flown
  bool open_ = true, help_ = false;
  double speed_ = 1, due_ = 0;  // due: steps
  std::vector<float> observation_, observations_, actions_, rewards_;
  std::optional<agents::Policy::Scratch> scratch_;  // of the policy, where there is one
  std::optional<int> scored_;                       // the episode that the policy's score is of
  RareReward watch_;                                // of all episodes
  std::exception_ptr failure_;
  Clock::time_point last_frame_;
  Sketch beginning_;                            // of the episode
  std::optional<Clock::time_point> earned_at_;  // of what still bursts
};

}  // namespace cairn::render
