#include "apps/command_line/foreign_names.h"

#include <algorithm>
#include <cctype>

namespace cairn::apps {

namespace {

using Kind = ForeignName::Kind;

constexpr const char *gymnasium = "Gymnasium", *sb3 = "Stable-Baselines3", *cleanrl = "CleanRL", *minigrid = "MiniGrid",
                     *both = "Stable-Baselines3, CleanRL";

/// As names are compared: `--Total-Timesteps` becomes `total_timesteps`.
std::string plain(std::string_view word) {
  word.remove_prefix(std::min(word.find_first_not_of('-'), word.size()));
  std::string text(word);
  for (char& c : text) c = c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

/// `LunarLander-v3` becomes `lunarlander`, `ALE/Pong-v5` `pong`.
std::string without_version(std::string text) {
  if (const std::size_t slash = text.rfind('/'); slash != std::string::npos) text.erase(0, slash + 1);
  const std::size_t version = text.rfind("_v");
  const bool numbered = version != std::string::npos && version + 2 < text.size() &&
                        text.find_first_not_of("0123456789", version + 2) == std::string::npos;
  return numbered ? text.substr(0, version) : text;
}

/// `word`: plain, a world's without its version.
const ForeignName* find(Kind kind, const std::string& word) {
  for (const ForeignName& name : foreign_names())
    if (name.kind == kind && std::ranges::any_of(name.theirs, [&](const std::string& theirs) {
          return (kind == Kind::world ? without_version(plain(theirs)) : plain(theirs)) == word;
        }))
      return &name;
  return nullptr;
}

/// The first of `ours` whose name is in `allowed`, up to what it is set to: `adam` of `adam:lr=…`.
const std::string* first_allowed(const ForeignName& name, std::span<const std::string> allowed) {
  for (const std::string& ours : name.ours)
    if (std::ranges::find(allowed, ours.substr(0, ours.find_first_of(":= "))) != allowed.end()) return &ours;
  return nullptr;
}

}  // namespace

std::span<const ForeignName> foreign_names() {
  static const std::vector<ForeignName> names = {
      {Kind::world, {"LunarLander-v3"}, {"lander"}, gymnasium},
      {Kind::world, {"LunarLanderContinuous-v3"}, {"lander:continuous=true"}, gymnasium},
      {Kind::world, {"BipedalWalker-v3"}, {"walker"}, gymnasium},
      {Kind::world, {"BipedalWalkerHardcore-v3"}, {"walker:hardcore=true"}, gymnasium},
      {Kind::world, {"CarRacing-v3"}, {"car_track"}, gymnasium},
      {Kind::world, {"CartPole-v1"}, {"cartpole"}, gymnasium},
      {Kind::world, {"MountainCar-v0"}, {"mountain_car"}, gymnasium},
      {Kind::world, {"MountainCarContinuous-v0"}, {"mountain_car_continuous"}, gymnasium},
      {Kind::world, {"Acrobot-v1"}, {"acrobot"}, gymnasium},
      {Kind::world, {"Pendulum-v1"}, {"pendulum"}, gymnasium},
      {Kind::world, {"PointMaze_UMaze-v3", "PointMaze"}, {"point_maze"}, gymnasium},
      {Kind::world, {"PointMaze_Medium-v3"}, {"point_maze:map=medium"}, gymnasium},
      {Kind::world, {"PointMaze_Large-v3"}, {"point_maze:map=large"}, gymnasium},
      {Kind::world, {"FetchReach-v4"}, {"arm_reach"}, gymnasium},
      {Kind::world, {"FetchReachDense-v4"}, {"arm_reach:reward=dense"}, gymnasium},
      {Kind::world, {"FetchPush-v4"}, {"push_block"}, gymnasium},
      {Kind::world, {"FetchPushDense-v4"}, {"push_block:reward=dense"}, gymnasium},
      {Kind::world, {"FetchSlide-v4"}, {"slide_puck"}, gymnasium},
      {Kind::world, {"FetchSlideDense-v4"}, {"slide_puck:reward=dense"}, gymnasium},
      {Kind::world, {"FetchPickAndPlace-v4"}, {"gantry_grasp"}, gymnasium},
      {Kind::world, {"FetchPickAndPlaceDense-v4"}, {"gantry_grasp:reward=dense"}, gymnasium},
      {Kind::world, {"cartpole-swingup", "CartPoleSwingUp"}, {"swing_up"}, "dm_control"},
      {Kind::world, {"acrobot-swingup", "acrobot-swingup_sparse"}, {"swing_up:links=2"}, "dm_control"},
      {Kind::world, {"ball_in_cup-catch", "cup-catch"}, {"ball_in_cup"}, "dm_control"},
      {Kind::world, {"JaxNav"}, {"lidar_nav"}, "JaxMARL"},
      {Kind::world, {"MiniGrid-DoorKey-8x8-v0", "DoorKey"}, {"key_rooms:rooms=2,layout=drawn"}, minigrid},
      {Kind::world, {"MiniGrid-KeyCorridorS3R3-v0", "KeyCorridor"}, {"key_rooms:rooms=4,layout=drawn"}, minigrid},
      {Kind::world, {"puffer_orbital_dock", "puffer_docking"}, {"docking"}, "PufferLib"},

      {Kind::agent, {"vpg", "pg"}, {"reinforce"}, "Spinning Up"},
      {Kind::agent, {"ddqn", "double_dqn"}, {"dqn:double=true"}, "papers"},
      {Kind::agent, {"dueling_dqn"}, {"dqn:dueling=true"}, "papers"},
      {Kind::agent, {"qrdqn", "qr_dqn"}, {"dqn:quantiles=50"}, "Stable-Baselines3 Contrib"},
      {Kind::agent, {"per"}, {"dqn:prioritized=true"}, "papers"},
      {Kind::agent, {"her"}, {"dqn:hindsight=true"}, sb3},

      {Kind::option, {"env_id", "gym_id"}, {"--env"}, cleanrl},
      {Kind::option, {"algo"}, {"--agent"}, sb3},
      {Kind::option, {"total_timesteps", "n_timesteps", "timesteps"}, {"--steps"}, both},
      {Kind::option, {"n_envs", "num_envs"}, {"--envs"}, both},
      {Kind::option, {"num_threads"}, {"--threads"}, sb3},
      {Kind::option, {"learning_rate", "lr"}, {"--optimizer adam:lr=…"}, both},
      {Kind::option, {"anneal_lr"}, {"--schedule linear"}, cleanrl},
      {Kind::option, {"optimizer_class"}, {"--optimizer"}, sb3},
      {Kind::option, {"adam_eps"}, {"--optimizer adam:eps=…"}, cleanrl},
      {Kind::option, {"max_grad_norm"}, {"--clip global_norm:max=…"}, both},
      {Kind::option, {"eval_freq"}, {"--evaluate-every"}, sb3},
      {Kind::option, {"n_eval_episodes", "eval_episodes"}, {"--evaluation-episodes", "--episodes"}, sb3},
      {Kind::option, {"save_freq"}, {"--checkpoint-every"}, sb3},
      {Kind::option, {"exp_name", "log_folder", "tensorboard_log", "save_path"}, {"--out"}, both},
      {Kind::option, {"trained_agent"}, {"--resume"}, sb3},
      {Kind::option, {"render", "render_mode"}, {"--watch"}, gymnasium},
      {Kind::option, {"net_arch", "policy_kwargs", "hidden_sizes"}, {"hidden=64/64"}, sb3},
      {Kind::option, {"activation_fn"}, {"activation"}, sb3},
      {Kind::option, {"gamma"}, {"gamma"}, both},
      {Kind::option, {"gae_lambda"}, {"lambda"}, both},
      {Kind::option, {"n_steps", "num_steps"}, {"rollout", "n_step"}, both},
      {Kind::option, {"batch_size", "minibatch_size"}, {"minibatch", "batch"}, both},
      {Kind::option, {"num_minibatches"}, {"minibatch"}, cleanrl},
      {Kind::option, {"n_epochs", "update_epochs"}, {"epochs"}, both},
      {Kind::option, {"clip_range", "clip_coef", "clip_ratio"}, {"clip"}, both},
      {Kind::option, {"clip_range_vf", "clip_vloss"}, {"value_clip"}, both},
      {Kind::option, {"ent_coef", "entropy_coef"}, {"entropy"}, both},
      {Kind::option, {"vf_coef", "value_coef"}, {"value_coefficient"}, both},
      {Kind::option, {"normalize_advantage", "norm_adv"}, {"normalise_advantages"}, both},
      {Kind::option, {"norm_obs", "normalize"}, {"normalise_observations"}, sb3},
      {Kind::option, {"norm_reward"}, {"normalise_returns"}, sb3},
      {Kind::option, {"log_std_init"}, {"log_std_initial"}, sb3},
      {Kind::option, {"buffer_size"}, {"memory"}, both},
      {Kind::option, {"learning_starts"}, {"learning_starts"}, both},
      {Kind::option, {"train_freq"}, {"train_frequency"}, sb3},
      {Kind::option, {"gradient_steps"}, {"gradient_steps"}, sb3},
      {Kind::option, {"target_update_interval", "target_network_frequency"}, {"target_interval"}, both},
      {Kind::option, {"exploration_initial_eps", "start_e"}, {"epsilon_initial"}, both},
      {Kind::option, {"exploration_final_eps", "end_e"}, {"epsilon_final"}, both},
      {Kind::option, {"exploration_fraction"}, {"exploration_fraction"}, both},
      {Kind::option, {"prioritized_replay"}, {"prioritized"}, sb3},
      {Kind::option, {"n_sampled_goal"}, {"hindsight_goals"}, sb3},

      {Kind::rule, {"learning_rate"}, {"lr"}, both},
      {Kind::rule, {"epsilon"}, {"eps"}, "TensorFlow"},
      {Kind::rule, {"betas", "beta_1"}, {"beta1=0.9,beta2=0.999"}, "PyTorch"},
      {Kind::rule, {"beta_2"}, {"beta2"}, "TensorFlow"},
      {Kind::rule, {"rho"}, {"alpha"}, "TensorFlow"},
  };
  return names;
}

std::string answer_to_foreign(std::string_view kind, std::string_view word, std::span<const std::string> allowed) {
  const std::string name = plain(word);
  const auto answer = [](const std::string& ours) { return "Here that is '" + ours + "'."; };
  if (kind == "environment" || kind == "agent") {
    const std::string known = kind == "agent" ? name : without_version(name);
    const ForeignName* const found = find(kind == "agent" ? Kind::agent : Kind::world, known);
    if (found == nullptr) return "";
    const std::string* const ours = first_allowed(*found, allowed);
    return ours == nullptr ? "" : answer(*ours);
  }
  const bool of_rule = kind.starts_with("option of optimizer"), of_agent = kind.starts_with("option of agent");
  if (of_rule) {
    const ForeignName* const found = find(Kind::rule, name);
    const std::string* const ours = found == nullptr ? nullptr : first_allowed(*found, allowed);
    return ours == nullptr ? "" : answer(*ours);
  }
  if (!of_agent && kind != "option") return "";
  const ForeignName* const found = find(Kind::option, name);
  if (found == nullptr) return "";
  if (const std::string* const ours = first_allowed(*found, allowed); ours != nullptr) return answer(*ours);
  const bool of_program = found->ours.front().starts_with("--");
  if (of_agent && of_program) return answer(found->ours.front());  // an option of the command beside --agent
  const bool takes_agent = std::ranges::find(allowed, "--agent") != allowed.end();
  if (of_agent || of_program || !takes_agent) return "";
  const std::string& key = found->ours.front();
  return "Here that is an option of the agent: '--agent NAME:" +
         (key.find('=') == std::string::npos ? key + "=…" : key) + "'.";
}

}  // namespace cairn::apps
