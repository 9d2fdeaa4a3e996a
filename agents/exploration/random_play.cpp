#include "agents/exploration/random_play.h"

#include <cmath>

#include "agents/archive/archive.h"
#include "agents/memory/bonus.h"
#include "agents/networks/distributions.h"
#include "envs/vector_environment.h"

namespace cairn::agents {

namespace {

float drawn(const envs::Component& component, envs::Random& random) {
  const bool bounded = std::isfinite(component.low) && std::isfinite(component.high);
  return bounded ? random.uniform(component.low, component.high) : random.uniform(-1, 1);
}

}  // namespace

RunningMoments moments_of_random_play(const envs::EnvironmentFactory& factory, std::uint64_t seed, int steps) {
  envs::VectorEnvironment worlds(factory, 1, seed, envs::Stream::bonus);
  envs::Random random(seed, envs::Stream::bonus, 1);
  const envs::Spec& spec = worlds.spec();
  RunningMoments moments(spec.observation_size());
  Eigen::MatrixXf action(spec.action_size(), 1);
  std::vector<envs::Episode> finished;
  for (int step = 0; step < steps; ++step) {
    moments.add(worlds.observations().col(0));
    if (spec.discrete()) {
      action(0, 0) = static_cast<float>(uniform_legal(spec.actions(), view(worlds.masks()), random));
    } else {
      for (Eigen::Index i = 0; i < action.rows(); ++i)
        action(i, 0) = drawn(spec.action[static_cast<std::size_t>(i)], random);
    }
    worlds.step(0, action);
    worlds.take_finished(finished);
    finished.clear();
  }
  return moments;
}

}  // namespace cairn::agents
