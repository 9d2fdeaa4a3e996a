#include "agents/policy_gradient/on_policy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <type_traits>

#include "agents/archive/archive.h"
#include "agents/archive/blocks.h"
#include "agents/learner/state.h"

namespace cairn::agents {

namespace {

void require(bool holds, const char* option, const char* allowed) {
  if (!holds) throw std::invalid_argument(std::string("Option '") + option + "' must be " + allowed + ".");
}

OnPolicyOptions checked(OnPolicyOptions options) {
  for (const int width : options.hidden) require(width >= 1, "hidden", "a list of widths of at least 1");
  require(options.rollout >= 1, "rollout", "at least 1");
  require(options.gamma >= 0 && options.gamma <= 1, "gamma", "in [0,1]");
  require(std::isfinite(options.reward_scale), "reward_scale", "finite");
  require(std::isfinite(options.log_std_initial), "log_std_initial", "finite");
  require(options.gradient_shards >= 1, "gradient_shards", "at least 1");
  require(options.max_nonfinite >= 1, "max_nonfinite", "at least 1");
  return options;
}

/// What a network has of a vector of all parameters.
template <class Vector, class Stretch>
auto segment(Vector& values, const Stretch& stretch) {
  using Segment = std::conditional_t<std::is_const_v<Vector>, const Eigen::VectorXf, Eigen::VectorXf>;
  return Eigen::Map<Segment>(values.data() + stretch.offset, stretch.size);
}

}  // namespace

OnPolicy::OnPolicy(const envs::Spec& spec, OnPolicyOptions options, optim::Rule rule)
    : spec_(spec),
      options_(checked(std::move(options))),
      rule_(std::move(rule)),
      networks_(spec, options_.hidden, options_.activation, options_.value_heads) {
  rule_.bind<float>(networks_.layout);  // a rule that does not suit the network is refused here
}

void OnPolicy::begin(const Run& run, int largest_batch, std::int64_t updates) {
  pin_eigen_cache_sizes();
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, run.environments, run.seed);
  if (worlds_->spec().observation_size() != spec_.observation_size() || worlds_->spec().actions() != spec_.actions() ||
      worlds_->spec().action_size() != spec_.action_size())
    throw std::invalid_argument("The agent was made for '" + spec_.id + "', but the run's worlds are '" +
                                worlds_->spec().id + "'.");
  parameters_ = networks_.initial_parameters(run.seed, options_.log_std_initial);
  gradient_.setZero(parameters_.size());
  updater_ = Updater(rule_, networks_.layout, {.updates = updates}, options_.max_nonfinite);
  collector_ = Collector(networks_, spec_, run.environments);
  rollout_ = Rollout(spec_, run.environments, options_.rollout, options_.value_heads, options_.keep_next);
  rewards_.setZero(rollout_.size());

  normaliser_ = Normaliser(spec_.observation_size());
  return_moments_ = RunningMoments(1);
  running_returns_.assign(static_cast<std::size_t>(run.environments), 0);

  const Eigen::Index critic = networks_.layout.find("critic/0/weight").offset;
  actor_.offset = 0;
  actor_.size = critic_.offset = critic;
  critic_.size = parameters_.size() - critic;
  critic_.number = 1;
  updater_.share_work({critic}, [pool = run.pool](int count, const std::function<void(int)>& task) {
    pool->run_in_place(count, task);
  });

  const auto shards = static_cast<std::size_t>(options_.gradient_shards);
  const int columns = (largest_batch + options_.gradient_shards - 1) / options_.gradient_shards;
  const int outputs = networks_.actor.shape().outputs;
  actor_shards_.assign(shards, {});
  for (ActorShard& shard : actor_shards_) {
    shard.observations.setZero(spec_.observation_size(), columns);
    shard.actions.setZero(spec_.action_size(), columns);
    if (spec_.masks) shard.masks.setZero(spec_.actions(), columns);
    for (Eigen::ArrayXf* array :
         {&shard.old_log_probability, &shard.advantage, &shard.weight, &shard.d_log_probability, &shard.d_entropy})
      array->setZero(columns);
    shard.distribution = ActionDistribution<float>(networks_.head, outputs, columns);
    shard.actor = networks_.actor.scratch(columns);
    shard.d_outputs.setZero(outputs, columns);
    shard.gradient.setZero(parameters_.size());
  }
  critic_shards_.assign(shards, {});
  for (CriticShard& shard : critic_shards_) {
    shard.observations.setZero(spec_.observation_size(), columns);
    for (Eigen::MatrixXf* values : {&shard.old_values, &shard.returns, &shard.values, &shard.d_values})
      values->setZero(options_.value_heads, columns);
    shard.weight.setZero(columns);
    shard.critic = networks_.critic.scratch(columns);
    // Its stretch at a line's border, so that the longer of the two tasks reads and writes whole lines.
    shard.gradient = optim::LargeVector<float>(static_cast<std::size_t>(parameters_.size()), 0,
                                               optim::SideBySide<float>(static_cast<std::size_t>(critic)));
  }
  iteration_ = 0;
  sums_ = {};
  step_begun_ = false;
}

