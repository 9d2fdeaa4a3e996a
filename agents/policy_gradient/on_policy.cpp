#include "agents/policy_gradient/on_policy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/archive/blocks.h"
#include "agents/learner/state.h"

namespace cairn::agents {

OnPolicy::OnPolicy(const envs::Spec& spec, OnPolicyOptions options, optim::Rule rule)
    : spec_(spec),
      options_(std::move(options)),
      rule_(std::move(rule)),
      networks_(spec, options_.hidden, options_.activation, options_.value_heads) {
  rule_.bind<float>(networks_.layout);  // a rule that does not suit the network is refused here
}

void OnPolicy::start_from(const Archive& checkpoint, std::string_view agent) {
  start_ = StartingWeights(checkpoint, {.agent = agent,
                                        .layout = &networks_.layout,
                                        .acting = "actor",
                                        .head = networks_.head,
                                        .shape = networks_.actor.shape(),
                                        .normalises = options_.normalise_observations});
}

void OnPolicy::begin(const Run& run, int largest_batch, std::int64_t updates) {
  pin_eigen_cache_sizes();
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, run.environments, run.seed,
                                                      envs::Stream::environment, run.starts);
  if (worlds_->spec().observation_size() != spec_.observation_size() || worlds_->spec().actions() != spec_.actions() ||
      worlds_->spec().action_size() != spec_.action_size())
    throw std::invalid_argument("The agent was made for '" + spec_.id + "', but the run's worlds are '" +
                                worlds_->spec().id + "'.");
  parameters_ = networks_.initial_parameters(run.seed, options_.log_std_initial);
  updater_ = Updater(rule_, networks_.layout, {.updates = updates}, options_.max_nonfinite);
  collector_ = Collector(networks_, spec_, run.environments);
  rollout_ =
      Rollout(spec_, run.environments, options_.rollout, options_.value_heads, options_.keep_next, options_.keep_raw);
  rewards_.setZero(rollout_.size());

  normaliser_ = Normaliser(spec_.observation_size());
  start_.apply({parameters_.data(), static_cast<std::size_t>(parameters_.size())}, normaliser_);
  return_moments_ = RunningMoments(1);
  running_returns_.assign(static_cast<std::size_t>(run.environments), 0);

  update_ = ActorCriticUpdate(networks_, spec_, options_.gradient_shards, largest_batch);
  iteration_ = 0;
  sums_ = {};
}

void OnPolicy::collect() {
  collector_.collect(networks_, parameters(), *worlds_, run_.seed, static_cast<std::uint32_t>(iteration_),
                     options_.normalise_observations ? &normaliser_ : nullptr, *run_.pool, rollout_);
  ++iteration_;
  updater_.optimizer().on(optim::Event::rollout);
  rewards_ = rollout_.rewards * options_.reward_scale;
  reward_scale_ = {.factor = options_.reward_scale};
  if (!options_.normalise_returns) return;
  // Rewards are divided by the standard deviation of the discounted return so far, and not shifted: a shift would
  // change what is optimal.
  for (Eigen::Index sample = 0; sample < rewards_.size(); ++sample) {
    const auto i = static_cast<std::size_t>(sample);
    double& running = running_returns_[i % running_returns_.size()];
    running = static_cast<double>(options_.gamma) * running + static_cast<double>(rewards_[sample]);
    return_moments_.add(std::span<const double>(&running, 1));
    if (rollout_.terminated[i] || rollout_.truncated[i]) running = 0;
  }
  constexpr float clip = 10;
  const auto scale = static_cast<float>(1 / std::sqrt(return_moments_.variance(0) + normaliser_epsilon));
  rewards_ = (rewards_ * scale).max(-clip).min(clip);
  reward_scale_ = {.factor = options_.reward_scale * scale, .clip = clip};
}

void OnPolicy::revalue() {
  update_.finish(parameters(), updater_, steps());
  update_.revalue(parameters(), worlds_->observations(),
                  options_.normalise_observations ? &normaliser_.frozen : nullptr, *run_.pool, rollout_);
}

LossSums OnPolicy::update(std::span<const int> samples, const PolicyLoss& policy_loss, const ValueLoss& value_loss) {
  const auto [sums, applied] = update_.run({parameters_.data(), static_cast<std::size_t>(parameters_.size())}, updater_,
                                           rollout_, samples, policy_loss, value_loss, steps(), *run_.pool);
  if (applied) sums_ += sums;
  return sums;
}

