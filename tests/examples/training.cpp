#include <iostream>

#include "agents/export/export.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/training/signals.h"
#include "apps/command_line/saved_policy.h"
#include "apps/train_run.h"
#include "envs/classic/cart_pole.h"
#include "envs/wrappers.h"
#include "optim/adam.h"

using namespace cairn;

int main() {
  agents::watch_signals();
  const envs::Recipe world =
      envs::action_noise({.chance = 0.05F, .of = envs::recipe<envs::CartPole>(envs::CartPoleOptions{})});
  const agents::PpoOptions options{.epochs = 8, .gamma = 0.98F, .lambda = 0.9F};
  const optim::Rule rule = optim::adam({.lr = 2e-3}).with_schedule(optim::linear());
  const agents::TrainResult result = apps::train_run<agents::Ppo>(
      world, options, rule, {.steps = 60'000, .seed = 1, .checkpoint_every = 10'000, .resume = true}, "run");

  if (result.ending == agents::Ending::interrupted) return 128 + result.signal;  // called again, it goes on from there
  std::cout << "balances for " << result.evaluation.mean_return << " of 500 steps\n";
  const apps::SavedPolicy saved = apps::read_policy("run/checkpoints/best.safetensors");
  agents::export_policy(saved.policy, world.factory()->spec(), agents::ExportFormat::cpp, "policy.h", saved.origin);
  return result.best_return >= 300 ? 0 : 1;
}
