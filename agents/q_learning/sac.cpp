#include "agents/q_learning/sac.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "agents/archive/blocks.h"
#include "agents/networks/finite.h"
#include "optim/options.h"

namespace cairn::agents {

std::string_view to_string(ActorValue value) {
  return value == ActorValue::min ? "min" : "mean";
}
bool parse(std::string_view text, ActorValue& value) {
  value = text == "mean" ? ActorValue::mean : ActorValue::min;
  return text == to_string(value);
}

template <class Scalar>
SacStep<Scalar>::SacStep(int features, int action_size, const SacOptions& options, int batch)
    : next(action_size, batch), now(next), targets(Array::Zero(batch)), options_(options) {
  critics_ = Critics<Scalar>(features, action_size, options.critics, options.hidden, options.activation,
                             options.critic_norm, layout_);
  actor_ = Mlp<Scalar>({features, options.hidden, 2 * action_size, options.activation}, layout_, "actor");
  log_alpha_ = static_cast<std::size_t>(layout_.size);
  if (options.tune_temperature) layout_.add("temperature/log_alpha", 1, 1, {"temperature"});

  acting_ = actor_.scratch(batch);
  online = critics_.scratch(batch);
  delayed_ = critics_.scratch(batch);
  proposed_.setZero(features + action_size, batch);
  d_loss_d_actions_.setZero(action_size, batch);
  d_loss_d_outputs_.setZero(2 * action_size, batch);
}

template <class Scalar>
void SacStep<Scalar>::initialise(std::span<Scalar> parameters, std::uint64_t seed) const {
  envs::Random random(seed, envs::Stream::initialisation);
  actor_.initialise_uniform(parameters, random);
  critics_.initialise(parameters, seed);
  if (options_.tune_temperature) parameters[log_alpha_] = std::log(static_cast<Scalar>(options_.temperature));
}

template <class Scalar>
Scalar SacStep<Scalar>::temperature(Parameters parameters) const {
  return options_.tune_temperature ? std::exp(parameters[log_alpha_]) : static_cast<Scalar>(options_.temperature);
}

template <class Scalar>
void SacStep<Scalar>::compute_targets(envs::ThreadPool& pool, Parameters parameters, Parameters target,
                                      Transitions<Scalar>& transitions) {
  const Eigen::Index components = next.actions.rows(), features = transitions.ahead.rows() - components;
  next.sample(actor_.forward(parameters, transitions.ahead.topRows(features), acting_));
  transitions.ahead.bottomRows(components) = next.actions;
  const auto q = critics_.evaluate(pool, target, transitions.ahead, critics_.count(), delayed_);
  const Scalar worth = options_.backup_entropy ? temperature(parameters) : Scalar(0);
  for (Eigen::Index b = 0; b < targets.size(); ++b) {
    const Scalar ahead = q.col(b).minCoeff() - worth * next.log_densities[b];
    targets[b] = transitions.rewards[b] + (transitions.discounts[b] > 0 ? transitions.discounts[b] * ahead : Scalar(0));
  }
}

template <class Scalar>
double SacStep<Scalar>::critic_gradient(envs::ThreadPool& pool, Parameters parameters,
                                        const Transitions<Scalar>& transitions, std::span<Scalar> gradient) {
  return critics_.regress(pool, parameters, transitions.here, targets, transitions.weights, online, gradient);
}

template <class Scalar>
double SacStep<Scalar>::actor_gradient(envs::ThreadPool& pool, Parameters parameters,
                                       const Transitions<Scalar>& transitions, std::span<Scalar> gradient) {
  const Eigen::Index components = now.actions.rows(), features = proposed_.rows() - components, n = targets.size();
  const auto observations = transitions.here.topRows(features);
  const int count = critics_.count();
  now.sample(actor_.forward(parameters, observations, acting_));
  proposed_ << observations, now.actions;
  const auto q = critics_.evaluate(pool, parameters, proposed_, count, online);

  // d loss / d Q_i: -1/n for the least, or for each its share of the mean.
  const Scalar share = Scalar(1) / static_cast<Scalar>(n);
  double value = 0;
  for (Eigen::Index b = 0; b < n; ++b) {
    Eigen::Index least = 0;
    const Scalar least_value = q.col(b).minCoeff(&least);
    const bool mean = options_.actor_value == ActorValue::mean;
    value += static_cast<double>(mean ? q.col(b).mean() : least_value);
    for (int i = 0; i < count; ++i)
      online.d_values[static_cast<std::size_t>(i)](0, b) =
          mean ? -share / static_cast<Scalar>(count) : (i == least ? -share : Scalar(0));
  }
  critics_.backward_to_actions(pool, parameters, proposed_, count, online, d_loss_d_actions_);

  const Scalar alpha = temperature(parameters);
  now.backward(d_loss_d_actions_, alpha * share, d_loss_d_outputs_);
  std::fill(gradient.begin() + static_cast<std::ptrdiff_t>(critics_.size()),
            gradient.begin() + static_cast<std::ptrdiff_t>(log_alpha_), Scalar(0));
  actor_.backward(parameters, observations, d_loss_d_outputs_, acting_, gradient);
  return -static_cast<double>(alpha * entropy()) - value / static_cast<double>(n);
}

template <class Scalar>
void SacStep<Scalar>::temperature_gradient(std::span<Scalar> gradient) {
  const auto wanted = static_cast<Scalar>(options_.target_entropy) * static_cast<Scalar>(now.actions.rows());
  gradient[log_alpha_] = entropy() - wanted;
}

template class SacStep<float>;
template class SacStep<double>;

MemoryNeed memory_need(const SacOptions& options, const envs::Spec& spec, const optim::Rule& rule, int environments,
                       const Bonus* bonus) {
  SacOptions narrow = options;
  narrow.hidden = narrowed(options.hidden);
  const SacStep<float> small(spec.observation_size(), spec.action_size(), narrow, 1);
  return memory_need(off_policy_options(options),
                     {.hidden = options.hidden,
                      .critics = options.critics,
                      .critic_norm = options.critic_norm,
                      .actor_outputs = 2 * spec.action_size(),
                      .actor_has_target = false,
                      .narrow = small.layout()},
                     spec, rule, environments, bonus);
}

Sac::Sac(const envs::Spec& spec, SacOptions options, optim::Rule rule, const std::vector<Demonstration>& demonstrations,
         std::shared_ptr<Bonus> bonus)
    : options_(optim::checked("sac", std::move(options))),
      rule_(std::move(rule)),
      experience_("sac", spec, off_policy_options(options_), demonstrations, std::move(bonus)),
      step_(spec.observation_size(), spec.action_size(), options_, options_.batch) {
  rule_.bind<float>(step_.layout());  // a rule that does not suit the networks is refused here
}

void Sac::start_from(const Archive& checkpoint) {
  start_ = StartingWeights(checkpoint, {.agent = name(),
                                        .layout = &step_.layout(),
                                        .acting = "actor",
                                        .head = Head::squashed_gaussian,
                                        .shape = step_.actor().shape(),
                                        .normalises = options_.normalise_observations});
}

void Sac::begin(const Run& run) {
  experience_.begin(run);
  parameters_.setZero(step_.layout().size);
  const std::span<float> weights(parameters_.data(), static_cast<std::size_t>(parameters_.size()));
  step_.initialise(weights, run.seed);
  experience_.start_from(start_, weights);
  target_ = parameters_.head(static_cast<Eigen::Index>(step_.critics().size()));
  gradient_.setZero(parameters_.size());
  const optim::Horizon horizon{.updates = experience_.updates()};
  std::vector<optim::NetworkPart> parts{{"critic", horizon}, {"actor", horizon}};
  if (options_.tune_temperature) parts.push_back({"temperature", horizon});
  updater_ = Updater(rule_, step_.layout(), options_.max_nonfinite, parts);

  const envs::Spec& spec = experience_.spec();
  transitions_ = Transitions<float>(spec.observation_size(), spec.action_size(), options_.batch);
  errors_.setZero(options_.batch);
  behaviour_ = step_.actor().scratch(run.environments);
  sums_ = {};
}

void Sac::iterate(Telemetry& telemetry) {
  experience_.iterate(
      [this](const auto& observations, auto number, auto& actions) { act(observations, number, actions); },
      [](std::span<const envs::Step>) {}, [this] { learn(); });
  telemetry.clear();
  const auto updates = static_cast<double>(std::max<std::int64_t>(updater_.applied(), 1));
  telemetry.report("train/critic_loss", sums_.critic_loss / updates);
  telemetry.report("train/actor_loss", sums_.actor_loss / updates);
  telemetry.report("train/temperature", static_cast<double>(step_.temperature(parameters())));
  telemetry.report("train/entropy", sums_.entropy / updates);
  telemetry.report("train/q_mean", sums_.q / updates);
  telemetry.updates = updater_.optimizer().updates();
  updater_.report(telemetry);
  experience_.finish(telemetry);
  sums_ = {};
}

// a ~ π(s)
void Sac::act(const Eigen::MatrixXf& observations, std::uint32_t number, Eigen::MatrixXf& actions) {
  const auto outputs = step_.actor().forward(parameters(), observations, behaviour_);
  const Eigen::Index components = actions.rows();
  for (Eigen::Index e = 0; e < actions.cols(); ++e) {
    envs::Random random(experience_.run().seed, envs::Stream::exploration, static_cast<std::uint32_t>(e), number);
    for (Eigen::Index k = 0; k < components; ++k)
      actions(k, e) = squashed_sample(outputs(k, e), outputs(components + k, e), random);
  }
}

void Sac::learn() {
  envs::Random random = experience_.draw(transitions_);
  for (auto* noise : {&step_.next.noise, &step_.now.noise})
    for (float& epsilon : noise->reshaped()) epsilon = random.normal();
  envs::ThreadPool& pool = *experience_.run().pool;
  const std::int64_t steps = experience_.steps();
  const std::span<float> weights(parameters_.data(), static_cast<std::size_t>(parameters_.size()));
  const auto require = [&](bool finite, const char* what) {
    if (!finite) throw Diverged(std::string("The ") + what + " not finite after " + std::to_string(steps) + " steps.");
  };

  updater_.begin_update(parameters());
  step_.compute_targets(pool, parameters(), view(target_), transitions_);
  const double critic_loss = step_.critic_gradient(pool, parameters(), transitions_, gradient());
  require(all_finite(view(step_.online.values)), "critics' values are");
  if (!updater_.step_part("critic", weights, gradient(), steps).applied) return;
  require(all_finite(view(step_.targets)), "targets are");
  require(std::isfinite(critic_loss), "critics' loss is");
  errors_ = (step_.online.values.array().rowwise() - step_.targets.transpose()).abs().colwise().mean().transpose();
  experience_.set_priorities(errors_);
  const auto q = static_cast<double>(step_.online.values.mean());

  const double actor_loss = step_.actor_gradient(pool, parameters(), transitions_, gradient());
  if (options_.tune_temperature) step_.temperature_gradient(gradient());
  if (!updater_.step_part("actor", weights, gradient(), steps).applied) return;
  if (options_.tune_temperature && !updater_.step_part("temperature", weights, gradient(), steps).applied) return;
  updater_.end_update(parameters());

  move_towards<float>(parameters(), options_.tau, {target_.data(), step_.critics().size()});
  require_finite("target critics' weights", step_.layout(), view(target_), steps);
  updater_.optimizer().on(optim::Event::target);
  sums_.critic_loss += critic_loss;
  sums_.actor_loss += actor_loss;
  sums_.entropy += static_cast<double>(step_.entropy());
  sums_.q += q;
}

Policy Sac::policy() const {
  Policy policy = experience_.policy();
  policy.head = Head::squashed_gaussian;
  policy.shape = step_.actor().shape();
  Eigen::VectorXf point(parameters_.size());
  updater_.optimizer().evaluation_point(parameters(), {point.data(), static_cast<std::size_t>(point.size())});
  const auto critics = static_cast<Eigen::Index>(step_.critics().size());
  policy.parameters = point.segment(critics, step_.layout().size - critics - (options_.tune_temperature ? 1 : 0));
  return policy;
}

std::optional<Policy> Sac::critic() const {
  Eigen::VectorXf point(parameters_.size());
  updater_.optimizer().evaluation_point(parameters(), {point.data(), static_cast<std::size_t>(point.size())});
  return state_value(step_.critics(), point, policy());
}

void Sac::save(Archive& archive) const {
  put_blocks(archive, "parameters/", step_.layout(), parameters());
  archive.put("target", view(target_));
  updater_.save(archive, "optimizer");
  experience_.save(archive);
}

void Sac::load(const Archive& archive) {
  get_blocks(archive, "parameters/", step_.layout(),
             {parameters_.data(), static_cast<std::size_t>(parameters_.size())});
  archive.get_into<float>("target", {target_.data(), static_cast<std::size_t>(target_.size())});
  updater_.load(archive, "optimizer");
  experience_.load(archive);
}

}  // namespace cairn::agents
