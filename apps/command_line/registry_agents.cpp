#include <type_traits>

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
#include "apps/command_line/registry.h"

namespace cairn::apps {

namespace {

struct HeuristicDemonstrations {
  int episodes = 30;
  template <class V>
  void fields(V&& v) {
    v("episodes", episodes, "[1,1000000]", "flown by the world's own pilot");
  }
};

/// Demonstrations as `--demos` names them: `heuristic:episodes=30`, or a file.
std::vector<agents::Demonstration> demonstrations(const AgentInputs& inputs) {
  if (inputs.demonstrations.empty() || inputs.factory == nullptr) return {};
  if (inputs.demonstrations.substr(0, inputs.demonstrations.find(':')) != "heuristic")
    return agents::read_demonstrations(inputs.demonstrations, inputs.world, inputs.spec);
  const ComponentText source = parse_component(inputs.demonstrations, "--demos");
  HeuristicDemonstrations options;
  set_fields("demonstrations", source, options);
  return as_usage([&] { return agents::fly_demonstrations(*inputs.factory, options.episodes, inputs.seed); });
}

/// Agents that learn from demonstrations take them as a fourth argument; those that take a bonus as their last.
template <class Agent, class Options>
AgentEntry learner(const char* name, const char* summary, const char* paper, const char* optimizer, const char* clip,
                   const Options& defaults = {}, int environments = 16) {
  constexpr bool takes_demonstrations =
      std::is_constructible_v<Agent, envs::Spec, Options, optim::Rule, std::vector<agents::Demonstration>>;
  using MaybeBonus = std::shared_ptr<agents::Bonus>;
  constexpr bool takes_bonus =
      std::is_constructible_v<Agent, envs::Spec, Options, optim::Rule, MaybeBonus> ||
      std::is_constructible_v<Agent, envs::Spec, Options, optim::Rule, std::vector<agents::Demonstration>, MaybeBonus>;
  AgentEntry entry{.name = name,
                   .summary = summary,
                   .paper = paper,
                   .optimizer = optimizer,
                   .clip = clip,
                   .environments = environments,
                   .takes_demonstrations = takes_demonstrations,
                   .takes_bonus = takes_bonus,
                   .fields = fields_of(defaults),
                   .make = {},
                   .memory_need = {}};
  entry.memory_need = [defaults](const ComponentText& component, const envs::Spec& spec, const optim::Rule& rule,
                                 int environments, [[maybe_unused]] const agents::Bonus* bonus) {
    Options options = defaults;
    set_fields("agent", component, options);
    return as_usage([&] {
      if constexpr (takes_bonus)
        return agents::memory_need(options, spec, rule, environments, bonus);
      else
        return agents::memory_need(options, spec, rule, environments);
    });
  };
  entry.make = [name, defaults](const ComponentText& component, AgentInputs inputs) {
    Options options = defaults;
    set_fields("agent", component, options);
    MadeAgent made;
    made.agent = as_usage([&] {
      if constexpr (takes_demonstrations) {
        const std::vector<agents::Demonstration> shown = demonstrations(inputs);
        if constexpr (requires { options.needs_demonstrations(); })
          if (inputs.factory != nullptr && shown.empty() && options.needs_demonstrations())
            throw UsageError("Agent '" + std::string(name) +
                             "' needs demonstrations, as in '--demos heuristic:episodes=30'.");
        if (!shown.empty()) made.demonstrations_digest = agents::digest_of(shown);
        if constexpr (takes_bonus)
          return std::make_unique<Agent>(inputs.spec, options, inputs.rule, shown, inputs.bonus);
        else
          return std::make_unique<Agent>(inputs.spec, options, inputs.rule, shown);
      } else if constexpr (takes_bonus) {
        return std::make_unique<Agent>(inputs.spec, options, std::move(inputs.rule), inputs.bonus);
      } else {
        return std::make_unique<Agent>(inputs.spec, options, std::move(inputs.rule));
      }
    });
    made.text = optim::describe(name, options);
    return made;
  };
  return entry;
}

}  // namespace

const std::vector<AgentEntry>& agent_entries() {
  static const std::vector<AgentEntry> all = [] {
    std::vector<AgentEntry> agents;
    agents.push_back(learner<agents::Ppo, agents::PpoOptions>(
        "ppo", "policy gradient, clipped so that one batch can be used many times", "Schulman et al. 2017",
        "adam:lr=3e-4,eps=1e-5", "global_norm:max=0.5"));
    agents.push_back(learner<agents::A2c, agents::A2cOptions>("a2c", "one policy gradient on each short rollout",
                                                              "Mnih et al. 2016", "rmsprop:lr=7e-4,eps=1e-5",
                                                              "global_norm:max=0.5"));
    agents.push_back(learner<agents::Reinforce, agents::ReinforceOptions>(
        "reinforce", "the score-function gradient with a learned baseline", "Williams 1992", "adam:lr=1e-3", "none"));
    agents.push_back(learner<agents::Dqn, agents::DqnOptions>(
        "dqn", "Q-learning with replay; double, dueling, quantiles, n-step, prioritised, hindsight, demonstrations",
        "Mnih et al. 2015", "adam:lr=1e-3", "global_norm:max=10"));
    agents.push_back(learner<agents::Pqn, agents::PqnOptions>(
        "pqn", "Q(lambda) on fresh rollouts, LayerNorm in place of replay and a target network", "Gallici et al. 2025",
        "radam:lr=2.5e-4", "global_norm:max=10"));
    agents.push_back(learner<agents::StreamQ, agents::StreamQOptions>(
        "stream_q", "Q(lambda) from each step once, in one world, without replay or batches", "Elsayed et al. 2024",
        "obgd", "none", {}, 1));
    agents.push_back(learner<agents::StreamAc, agents::StreamAcOptions>(
        "stream_ac", "actor and critic from each step once, in one world, without batches", "Elsayed et al. 2024",
        "obgd", "none", {}, 1));
    agents.push_back(learner<agents::Bc, agents::BcOptions>(
        "bc", "behaviour cloning: does what demonstrations did; steps are demonstrated ones", "Pomerleau 1989",
        "adam:lr=1e-3", "none"));
    agents.back().takes_curriculum = false;
    agents.push_back(learner<agents::GoExplore, agents::GoExploreOptions>(
        "go_explore", "goes back to cells seldom seen, explores from there, and learns from what it found as dqn does",
        "Ecoffet et al. 2021", "adam:lr=1e-3", "global_norm:max=10"));
    agents.back().takes_curriculum = false;
    agents.push_back(learner<agents::Sac, agents::SacOptions>(
        "sac", "actor and critics that also seek entropy, at a temperature of its own; continuous actions, replay",
        "Haarnoja et al. 2018", "adam:lr=3e-4", "none"));
    agents.push_back(learner<agents::Td3, agents::Td3Options>(
        "td3", "a deterministic actor by the lesser of two critics; continuous actions, replay", "Fujimoto et al. 2018",
        "adam:lr=3e-4", "none"));
    agents.push_back(learner<agents::Td3, agents::Td3Options>(
        "ddpg", "td3 with one critic, an actor that is never delayed and no noise on targets", "Lillicrap et al. 2016",
        "partition:critic=(adam:lr=1e-3),actor=(adam:lr=1e-4)", "none", agents::ddpg_options()));
    return agents;
  }();
  return all;
}

const AgentEntry& find_agent(const std::string& name) {
  std::vector<std::string> names;
  for (const AgentEntry& entry : agent_entries()) {
    if (entry.name == name) return entry;
    names.push_back(entry.name);
  }
  throw unknown("agent", name, names);
}

}  // namespace cairn::apps
