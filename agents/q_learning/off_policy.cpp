#include "agents/q_learning/off_policy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

#include "agents/learner/state.h"
#include "agents/networks/action_box.h"

namespace cairn::agents {

namespace {

constexpr std::int64_t off_policy_iteration_steps = 512;  // least environment steps of an iteration
constexpr int shard_columns = 4;                          // worlds that one task steps

const envs::Spec& checked(std::string_view agent, const envs::Spec& spec) {
  const std::string name(agent);
  if (spec.discrete())
    throw std::invalid_argument("'" + name + "' needs continuous actions, and '" + spec.id +
                                "' has discrete ones; dqn, pqn, ppo and a2c take those.");
  for (const envs::Component& component : spec.action)
    if (!std::isfinite(component.low) || !std::isfinite(component.high) || !(component.low < component.high))
      throw std::invalid_argument("'" + name + "' needs actions with bounds, and '" + component.name + "' of '" +
                                  spec.id + "' has none.");
  return spec;
}

}  // namespace

OffPolicy::OffPolicy(std::string_view agent, const envs::Spec& spec, const OffPolicyOptions& options,
                     const std::vector<Demonstration>& demonstrations, std::shared_ptr<Bonus> bonus)
    : spec_(checked(agent, spec)),
      options_(options),
      sampler_(spec, options.replay, demonstrations, std::move(bonus)) {}

void OffPolicy::begin(const Run& run) {
  pin_eigen_cache_sizes();
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, run.environments, run.seed,
                                                      envs::Stream::environment, run.starts);
  const envs::Spec& spec = worlds_->spec();
  if (spec.observation_size() != spec_.observation_size() || spec.discrete() ||
      spec.action_size() != spec_.action_size())
    throw std::invalid_argument("The agent was made for '" + spec_.id + "', but the run's worlds are '" + spec.id +
                                "'.");
  sampler_.begin(run.factory, run.environments);
  sampler_.begin_bonus({.factory = run.factory,
                        .environments = run.environments,
                        .visits = run.environments,
                        .calls = (run.total_steps + run.environments - 1) / run.environments,
                        .seed = run.seed,
                        .pool = run.pool});
  batch_ = sampler_.batch();
  normaliser_ = Normaliser(spec_.observation_size());
  round_ = updates_tried_ = 0;
  squashed_.setZero(spec_.action_size(), run.environments);
  actions_ = squashed_;
  inputs_.setZero(spec_.observation_size(), run.environments);
}

std::int64_t OffPolicy::updates() const {
  const std::int64_t learning = std::max<std::int64_t>(run_.total_steps - options_.learning_starts, 0);
  return learning / (std::int64_t{options_.train_frequency} * run_.environments) * options_.gradient_steps;
}

void OffPolicy::iterate(const Act& act, const std::function<void(std::span<const envs::Step>)>& after,
                        const std::function<void()>& learn) {
  const std::int64_t until = steps() + off_policy_iteration_steps;
  while (steps() < until) {
    for (int step = 0; step < options_.train_frequency; ++step) {
      play(step, act);
      after(worlds_->steps());
    }
    ++round_;
    if (steps() < options_.learning_starts) continue;
    for (int i = 0; i < options_.gradient_steps; ++i) learn();
  }
}

void OffPolicy::play(int step, const Act& act) {
  const auto number = static_cast<std::uint32_t>(round_ * options_.train_frequency + step);
  before_ = worlds_->observations();
  if (steps() < options_.learning_starts) {
    for (Eigen::Index e = 0; e < squashed_.cols(); ++e) {
      envs::Random random(run_.seed, envs::Stream::exploration, static_cast<std::uint32_t>(e), number);
      for (float& action : squashed_.col(e)) action = random.uniform(-1, 1);
    }
  } else {
    whiten(before_, inputs_);
    act(inputs_, number, squashed_);
  }
  for (Eigen::Index e = 0; e < actions_.cols(); ++e)
    for (Eigen::Index k = 0; k < actions_.rows(); ++k) {
      const envs::Component& box = spec_.action[static_cast<std::size_t>(k)];
      actions_(k, e) = to_box(squashed_(k, e), box.low, box.high);
    }
  const int worlds = worlds_->size();
  run_.pool->run((worlds + shard_columns - 1) / shard_columns, [&](int shard) {
    const int first = shard * shard_columns;
    worlds_->step(first, actions_.middleCols(first, std::min(shard_columns, worlds - first)));
  });
  sampler_.add(before_, actions_, *worlds_);
  if (options_.normalise_observations)
    for (const auto observation : before_.colwise()) normaliser_.moments.add(observation);
}

void OffPolicy::whiten(const Eigen::MatrixXf& raw, Eigen::Ref<Eigen::MatrixXf> out) const {
  if (options_.normalise_observations)
    normaliser_.frozen.apply(raw, out);
  else
    out = raw;
}

