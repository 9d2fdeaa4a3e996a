#include "apps/command_line/presets.h"

#include <algorithm>

#include "apps/command_line/errors.h"

namespace cairn::apps {

const std::vector<Preset>& presets() {
  static const std::vector<Preset> all = {
      {.name = "ppo-lander-continuous",
       .environment = "lander:continuous=true",
       .agent = "ppo:rollout=512,minibatch=256,epochs=8,gamma=0.999,lambda=0.98,reward_scale=0.05,"
                "normalise_advantages=batch",
       .optimizer = "adam:lr=1e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .about = "lands with two throttles"},
      {.name = "ppo-lander",
       .environment = "lander",
       .agent = "ppo:rollout=128,minibatch=128,epochs=8,gamma=0.995,lambda=0.95,entropy=0.003,reward_scale=0.05,"
                "normalise_advantages=batch",
       .optimizer = "adam:lr=1.87e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .about = "lands within seconds"},
      {.name = "dqn-lander-sparse",
       .environment = "lander:reward=sparse",
       .agent = "dqn:memory=500000,n_step=10,prioritized=true,normalise_observations=true,gradient_steps=4,"
                "target_interval=8,tau=0.01,epsilon_initial=0.1,epsilon_final=0.02,exploration_fraction=0.02,"
                "demonstration_fraction=0.25,demonstration_margin=0",
       .optimizer = "adam:lr=1e-3",
       .schedule = "linear",
       .clip = "global_norm:max=10",
       .demonstrations = "heuristic:episodes=30",
       .environments = 8,
       .steps = 500'000,
       .about = "starts from 30 flights of the hand-written pilot and lands nearly twice as often as it"},
      {.name = "bc-lander-sparse",
       .environment = "lander:reward=sparse",
       .agent = "bc",
       .optimizer = "adamw:lr=1e-3",
       .schedule = "linear",
       .clip = "none",
       .demonstrations = "heuristic:episodes=30",
       .steps = 500'000,
       .about = "clones 30 flights of the hand-written pilot"},
      {.name = "dqn-lander",
       .environment = "lander",
       .agent = "dqn:reward_scale=0.05,n_step=3,gradient_steps=4,exploration_fraction=0.15",
       .optimizer = "adam:lr=1e-3",
       .schedule = "linear",
       .clip = "global_norm:max=10",
       .environments = 8,
       .steps = 300'000,
       .about = "lands, by values of its four actions"},
      {.name = "ppo-cartpole",
       .environment = "cartpole",
       .agent = "ppo:rollout=128,minibatch=256,epochs=8,gamma=0.98,lambda=0.9,normalise_advantages=batch",
       .optimizer = "adam:lr=2e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .steps = 100'000,
       .about = "balances for all 500 steps"},
      {.name = "dqn-cartpole",
       .environment = "cartpole",
       .agent = "dqn:reward_scale=0.1,n_step=3,gradient_steps=8,target_interval=8,tau=0.02,exploration_fraction=0.2",
       .optimizer = "adam:lr=1e-3",
       .schedule = "linear",
       .clip = "global_norm:max=10",
       .environments = 8,
       .steps = 100'000,
       .about = "balances for all 500 steps"},
      {.name = "dqn-mountain_car",
       .environment = "mountain_car",
       .agent = "dqn:reward_scale=0.1,n_step=3,gradient_steps=4,batch=128,target_interval=600,epsilon_final=0.05,"
                "exploration_fraction=0.3,exploration_hold=100,normalise_observations=true",
       .optimizer = "adam:lr=1e-3",
       .schedule = "linear",
       .clip = "global_norm:max=10",
       .environments = 8,
       .steps = 150'000,
       .about = "holds random actions long enough to find the way out"},
      {.name = "ppo-acrobot",
       .environment = "acrobot",
       .agent = "ppo:rollout=128,minibatch=256,epochs=8,gamma=0.995,lambda=0.95,normalise_observations=true,"
                "normalise_returns=true",
       .optimizer = "adam:lr=2e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .steps = 300'000,
       .about = "swings its tip above the bar"},
      {.name = "dqn-acrobot",
       .environment = "acrobot",
       .agent = "dqn:reward_scale=0.1,n_step=3,gradient_steps=4,target_interval=8,tau=0.02,exploration_fraction=0.2",
       .optimizer = "adam:lr=1e-3",
       .schedule = "linear",
       .clip = "global_norm:max=10",
       .environments = 8,
       .steps = 100'000,
       .about = "swings its tip above the bar"},
      {.name = "ppo-pendulum",
       .environment = "pendulum",
       .agent = "ppo:rollout=128,minibatch=256,epochs=10,gamma=0.9,lambda=0.95,reward_scale=0.1",
       .optimizer = "adam:lr=1e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .steps = 300'000,
       .about = "swings up and stays upright"},
      {.name = "ppo-mountain_car_continuous",
       .environment = "mountain_car_continuous",
       .agent = "ppo:rollout=256,minibatch=256,epochs=8,gamma=0.999,lambda=0.95,entropy=0.001,log_std_initial=0.5,"
                "normalise_observations=true,normalise_returns=true",
       .optimizer = "adam:lr=1e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .steps = 300'000,
       .about = "leaves the valley with little effort"},
      {.name = "dqn-point_maze-medium",
       .environment = "point_maze:map=medium",
       .agent = "dqn:hindsight=true,hidden=128/128,memory=500000,n_step=5,normalise_observations=true,gradient_steps=4,"
                "batch=128,target_interval=16,tau=0.02,epsilon_final=0.1,exploration_hold=25",
       .optimizer = "adam:lr=1e-3",
       .schedule = "linear",
       .clip = "global_norm:max=10",
       .steps = 500'000,
       .about = "learns the way from wherever it happened to get to"},
      {.name = "dqn-point_maze",
       .environment = "point_maze",
       .agent = "dqn:hindsight=true,memory=500000,n_step=5,normalise_observations=true,gradient_steps=4,"
                "target_interval=16,tau=0.02,epsilon_final=0.1,exploration_hold=25",
       .optimizer = "adam:lr=1e-3",
       .schedule = "linear",
       .clip = "global_norm:max=10",
       .steps = 100'000,
       .about = "finds its way through the small maze within seconds"},
      {.name = "ppo-swing_up",
       .environment = "swing_up",
       .agent = "ppo:rollout=128,minibatch=256,epochs=8,gamma=0.99,lambda=0.95,entropy=0.003",
       .optimizer = "adam:lr=1e-3,eps=1e-5",
       .schedule = "linear",
       .clip = "global_norm:max=0.5",
       .about = "swings up at once and stays there"},
      {.name = "dqn-swing_up",
       .environment = "swing_up",
       .agent = "dqn:memory=300000,n_step=3,gradient_steps=4,target_interval=16,tau=0.02,exploration_fraction=0.2,"
                "exploration_hold=25",
       .optimizer = "adam:lr=1e-3",
       .schedule = "linear",
       .clip = "global_norm:max=10",
       .steps = 300'000,
       .about = "swings up at once and stays there"},
  };
  return all;
}

const Preset* preset_for(const ComponentText& environment, const std::string& agent) {
  for (const Preset& preset : presets()) {
    const ComponentText suits = parse_component(preset.environment, "preset '" + preset.name + "'");
    const bool agrees = suits.name == environment.name &&
                        std::ranges::all_of(suits.settings, [&](const ComponentText::Setting& setting) {
                          const std::string* value = environment.find(setting.key);
                          return value != nullptr && *value == setting.value;
                        });
    if (agrees && parse_component(preset.agent, "preset '" + preset.name + "'").name == agent) return &preset;
  }
  return nullptr;
}

const Preset& find_preset(const std::string& name) {
  std::vector<std::string> names;
  for (const Preset& preset : presets()) {
    if (preset.name == name) return preset;
    names.push_back(preset.name);
  }
  names.emplace_back("none");
  throw unknown("preset", name, names);
}

}  // namespace cairn::apps
