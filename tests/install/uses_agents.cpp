// Trains PPO on the sparse lander for a moment through the installed headers and libraries alone.
#include <cstdio>

#include "agents/policy_gradient/ppo.h"
#include "envs/box2d/lander.h"
#include "optim/adam.h"

int main() {
  using namespace cairn;
  const envs::LanderOptions world{.reward = envs::Reward::sparse};
  const envs::EnvironmentFactory factory = [world] { return std::make_unique<envs::Lander>(world); };
  agents::Ppo agent(factory()->spec(), {.gamma = 0.999F}, optim::adam({.lr = 3e-4}));
  envs::ThreadPool pool(2);
  agent.begin({.factory = factory, .environments = 8, .seed = 1, .total_steps = 4096, .pool = &pool});
  agents::Telemetry telemetry;
  while (agent.steps() < 4096) agent.iterate(telemetry);
  std::printf("%lld steps, %lld updates\n", static_cast<long long>(agent.steps()),
              static_cast<long long>(telemetry.updates));
  return agent.policy().parameters.allFinite() ? 0 : 1;
}
