#include "agents/policy_gradient/stream_ac.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "agents/archive/blocks.h"
#include "agents/learner/state.h"
#include "agents/networks/distributions.h"
#include "agents/networks/finite.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

constexpr int stream_ac_iteration_steps = 512;

}  // namespace

MemoryNeed memory_need(const StreamAcOptions& options, const envs::Spec& spec, const optim::Rule& rule,
                       int environments) {
  constexpr double number = sizeof(float);
  const int outputs = spec.discrete() ? spec.actions() : spec.action_size();
  const NetworkSize actor = network_size(spec.observation_size(), options.hidden, outputs, options.layer_norm);
  const NetworkSize critic = network_size(spec.observation_size(), options.hidden, 1, options.layer_norm);
  const ActorCritic small(spec, narrowed(options.hidden), options.activation, 1, options.layer_norm);
  // Weights, gradient, traces, two copies for looking at a step, packed weights (the critic's twice), the rule's state.
  const double copies = 6.5 + state_per_parameter(rule, small.layout);
  return {.parts = {
              {"the networks of " + text_of_hidden(options.hidden),
               number * ((actor.parameters + critic.parameters) * copies + actor.activations + 2 * critic.activations)},
              {std::to_string(environments) + " worlds", bytes_of_worlds(spec, environments)}}};
}

StreamAc::StreamAc(const envs::Spec& spec, const StreamAcOptions& options, optim::Rule rule)
    : spec_(spec),
      options_(optim::checked("stream_ac", options)),
      rule_(std::move(rule)),
      networks_(spec, options_.hidden, options_.activation, 1, options_.layer_norm) {
  rule_.bind<float>(networks_.layout);  // a rule that does not suit the networks is refused here
}

void StreamAc::start_from(const Archive& checkpoint) {
  start_ = StartingWeights(checkpoint, {.agent = name(),
                                        .layout = &networks_.layout,
                                        .acting = "actor",
                                        .head = networks_.head,
                                        .shape = networks_.actor.shape(),
                                        .normalises = options_.normalise_observations});
}

void StreamAc::begin(const Run& run) {
  if (run.environments != 1)
    throw std::invalid_argument("stream_ac learns from one stream: it takes 1 environment, not " +
                                std::to_string(run.environments) + ".");
  pin_eigen_cache_sizes();
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, 1, run.seed, envs::Stream::environment, run.starts);
  if (worlds_->spec().observation_size() != spec_.observation_size() || worlds_->spec().actions() != spec_.actions() ||
      worlds_->spec().action_size() != spec_.action_size())
    throw std::invalid_argument("The agent was made for '" + spec_.id + "', but the run's worlds are '" +
                                worlds_->spec().id + "'.");
  parameters_.setZero(networks_.layout.size);
  gradient_ = parameters_;
  envs::Random for_actor(run.seed, envs::Stream::initialisation, 0),
      for_critic(run.seed, envs::Stream::initialisation, 1);
  networks_.actor.initialise_sparse(parameters(), for_actor, static_cast<double>(options_.sparsity));
  networks_.critic.initialise_sparse(parameters(), for_critic, static_cast<double>(options_.sparsity));
  if (networks_.log_std_size > 0)
    parameters_.segment(networks_.log_std_offset, networks_.log_std_size).setConstant(options_.log_std_initial);
  learner_ = TracedUpdater(rule_, networks_.layout, {.updates = run.total_steps}, options_.max_nonfinite);
  normaliser_ = StreamNormaliser(spec_.observation_size());
  start_.apply(parameters(), normaliser_);
  rewards_ = RewardScaler(static_cast<double>(options_.gamma));
  steps_ = 0;
  sums_ = {};
  const int outputs = networks_.actor.shape().outputs;
  current_.setZero(spec_.observation_size(), 1);
  next_ = current_;
  action_.setZero(spec_.action_size(), 1);
  mask_.setZero(spec_.masks ? spec_.actions() : 0, spec_.masks ? 1 : 0);
  d_outputs_.setZero(outputs, 1);
  d_value_ = Eigen::MatrixXf::Constant(1, 1, -1);
  d_log_probability_ = Eigen::ArrayXf::Constant(1, -1);
  d_entropy_.setZero(1);
  distribution_ = ActionDistribution<float>(networks_.head, outputs, 1);
  actor_ = networks_.actor.scratch(1);
  critic_ = networks_.critic.scratch(1);
  ahead_ = networks_.critic.scratch(1);
  see(worlds_->observations(), current_);
}

void StreamAc::iterate(Telemetry& telemetry) {
  for (int i = 0; i < stream_ac_iteration_steps; ++i) step();
  telemetry.clear();
  telemetry.steps = steps_;
  telemetry.updates = learner_.updater().optimizer().updates();
  worlds_->take_finished(telemetry.episodes);
  telemetry.report("train/value_loss", sums_.value_loss / stream_ac_iteration_steps);
  telemetry.report("train/entropy", sums_.entropy / stream_ac_iteration_steps);
  learner_.updater().report(telemetry);
  if (networks_.log_std_size > 0) {
    double std = 0;
    for (const float log_std : networks_.log_std(view(parameters_))) std += std::exp(static_cast<double>(log_std));
    telemetry.report("train/std", std / static_cast<double>(networks_.log_std_size));
  }
  sums_ = {};
}

void StreamAc::see(const Eigen::MatrixXf& raw, Eigen::MatrixXf& seen) {
  if (options_.normalise_observations)
    normaliser_.apply(raw.col(0), seen.col(0));
  else
    seen.col(0) = raw.col(0);
}

