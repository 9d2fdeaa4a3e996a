#include "agents/q_learning/td3.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "agents/archive/blocks.h"
#include "agents/learner/state.h"
#include "agents/networks/finite.h"
#include "agents/networks/squashed_gaussian.h"
#include "optim/options.h"

namespace cairn::agents {

Td3Options ddpg_options() {
  Td3Options options;
  options.critics = options.actor_delay = 1;
  options.target_noise = 0;
  options.noise = Noise::ou;
  options.noise_std = 0.2F;
  options.noise_dt = 1;
  return options;
}

template <class Scalar>
Td3Step<Scalar>::Td3Step(int features, int action_size, const Td3Options& options, int batch)
    : noise(Matrix::Zero(action_size, batch)), targets(Array::Zero(batch)), options_(options) {
  critics_ = Critics<Scalar>(features, action_size, options.critics, options.hidden, options.activation,
                             options.critic_norm, layout_);
  actor_ = Mlp<Scalar>({features, options.hidden, action_size, options.activation}, layout_, "actor");
  acting_ = actor_.scratch(batch);
  acting_ahead_ = actor_.scratch(batch);
  online = critics_.scratch(batch);
  delayed_ = critics_.scratch(batch);
  proposed_.setZero(features + action_size, batch);
  d_loss_d_actions_ = noise;
}

template <class Scalar>
void Td3Step<Scalar>::initialise(std::span<Scalar> parameters, std::uint64_t seed) const {
  envs::Random random(seed, envs::Stream::initialisation);
  actor_.initialise_uniform(parameters, random);
  critics_.initialise(parameters, seed);
}

template <class Scalar>
void Td3Step<Scalar>::compute_targets(envs::ThreadPool& pool, Parameters target, Transitions<Scalar>& transitions) {
  const Eigen::Index components = noise.rows(), features = transitions.ahead.rows() - components;
  const auto clip = static_cast<Scalar>(options_.target_noise_clip);
  const auto outputs = actor_.forward(target, transitions.ahead.topRows(features), acting_ahead_);
  transitions.ahead.bottomRows(components) =
      (outputs.array().tanh() + noise.array().max(-clip).min(clip)).max(Scalar(-1)).min(Scalar(1)).matrix();
  const auto q = critics_.evaluate(pool, target, transitions.ahead, critics_.count(), delayed_);
  const auto low = static_cast<Scalar>(options_.target_low), high = static_cast<Scalar>(options_.target_high);
  for (Eigen::Index b = 0; b < targets.size(); ++b) {
    const Scalar discount = transitions.discounts[b];
    targets[b] = transitions.rewards[b] + (discount > 0 ? discount * q.col(b).minCoeff() : Scalar(0));
    if (std::isfinite(targets[b])) targets[b] = std::clamp(targets[b], low, high);  // else the step is refused
  }
}

template <class Scalar>
double Td3Step<Scalar>::critic_gradient(envs::ThreadPool& pool, Parameters parameters,
                                        const Transitions<Scalar>& transitions, std::span<Scalar> gradient) {
  return critics_.regress(pool, parameters, transitions.here, targets, transitions.weights, online, gradient);
}

template <class Scalar>
double Td3Step<Scalar>::actor_gradient(envs::ThreadPool& pool, Parameters parameters,
                                       const Transitions<Scalar>& transitions, std::span<Scalar> gradient) {
  const Eigen::Index components = noise.rows(), features = proposed_.rows() - components, n = targets.size();
  const auto observations = transitions.here.topRows(features);
  const auto outputs = actor_.forward(parameters, observations, acting_);
  proposed_.topRows(features) = observations;
  auto actions = proposed_.bottomRows(components);
  actions = outputs.array().tanh().matrix();
  const auto q = critics_.evaluate(pool, parameters, proposed_, 1, online);
  online.d_values.front().setConstant(Scalar(-1) / static_cast<Scalar>(n));
  critics_.backward_to_actions(pool, parameters, proposed_, 1, online, d_loss_d_actions_);

  // d loss / d output = (d loss / d a) (1 - a²)
  const auto penalty = static_cast<Scalar>(options_.action_penalty) / static_cast<Scalar>(actions.size());
  d_loss_d_actions_ =
      ((d_loss_d_actions_ + 2 * penalty * actions).array() * (Scalar(1) - actions.array().square())).matrix();
  std::fill(gradient.begin() + static_cast<std::ptrdiff_t>(critics_.size()), gradient.end(), Scalar(0));
  actor_.backward(parameters, observations, d_loss_d_actions_, acting_, gradient);
  return static_cast<double>(penalty * actions.squaredNorm() - q.mean());
}

template class Td3Step<float>;
template class Td3Step<double>;

MemoryNeed memory_need(const Td3Options& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus) {
  Td3Options narrow = options;
  narrow.hidden = narrowed(options.hidden);
  const Td3Step<float> small(spec.observation_size(), spec.action_size(), narrow, 1);
  return memory_need(off_policy_options(options),
                     {.hidden = options.hidden,
                      .critics = options.critics,
                      .critic_norm = options.critic_norm,
                      .actor_outputs = spec.action_size(),
                      .actor_has_target = true,
                      .narrow = small.layout()},
                     spec, rule, environments, bonus);
}

Td3::Td3(const envs::Spec& spec, Td3Options options, optim::Rule rule, const std::vector<Demonstration>& demonstrations,
         std::shared_ptr<Bonus> bonus)
    : options_(optim::checked("td3", std::move(options))),
      rule_(std::move(rule)),
      experience_("td3", spec, off_policy_options(options_), demonstrations, std::move(bonus)),
      step_(spec.observation_size(), spec.action_size(), options_, options_.batch) {
  if (!(options_.target_low < options_.target_high))
    throw std::invalid_argument("td3: 'target_low' must be below 'target_high'.");
  rule_.bind<float>(step_.layout());  // a rule that does not suit the networks is refused here
}

void Td3::start_from(const Archive& checkpoint) {
  start_ = StartingWeights(checkpoint, {.agent = name(),
                                        .layout = &step_.layout(),
                                        .acting = "actor",
                                        .head = Head::tanh_means,
                                        .shape = step_.actor().shape(),
                                        .normalises = options_.normalise_observations});
}

void Td3::begin(const Run& run) {
  experience_.begin(run);
  parameters_.setZero(step_.layout().size);
  const std::span<float> weights(parameters_.data(), static_cast<std::size_t>(parameters_.size()));
  step_.initialise(weights, run.seed);
  experience_.start_from(start_, weights);
  target_ = parameters_;
  gradient_.setZero(parameters_.size());
  const std::int64_t updates = experience_.updates();
  updater_ = Updater(rule_, step_.layout(), options_.max_nonfinite,
                     {{"critic", {.updates = updates}}, {"actor", {.updates = updates / options_.actor_delay}}});
  critic_updates_ = 0;

  const envs::Spec& spec = experience_.spec();
  transitions_ = Transitions<float>(spec.observation_size(), spec.action_size(), options_.batch);
  errors_.setZero(options_.batch);
  noise_ = ActionNoise({.noise = options_.noise,
                        .std = options_.noise_std,
                        .theta = options_.noise_theta,
                        .dt = options_.noise_dt,
                        .hold = options_.noise_hold},
                       spec.action_size(), run.environments);
  behaviour_ = step_.actor().scratch(run.environments);
  sums_ = {};
}

void Td3::iterate(Telemetry& telemetry) {
  experience_.iterate(
      [this](const auto& observations, auto number, auto& actions) { act(observations, number, actions); },
      [this](std::span<const envs::Step> steps) { noise_.end_episodes(steps); }, [this] { learn(); });
  telemetry.clear();
  const auto updates = static_cast<double>(std::max<std::int64_t>(updater_.applied(), 1));
  telemetry.report("train/critic_loss", sums_.critic_loss / updates);
  telemetry.report("train/actor_loss",
                   sums_.actor_loss / static_cast<double>(std::max<std::int64_t>(sums_.actor_updates, 1)));
  telemetry.report("train/q_mean", sums_.q / updates);
  telemetry.updates = updater_.optimizer().updates();
  updater_.report(telemetry);
  experience_.finish(telemetry);
  sums_ = {};
}

// a = clip(π(s) + noise, ±1)
void Td3::act(const Eigen::MatrixXf& observations, std::uint32_t number, Eigen::MatrixXf& actions) {
  const auto outputs = step_.actor().forward(parameters(), observations, behaviour_);
  for (Eigen::Index e = 0; e < actions.cols(); ++e)
    for (Eigen::Index k = 0; k < actions.rows(); ++k) actions(k, e) = std::tanh(outputs(k, e));
  noise_.add(experience_.run().seed, number, actions);
}

void Td3::learn() {
  envs::Random random = experience_.draw(transitions_);
  for (float& noise : step_.noise.reshaped()) noise = options_.target_noise * random.normal();
  envs::ThreadPool& pool = *experience_.run().pool;
  const std::int64_t steps = experience_.steps();
  const std::span<float> weights(parameters_.data(), static_cast<std::size_t>(parameters_.size()));
  const auto require = [&](bool finite, const char* what) {
    if (!finite) throw Diverged(std::string("The ") + what + " not finite after " + std::to_string(steps) + " steps.");
  };

  updater_.begin_update(parameters());
  step_.compute_targets(pool, view(target_), transitions_);
  const double critic_loss = step_.critic_gradient(pool, parameters(), transitions_, gradient());
  require(all_finite(view(step_.online.values)), "critics' values are");
  if (!updater_.step_part("critic", weights, gradient(), steps).applied) return;
  require(all_finite(view(step_.targets)), "targets are");
  require(std::isfinite(critic_loss), "critics' loss is");
  errors_ = (step_.online.values.array().rowwise() - step_.targets.transpose()).abs().colwise().mean().transpose();
  experience_.set_priorities(errors_);
  sums_.critic_loss += critic_loss;
  sums_.q += static_cast<double>(step_.online.values.mean());

  if (++critic_updates_ % options_.actor_delay == 0) {
    const double actor_loss = step_.actor_gradient(pool, parameters(), transitions_, gradient());
    if (updater_.step_part("actor", weights, gradient(), steps).applied) {
      sums_.actor_loss += actor_loss;
      ++sums_.actor_updates;
    }
    move_towards<float>(parameters(), options_.tau, {target_.data(), static_cast<std::size_t>(target_.size())});
    require_finite("target networks' weights", step_.layout(), view(target_), steps);
    updater_.optimizer().on(optim::Event::target);
  }
  updater_.end_update(parameters());
}

std::string_view Td3::name() const {
  const bool ddpg = options_.critics == 1 && options_.actor_delay == 1 && options_.target_noise == 0;
  return ddpg ? "ddpg" : "td3";
}

Policy Td3::policy() const {
  Policy policy = experience_.policy();
  policy.head = Head::tanh_means;
  policy.shape = step_.actor().shape();
  Eigen::VectorXf point(parameters_.size());
  updater_.optimizer().evaluation_point(parameters(), {point.data(), static_cast<std::size_t>(point.size())});
  const auto critics = static_cast<Eigen::Index>(step_.critics().size());
  policy.parameters = point.tail(parameters_.size() - critics);
  policy.log_std.setConstant(policy.low.size(),
                             std::max(std::log(options_.noise_std), static_cast<float>(least_log_std)));
  return policy;
}

std::optional<Policy> Td3::critic() const {
  Eigen::VectorXf point(parameters_.size());
  updater_.optimizer().evaluation_point(parameters(), {point.data(), static_cast<std::size_t>(point.size())});
  return state_value(step_.critics(), point, policy());
}

void Td3::save(Archive& archive) const {
  put_blocks(archive, "parameters/", step_.layout(), parameters());
  put_blocks(archive, "target/", step_.layout(), view(target_));
  updater_.save(archive, "optimizer");
  archive.put_value("critic_updates", critic_updates_);
  noise_.save(archive, "exploration");
  experience_.save(archive);
}

void Td3::load(const Archive& archive) {
  const auto size = static_cast<std::size_t>(parameters_.size());
  get_blocks(archive, "parameters/", step_.layout(), {parameters_.data(), size});
  get_blocks(archive, "target/", step_.layout(), {target_.data(), size});
  updater_.load(archive, "optimizer");
  critic_updates_ = archive.get_value<std::int64_t>("critic_updates");
  require_count("critic_updates", critic_updates_, std::numeric_limits<std::int64_t>::max() / 2);
  noise_.load(archive, "exploration");
  experience_.load(archive);
}

}  // namespace cairn::agents