void OnPolicy::normalise(const Eigen::Ref<Eigen::MatrixXf>& observations) const {
  if (options_.normalise_observations) normaliser_.frozen.apply(observations, observations);
}

void OnPolicy::evaluate(Rollout& batch, Eigen::Index n) {
  update_.finish(parameters(), updater_, steps());
  update_.evaluate(parameters(), batch.observations, n, *run_.pool, batch.values);
}

Updater OnPolicy::another_updater(std::int64_t updates) const {
  return {rule_, networks_.layout, {.updates = updates}, options_.max_nonfinite};
}

void OnPolicy::update(Updater& updater, const Rollout& batch, std::span<const int> samples,
                      const PolicyLoss& policy_loss, const ValueLoss& value_loss) {
  update_.run({parameters_.data(), static_cast<std::size_t>(parameters_.size())}, updater, batch, samples, policy_loss,
              value_loss, steps(), *run_.pool);
}

void OnPolicy::finish(Telemetry& telemetry) {
  update_.finish(parameters(), updater_, steps());
  telemetry.clear();
  telemetry.iteration = iteration_;
  telemetry.steps = steps();
  telemetry.updates = updater_.optimizer().updates();
  worlds_->take_finished(telemetry.episodes);

  const double weight = std::max(sums_.weight, 1e-300);
  // 1 - Var(R - V) / Var(R): 1 foretells every return, 0 is no better than a constant.
  const auto returns = rollout_.returns.row(0).array(), values = rollout_.values.row(0).array();
  const float spread = (returns - returns.mean()).square().mean();
  const float error_mean = (returns - values).mean();
  const float error = (returns - values - error_mean).square().mean();
  telemetry.report("train/policy_loss", sums_.policy / weight);
  telemetry.report("train/value_loss", sums_.value / weight);
  telemetry.report("train/entropy", sums_.entropy / weight);
  telemetry.report("train/explained_variance", spread > 0 ? static_cast<double>(1 - error / spread) : 0);
  updater_.report(telemetry);
  if (networks_.log_std_size > 0) {
    double std = 0;
    for (const float log_std : networks_.log_std(parameters())) std += std::exp(static_cast<double>(log_std));
    telemetry.report("train/std", std / static_cast<double>(networks_.log_std_size));
  }
  sums_ = {};
  normaliser_.freeze();
}

Policy OnPolicy::critic() const {
  Policy critic;
  critic.head = Head::value;
  critic.shape = networks_.critic.shape();
  critic.shape.outputs = 1;  // of the rewards; what a bonus is worth has a head of its own
  const optim::Block& first = networks_.layout.find("critic/0/weight");
  const optim::Block& last = networks_.layout.find("critic/" + std::to_string(critic.shape.hidden.size()) + "/weight");
  const Eigen::Index before = last.offset - first.offset;
  critic.parameters.resize(before + last.cols + 1);
  critic.parameters << parameters_.segment(first.offset, before + last.cols), parameters_[last.offset + last.size()];
  if (options_.normalise_observations) critic.normaliser = normaliser_.frozen;
  return critic;
}

Policy OnPolicy::policy() const {
  Policy policy;
  policy.head = networks_.head;
  policy.shape = networks_.actor.shape();
  Eigen::VectorXf point(parameters_.size());
  updater_.optimizer().evaluation_point(parameters(), {point.data(), static_cast<std::size_t>(point.size())});
  const Eigen::Index end =
      networks_.log_std_size > 0 ? networks_.log_std_offset : networks_.layout.find("critic/0/weight").offset;
  policy.parameters = point.head(end);
  if (options_.normalise_observations) policy.normaliser = normaliser_.frozen;
  if (policy.head == Head::means) {
    policy.log_std = point.segment(networks_.log_std_offset, networks_.log_std_size);
    policy.low.resize(spec_.action_size());
    policy.high.resize(spec_.action_size());
    for (int i = 0; i < spec_.action_size(); ++i) {
      policy.low[i] = spec_.action[static_cast<std::size_t>(i)].low;
      policy.high[i] = spec_.action[static_cast<std::size_t>(i)].high;
    }
  }
  return policy;
}

