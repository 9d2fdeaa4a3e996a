#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "agents/networks/policy.h"
#include "agents/training/evaluation.h"
#include "envs/environment.h"
#include "render/drawing/picture.h"
#include "render/worlds/rare_reward.h"
#include "render/worlds/sketch.h"

namespace cairn::render {

/// One episode and what it looked like.
struct Flight {
  std::vector<Sketch> frames;                ///< before the first step and after each
  std::vector<float> rewards;                ///< one a step
  double episode_return = 0;                 ///< undiscounted, raw
  bool success = false, terminated = false;  ///< whether a step succeeded; whether the world ended it
  std::optional<std::size_t> done{};         ///< steps after which the task was done
};

/// The latest event of the first `step` steps: that the task was done, or a reward where they are rare.
struct FlightEvent {
  std::size_t step;  ///< steps after which it came
  Earned earned;     ///< what it was
};
/// None where nothing happened so far.
std::optional<FlightEvent> latest_event(const Flight& flight, std::size_t step);

/// Flies episode `number` of those that an evaluation with this seed flies, each to the same bits as there, by the
/// policy's best actions.
Flight fly(const agents::Policy& policy, const envs::EnvironmentFactory& factory, std::uint64_t seed,
           std::uint32_t number);
/// The same by a pilot that nobody trained. Throws std::invalid_argument when it is the world's own and there is none.
Flight fly(agents::Pilot pilot, const envs::EnvironmentFactory& factory, std::uint64_t seed, std::uint32_t number);
/// Flies the episode that begins so.
Flight fly(const agents::Policy& policy, const envs::EnvironmentFactory& factory, const envs::Random& start);

/// The whole episode in one picture, as under a stroboscope: what stands still is drawn once; what moves is drawn where
/// it was whenever it had got clear of every place drawn so far, the clearer the later, and at the end.
void draw_flight(Picture& picture, Box box, const Flight& flight, float corner_radius = 0);

}  // namespace cairn::render