void OnPolicy::collect() {
  collector_.collect(networks_, parameters(), *worlds_, run_.seed, static_cast<std::uint32_t>(iteration_),
                     options_.normalise_observations ? &normaliser_ : nullptr, *run_.pool, rollout_);
  ++iteration_;
  updater_.optimizer().on(optim::Event::rollout);
  rewards_ = rollout_.rewards * options_.reward_scale;
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
}

void OnPolicy::revalue() {
  finish_step();
  const auto shards = static_cast<Eigen::Index>(critic_shards_.size());
  run_.pool->run(static_cast<int>(shards), [&](int i) {
    CriticShard& shard = critic_shards_[static_cast<std::size_t>(i)];
    networks_.critic.pack(parameters(), shard.critic);
    const Eigen::Index widest = shard.observations.cols(), n = rollout_.size();
    const Eigen::Index end = n * (i + 1) / shards;
    for (Eigen::Index first = n * i / shards; first < end; first += widest) {
      const Eigen::Index count = std::min(widest, end - first);
      rollout_.values.middleCols(first, count) =
          networks_.critic.forward_packed(parameters(), rollout_.observations.middleCols(first, count), shard.critic);
    }
    const auto value = [&](const auto& raw) {
      auto seen = shard.observations.leftCols(1);
      if (options_.normalise_observations)
        normaliser_.frozen.apply(raw, seen);
      else
        seen = raw;
      return networks_.critic.forward_packed(parameters(), seen, shard.critic);
    };
    for (Eigen::Index sample = n * i / shards; sample < end; ++sample)
      if (rollout_.truncated[static_cast<std::size_t>(sample)])
        rollout_.final_values.col(sample) = value(rollout_.next_observations.col(sample));
    if (i == 0)
      for (int e = 0; e < rollout_.environments; ++e)
        rollout_.last_values.col(e) = value(worlds_->observations().col(e));
  });
}

void OnPolicy::forward(ActorShard& shard, std::span<const int> samples) const {
  const auto n = shard.size = static_cast<Eigen::Index>(samples.size());
  for (Eigen::Index i = 0; i < n; ++i) {
    const int sample = samples[static_cast<std::size_t>(i)];
    shard.observations.col(i) = rollout_.observations.col(sample);
    shard.actions.col(i) = rollout_.actions.col(sample);
    if (shard.masks.size() != 0) shard.masks.col(i) = rollout_.masks.col(sample);
    shard.old_log_probability[i] = rollout_.log_probability[sample];
    shard.advantage[i] = rollout_.advantage[sample];
    shard.weight[i] = rollout_.weight[sample];
  }
  const auto outputs = networks_.actor.forward(parameters(), shard.observations.leftCols(n), shard.actor);
  const Eigen::Index masked = shard.masks.size() == 0 ? 0 : n;
  shard.distribution.forward(outputs, shard.actions.leftCols(n), shard.masks.leftCols(masked),
                             networks_.log_std(parameters()));
  shard.sums = {};
  shard.sums.weight = static_cast<double>(shard.weight.head(n).sum());
  shard.sums.entropy = static_cast<double>((shard.weight.head(n) * shard.distribution.entropy().head(n)).sum());
}