envs::Random OffPolicy::draw(Transitions<float>& transitions) {
  const auto high = static_cast<std::uint32_t>(updates_tried_ >> 32), low = static_cast<std::uint32_t>(updates_tried_);
  ++updates_tried_;
  envs::Random random(run_.seed, envs::Stream::replay, high, low);
  const double progress =
      static_cast<double>(steps()) / static_cast<double>(std::max<std::int64_t>(run_.total_steps, 1));
  sampler_.draw(random, std::min(1.0, progress), batch_);
  const Eigen::Index features = spec_.observation_size();
  whiten(batch_.observations, transitions.here.topRows(features));
  whiten(batch_.next_observations, transitions.ahead.topRows(features));
  for (Eigen::Index i = 0; i < batch_.actions.cols(); ++i)
    for (Eigen::Index k = 0; k < batch_.actions.rows(); ++k) {
      const envs::Component& box = spec_.action[static_cast<std::size_t>(k)];
      transitions.here(features + k, i) = from_box(batch_.actions(k, i), box.low, box.high);
    }
  transitions.rewards = batch_.rewards;
  transitions.discounts = batch_.discounts;
  transitions.weights = batch_.weights;
  return {run_.seed, envs::Stream::policy, high, low};
}

void OffPolicy::finish(Telemetry& telemetry) {
  telemetry.steps = steps();
  worlds_->take_finished(telemetry.episodes);
  telemetry.report("train/memory", static_cast<double>(sampler_.size()));
  if (const std::optional<double> bonus = sampler_.take_mean_bonus()) telemetry.report("train/bonus", *bonus);
  if (options_.normalise_observations) normaliser_.freeze();
}

Policy OffPolicy::policy() const {
  Policy policy;
  const Eigen::Index k = spec_.action_size();
  policy.low.resize(k);
  policy.high.resize(k);
  for (Eigen::Index i = 0; i < k; ++i) {
    policy.low[i] = spec_.action[static_cast<std::size_t>(i)].low;
    policy.high[i] = spec_.action[static_cast<std::size_t>(i)].high;
  }
  if (options_.normalise_observations) policy.normaliser = normaliser_.frozen;
  return policy;
}

void OffPolicy::save(Archive& archive) const {
  save_worlds(archive, "worlds", *worlds_);
  archive.put("progress", std::vector<std::int64_t>{round_, updates_tried_});
  normaliser_.moments.save(archive, "normaliser/observations");
  sampler_.save(archive, "memory");
}

void OffPolicy::load(const Archive& archive) {
  load_worlds(archive, "worlds", *worlds_);
  std::array<std::int64_t, 2> progress{};
  archive.get_into<std::int64_t>("progress", progress);
  const std::int64_t steps_a_round = std::int64_t{options_.train_frequency} * run_.environments;
  require_count("progress", progress[0], longest_run / steps_a_round + 1);  // the last round may go past the end
  require_count("progress", progress[1], std::numeric_limits<std::int64_t>::max() / 2);
  round_ = progress[0];
  updates_tried_ = progress[1];
  normaliser_.moments.load(archive, "normaliser/observations");
  normaliser_.freeze();
  sampler_.load(archive, "memory");
}

Policy state_value(const Critics<float>& critics, const Eigen::VectorXf& parameters, Policy actor) {
  Policy critic;
  critic.head = Head::value;
  critic.shape = critics.shape();
  const auto [first, size] = critics.place(0);
  critic.parameters = parameters.segment(static_cast<Eigen::Index>(first), static_cast<Eigen::Index>(size));
  critic.normaliser = actor.normaliser;
  critic.actor = std::make_shared<const Policy>(std::move(actor));
  return critic;
}

MemoryNeed memory_need(const OffPolicyOptions& options, const OffPolicyNetworks& networks, const envs::Spec& spec,
                       const optim::Rule& rule, int environments, const Bonus* bonus) {
  constexpr double number = sizeof(float);
  const SamplerBytes replay = bytes_of_sampler(options.replay, spec, environments, bonus);
  const int features = spec.observation_size(), components = spec.action_size();
  const double inputs = features + components, count = networks.critics;
  const NetworkSize actor = network_size(features, networks.hidden, networks.actor_outputs);
  const NetworkSize critic = network_size(features + components, networks.hidden, 1, networks.critic_norm);
  const double critics = count * critic.parameters, parameters = critics + actor.parameters;
  const double targets = critics + (networks.actor_has_target ? actor.parameters : 0);
  // Parameters, their gradient and two copies for looking at a step, the rule's state; the targets; packed weights: of
  // both kinds of critics, of actors that learn, act and are targets.
  const double copies = 4 + state_per_parameter(rule, networks.narrow);
  const double numbers = parameters * copies + targets + critics + 2 * actor.parameters + targets;
  // Of a sample: both kinds of critics, the actor once or twice, three inputs and derivatives by them, actions.
  const double sample = 2 * count * (critic.activations + inputs + 2) +
                        (networks.actor_has_target ? 2 : 1) * actor.activations + 3 * inputs + 20.0 * components + 8;
  MemoryNeed need{.parts = {{"memory=" + std::to_string(options.replay.memory), replay.memory},
                            {"a checkpoint's copy of memory=" + std::to_string(options.replay.memory),
                             options.replay.save_memory ? replay.memory : 0},
                            {"the networks of " + text_of_hidden(networks.hidden), number * numbers},
                            {"batch=" + std::to_string(options.replay.batch),
                             replay.batch + number * sample * options.replay.batch},
                            {std::to_string(environments) + " worlds",
                             bytes_of_worlds(spec, environments) + environments * number * actor.activations}}};
  if (bonus != nullptr) need.parts.push_back({"the bonus", bonus->bytes(environments, environments)});
  return need;
}

}  // namespace cairn::agents
