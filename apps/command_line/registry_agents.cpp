#include "agents/imitation/bc.h"
#include "agents/imitation/go_explore.h"
#include "agents/policy_gradient/a2c.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/policy_gradient/stream_ac.h"
#include "agents/q_learning/dqn.h"
#include "agents/q_learning/pqn.h"
#include "agents/q_learning/sac.h"
#include "agents/q_learning/stream_q.h"
#include "agents/q_learning/td3.h"
#include "apps/command_line/entries.h"

namespace cairn::apps {

namespace {

struct HeuristicDemonstrations {
  int episodes = 30;
  template <class V>
  void fields(V&& v) {
    v("episodes", episodes, "[1,1000000]", "flown by the world's own pilot");
  }
};

}  // namespace

std::vector<agents::Demonstration> named_demonstrations(const AgentInputs& inputs) {
  if (inputs.demonstrations.empty() || inputs.factory == nullptr) return {};
  if (inputs.demonstrations.substr(0, inputs.demonstrations.find(':')) != "heuristic")
    return agents::read_demonstrations(inputs.demonstrations, inputs.world, inputs.spec);
  const ComponentText source = parse_component(inputs.demonstrations, "--demos");
  HeuristicDemonstrations options;
  set_fields("demonstrations", source, options);
  return as_usage([&] { return agents::fly_demonstrations(*inputs.factory, options.episodes, inputs.seed); });
}

std::vector<AgentEntry> own_agents() {
  std::vector<AgentEntry> agents;
  agents.push_back(agent_entry<agents::Ppo, agents::PpoOptions>(
      {"ppo", "policy gradient, clipped so that one batch can be used many times", "Schulman et al. 2017"},
      "adam:lr=3e-4,eps=1e-5", "global_norm:max=0.5"));
  agents.push_back(agent_entry<agents::A2c, agents::A2cOptions>(
      {"a2c", "one policy gradient on each short rollout", "Mnih et al. 2016"}, "rmsprop:lr=7e-4,eps=1e-5",
      "global_norm:max=0.5"));
  agents.push_back(agent_entry<agents::Reinforce, agents::ReinforceOptions>(
      {"reinforce", "the score-function gradient with a learned baseline", "Williams 1992"}, "adam:lr=1e-3", "none"));
  agents.push_back(agent_entry<agents::Dqn, agents::DqnOptions>(
      {"dqn", "Q-learning with replay; double, dueling, quantiles, n-step, prioritised, hindsight, demonstrations",
       "Mnih et al. 2015"},
      "adam:lr=1e-3", "global_norm:max=10"));
  agents.push_back(agent_entry<agents::Pqn, agents::PqnOptions>(
      {"pqn", "Q(lambda) on fresh rollouts, LayerNorm in place of replay and a target network", "Gallici et al. 2025"},
      "radam:lr=2.5e-4", "global_norm:max=10"));
  agents.push_back(agent_entry<agents::StreamQ, agents::StreamQOptions>(
      {"stream_q", "Q(lambda) from each step once, in one world, without replay or batches", "Elsayed et al. 2024"},
      "obgd", "none", {}, 1));
  agents.push_back(agent_entry<agents::StreamAc, agents::StreamAcOptions>(
      {"stream_ac", "actor and critic from each step once, in one world, without batches", "Elsayed et al. 2024"},
      "obgd", "none", {}, 1));
  agents.push_back(agent_entry<agents::Bc, agents::BcOptions>(
      {"bc", "behaviour cloning: does what demonstrations did; steps are demonstrated ones", "Pomerleau 1989"},
      "adam:lr=1e-3", "none"));
  agents.back().takes_curriculum = false;
  agents.push_back(agent_entry<agents::GoExplore, agents::GoExploreOptions>(
      {"go_explore", "goes back to cells seldom seen, explores from there, and learns from what it found as dqn does",
       "Ecoffet et al. 2021"},
      "adam:lr=1e-3", "global_norm:max=10"));
  agents.back().takes_curriculum = false;
  agents.push_back(agent_entry<agents::Sac, agents::SacOptions>(
      {"sac", "actor and critics that also seek entropy, at a temperature of its own; continuous actions, replay",
       "Haarnoja et al. 2018"},
      "adam:lr=3e-4", "none"));
  agents.push_back(agent_entry<agents::Td3, agents::Td3Options>(
      {"td3", "a deterministic actor by the lesser of two critics; continuous actions, replay", "Fujimoto et al. 2018"},
      "adam:lr=3e-4", "none"));
  agents.push_back(agent_entry<agents::Td3, agents::Td3Options>(
      {"ddpg", "td3 with one critic, an actor that is never delayed and no noise on targets", "Lillicrap et al. 2016"},
      "partition:critic=(adam:lr=1e-3),actor=(adam:lr=1e-4)", "none", agents::ddpg_options()));
  return agents;
}

}  // namespace cairn::apps