void OnPolicy::save(Archive& archive) const {
  put_blocks(archive, "parameters/", networks_.layout, parameters());
  updater_.save(archive, "optimizer");
  save_worlds(archive, "worlds", *worlds_);
  archive.put_value("iteration", iteration_);
  normaliser_.moments.save(archive, "normaliser/observations");
  return_moments_.save(archive, "normaliser/returns");
  require_finite("normaliser/running_returns", running_returns_);
  archive.put("normaliser/running_returns", running_returns_);
}

void OnPolicy::load(const Archive& archive) {
  get_blocks(archive, "parameters/", networks_.layout,
             {parameters_.data(), static_cast<std::size_t>(parameters_.size())});
  updater_.load(archive, "optimizer");
  load_worlds(archive, "worlds", *worlds_);
  iteration_ = archive.get_value<std::int64_t>("iteration");
  require_count("iteration", iteration_, longest_run / rollout_.size() + 1);  // the last one may go past the end
  normaliser_.moments.load(archive, "normaliser/observations");
  normaliser_.freeze();
  return_moments_.load(archive, "normaliser/returns");
  archive.get_into<double>("normaliser/running_returns", running_returns_);
  if (!std::ranges::all_of(running_returns_, [](double value) { return std::isfinite(value); }))
    throw std::runtime_error("'normaliser/running_returns' holds a number that is not finite.");
}

MemoryNeed memory_need(const OnPolicyOptions& options, double largest_batch, const envs::Spec& spec,
                       const optim::Rule& rule, int environments, const Bonus* bonus) {
  constexpr double number = sizeof(float);
  const double features = spec.observation_size(), action = spec.action_size(), heads = options.value_heads;
  const double masks = spec.masks ? spec.actions() : 0, shards = options.gradient_shards;
  const int outputs = spec.discrete() ? spec.actions() : spec.action_size();
  const NetworkSize actor = network_size(spec.observation_size(), options.hidden, outputs);
  const NetworkSize critic = network_size(spec.observation_size(), options.hidden, options.value_heads);
  const double parameters = actor.parameters + critic.parameters, activations = actor.activations + critic.activations;

  // Of each sample: what a Rollout holds, the rewards as learning sees them, and its places in the order of samples.
  const double samples = static_cast<double>(options.rollout) * environments;
  const double kept = 1.0 + (options.keep_next ? 1 : 0) + (options.keep_raw ? 1 : 0);
  const double rollout = samples * (number * (features * kept + action + masks + 3 * heads + 5) + 2 + 2 * sizeof(int));
  // Parameters, their gradient, two copies for looking at a step, the rule's state; a gradient of both networks for
  // each shard of actor and of critic; weights packed for each shard, and for every four worlds.
  const ActorCritic small(spec, narrowed(options.hidden), options.activation, options.value_heads);
  const int packings = (environments + 3) / 4;
  const double copies = 4 + state_per_parameter(rule, small.layout) + 3 * shards + packings;
  const double networks = number * parameters * copies + number * activations * environments +
                          3 * sizeof(double) * std::max(actor.largest_layer, critic.largest_layer);
  const double batches =
      number * largest_batch * (2 * features + action + masks + activations + 3.0 * outputs + 4 * heads + 10);
  const std::string rollout_name =
      "rollout=" + std::to_string(options.rollout) + " of " + std::to_string(environments) + " worlds";
  MemoryNeed need = {
      .parts = {{rollout_name, rollout},
                {"the networks of " + text_of_hidden(options.hidden), networks},
                {"batches of " + std::to_string(static_cast<std::int64_t>(largest_batch)) + " samples", batches},
                {std::to_string(environments) + " worlds", bytes_of_worlds(spec, environments)}},
      .samples = samples};
  if (bonus != nullptr)  // with a bonus and an advantage for each sample
    need.parts.push_back({"the bonus", bonus->bytes(environments, samples) + 2 * number * samples});
  return need;
}

std::int64_t iterations_of(std::int64_t total, std::int64_t batch) {
  return (total + batch - 1) / batch;
}

float scheduled(const optim::Schedule& schedule, float coefficient, std::int64_t updates, optim::Horizon horizon) {
  return static_cast<float>(schedule(updates, static_cast<double>(coefficient), horizon));
}

void standardise(Eigen::Ref<Eigen::ArrayXf> values) {
  const float mean = values.mean();
  const float deviation = std::sqrt((values - mean).square().mean());
  values = (values - mean) / (deviation + 1e-8F);
}

}  // namespace cairn::agents