// a ~ π(·|s); the world clamps a continuous action to its box itself.
void StreamAc::act(const Eigen::Ref<const Eigen::MatrixXf>& outputs) {
  const auto size = static_cast<std::size_t>(outputs.rows());
  envs::Random random(run_.seed, envs::Stream::policy, static_cast<std::uint32_t>(steps_ >> 32),
                      static_cast<std::uint32_t>(steps_));
  if (networks_.head == Head::logits)
    action_(0, 0) = static_cast<float>(
        sample_categorical({outputs.data(), size}, {mask_.data(), static_cast<std::size_t>(mask_.size())}, random)
            .action);
  else
    sample_gaussian({outputs.data(), size}, networks_.log_std(view(parameters_)), random, {action_.data(), size});
}

void StreamAc::step() {
  const auto outputs = networks_.actor.forward(parameters(), current_, actor_);
  const double value = static_cast<double>(networks_.critic.forward(parameters(), current_, critic_)(0, 0));
  if (!all_finite(view(outputs)) || !std::isfinite(value))
    throw Diverged(std::string("The ") + (std::isfinite(value) ? "policy's outputs" : "critic's values") +
                   " are not finite after " + std::to_string(steps_) + " steps.");
  if (spec_.masks) mask_ = worlds_->masks();
  act(outputs);
  worlds_->step(0, action_);
  ++steps_;

  const envs::Step& outcome = worlds_->steps().front();
  const bool ended = outcome.terminated || outcome.truncated;
  const double reward = options_.normalise_returns ? rewards_.apply(static_cast<double>(outcome.reward), ended)
                                                   : static_cast<double>(outcome.reward);
  see(ended ? worlds_->final_observations() : worlds_->observations(), next_);
  // δ = r + γ V(s') - V(s), both by the weights before the update; nothing lies ahead where the world ended.
  const double ahead =
      outcome.terminated ? 0 : static_cast<double>(networks_.critic.forward(parameters(), next_, ahead_)(0, 0));
  const double error = reward + static_cast<double>(options_.gamma) * ahead - value;

  // -∇V, and -∇[log π(a|s) + entropy sign(δ) H].
  gradient_.setZero();
  const std::span<float> gradient(gradient_.data(), static_cast<std::size_t>(gradient_.size()));
  networks_.critic.backward(parameters(), current_, d_value_, critic_, gradient);
  distribution_.forward(outputs, action_, mask_, networks_.log_std(view(parameters_)));
  d_entropy_[0] = error > 0 ? -options_.entropy : error < 0 ? options_.entropy : 0.0F;
  const auto d_log_std = networks_.log_std_size == 0
                             ? std::span<float>()
                             : gradient.subspan(static_cast<std::size_t>(networks_.log_std_offset),
                                                static_cast<std::size_t>(networks_.log_std_size));
  distribution_.backward(d_log_probability_, d_entropy_, d_outputs_, d_log_std);
  networks_.actor.backward(parameters(), current_, d_outputs_, actor_, gradient);
  learner_.step(parameters(), gradient, error, static_cast<double>(options_.gamma * options_.lambda), steps_);
  sums_.value_loss += 0.5 * error * error;
  sums_.entropy += static_cast<double>(distribution_.entropy()[0]);

  if (!ended) {
    std::swap(current_, next_);
    return;
  }
  learner_.end_traces();
  see(worlds_->observations(), current_);
}

Policy StreamAc::policy() const {
  Policy policy;
  policy.head = networks_.head;
  policy.shape = networks_.actor.shape();
  Eigen::VectorXf point(parameters_.size());
  learner_.updater().optimizer().evaluation_point(view(parameters_),
                                                  {point.data(), static_cast<std::size_t>(point.size())});
  const Eigen::Index critic = networks_.layout.find("critic/0/weight").offset;
  policy.parameters = point.head(networks_.log_std_size > 0 ? networks_.log_std_offset : critic);
  if (options_.normalise_observations) policy.normaliser = normaliser_.frozen();
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

std::optional<Policy> StreamAc::critic() const {
  Policy critic;
  critic.head = Head::value;
  critic.shape = networks_.critic.shape();
  critic.parameters = parameters_.tail(parameters_.size() - networks_.layout.find("critic/0/weight").offset);
  if (options_.normalise_observations) critic.normaliser = normaliser_.frozen();
  return critic;
}

void StreamAc::save(Archive& archive) const {
  put_blocks(archive, "parameters/", networks_.layout, view(parameters_));
  learner_.save(archive, "optimizer");
  save_worlds(archive, "worlds", *worlds_);
  archive.put_value("steps", steps_);
  require_finite("current", view(current_));
  archive.put("current", view(current_));
  normaliser_.save(archive, "normaliser/observations");
  rewards_.save(archive, "normaliser/rewards");
}

void StreamAc::load(const Archive& archive) {
  get_blocks(archive, "parameters/", networks_.layout, parameters());
  learner_.load(archive, "optimizer");
  load_worlds(archive, "worlds", *worlds_);
  steps_ = archive.get_value<std::int64_t>("steps");
  require_count("steps", steps_, longest_run + stream_ac_iteration_steps);  // the last iteration may go past the end
  archive.get_into<float>("current", {current_.data(), static_cast<std::size_t>(current_.size())});
  if (!current_.allFinite()) throw std::runtime_error("'current' holds a number that is not finite.");
  normaliser_.load(archive, "normaliser/observations");
  rewards_.load(archive, "normaliser/rewards");
}

}  // namespace cairn::agents