void OnPolicy::forward(CriticShard& shard, std::span<const int> samples) const {
  const auto n = shard.size = static_cast<Eigen::Index>(samples.size());
  for (Eigen::Index i = 0; i < n; ++i) {
    const int sample = samples[static_cast<std::size_t>(i)];
    shard.observations.col(i) = rollout_.observations.col(sample);
    shard.old_values.col(i) = rollout_.values.col(sample);
    shard.returns.col(i) = rollout_.returns.col(sample);
    shard.weight[i] = rollout_.weight[sample];
  }
  shard.values.leftCols(n) = networks_.critic.forward(parameters(), shard.observations.leftCols(n), shard.critic);
  shard.sums = {};
}

void OnPolicy::backward(ActorShard& shard) const {
  const Eigen::Index n = shard.size;
  const std::span<float> gradient(shard.gradient.data(), static_cast<std::size_t>(shard.gradient.size()));
  segment(shard.gradient, actor_).setZero();
  auto d_outputs = shard.d_outputs.leftCols(n);
  shard.distribution.backward(shard.d_log_probability.head(n), shard.d_entropy.head(n), d_outputs,
                              networks_.log_std_size == 0
                                  ? std::span<float>()
                                  : gradient.subspan(static_cast<std::size_t>(networks_.log_std_offset),
                                                     static_cast<std::size_t>(networks_.log_std_size)));
  networks_.actor.backward(parameters(), shard.observations.leftCols(n), d_outputs, shard.actor, gradient);
}

void OnPolicy::backward(CriticShard& shard) const {
  const Eigen::Index n = shard.size;
  segment(shard.gradient, critic_).setZero();
  networks_.critic.backward(parameters(), shard.observations.leftCols(n), shard.d_values.leftCols(n), shard.critic,
                            shard.gradient);
}

// Sums a network's gradient over the shards, in their order, and measures it.
template <class Shard>
void OnPolicy::reduce(const std::vector<Shard>& shards, const Stretch& stretch) {
  auto sum = segment(gradient_, stretch);
  sum = segment(shards[0].gradient, stretch);
  for (std::size_t i = 1; i < shards.size(); ++i) sum += segment(shards[i].gradient, stretch);
  updater_.measure(stretch.number, {gradient_.data(), static_cast<std::size_t>(gradient_.size())});
}

template void OnPolicy::reduce(const std::vector<ActorShard>&, const Stretch&);
template void OnPolicy::reduce(const std::vector<CriticShard>&, const Stretch&);

LossSums OnPolicy::follow_score(std::span<const int> samples, float entropy, float value_coefficient) {
  return update(
      samples,
      [entropy](ActorShard& shard, float scale) {
        const Eigen::Index n = shard.size;
        const auto weight = shard.weight.head(n);
        score_function<float>(shard.distribution.log_probability().head(n), shard.advantage.head(n), weight, scale,
                              shard.d_log_probability.head(n), shard.sums);
        shard.d_entropy.head(n) = -entropy * scale * weight;
      },
      [value_coefficient](CriticShard& shard, float scale) {
        const Eigen::Index n = shard.size;
        value_loss<float>(shard.values.leftCols(n), shard.old_values.leftCols(n), shard.returns.leftCols(n),
                          shard.weight.head(n), 0, value_coefficient * scale, shard.d_values.leftCols(n), shard.sums);
      });
}

LossSums OnPolicy::begin_step() {
  LossSums sums;
  for (const ActorShard& shard : actor_shards_) sums += shard.sums;
  for (const CriticShard& shard : critic_shards_) sums += shard.sums;

  const std::span<float> moving(parameters_.data(), static_cast<std::size_t>(parameters_.size()));
  const optim::StepReport report = updater_.begin_step(moving, {gradient_.data(), moving.size()}, steps());
  step_begun_ = true;
  if (report.applied) sums_ += sums;
  return sums;
}

void OnPolicy::finish_step() {
  if (std::exchange(step_begun_, false))
    run_.pool->run_in_place(
        2, [this](int task) { updater_.finish_step(is_of_actor(task) ? actor_.number : critic_.number); });
}

void OnPolicy::finish(Telemetry& telemetry) {
  finish_step();
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
  critic.head = Head::q_values;
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

std::int64_t iterations_of(std::int64_t total, std::int64_t batch) {
  return (total + batch - 1) / batch;
}

void standardise(Eigen::Ref<Eigen::ArrayXf> values) {
  const float mean = values.mean();
  const float deviation = std::sqrt((values - mean).square().mean());
  values = (values - mean) / (deviation + 1e-8F);
}

}  // namespace cairn::agents
