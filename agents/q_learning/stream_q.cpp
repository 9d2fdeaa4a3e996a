#include "agents/q_learning/stream_q.h"

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

constexpr int stream_q_iteration_steps = 512;

StreamQOptions checked(const StreamQOptions& options, const envs::Spec& spec) {
  if (!spec.discrete())
    throw std::invalid_argument("stream_q needs discrete actions, and '" + spec.id +
                                "' has continuous ones; stream_ac takes those.");
  return optim::checked("stream_q", options);
}

QNetworkShape network_shape(const StreamQOptions& options, const envs::Spec& spec) {
  return {.inputs = spec.observation_size(),
          .actions = spec.actions(),
          .hidden = options.hidden,
          .activation = options.activation,
          .norm = options.layer_norm};
}

}  // namespace

MemoryNeed memory_need(const StreamQOptions& options, const envs::Spec& spec, const optim::Rule& rule,
                       int environments) {
  constexpr double number = sizeof(float);
  const NetworkSize network = network_size(spec.observation_size(), options.hidden, spec.actions(), options.layer_norm);
  QNetworkShape narrow = network_shape(options, spec);
  narrow.actions = std::max(narrow.actions, 1);
  narrow.hidden = narrowed(narrow.hidden);
  // Weights, gradient, traces, two copies for looking at a step, two that are packed, the rule's state.
  const double copies = 7 + state_per_parameter(rule, QNetwork<float>(narrow).layout());
  return {.parts = {{"the networks of " + text_of_hidden(options.hidden),
                     number * (network.parameters * copies + 2 * network.activations)},
                    {std::to_string(environments) + " worlds", bytes_of_worlds(spec, environments)}}};
}

StreamQ::StreamQ(const envs::Spec& spec, const StreamQOptions& options, optim::Rule rule)
    : spec_(spec), options_(checked(options, spec)), rule_(std::move(rule)), network_(network_shape(options_, spec)) {
  rule_.bind<float>(network_.layout());  // a rule that does not suit the network is refused here
}

void StreamQ::start_from(const Archive& checkpoint) {
  start_ = StartingWeights(checkpoint, starting_point(name(), network_, options_.normalise_observations));
}

void StreamQ::begin(const Run& run) {
  if (run.environments != 1)
    throw std::invalid_argument("stream_q learns from one stream: it takes 1 environment, not " +
                                std::to_string(run.environments) + ".");
  pin_eigen_cache_sizes();
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, 1, run.seed, envs::Stream::environment, run.starts);
  if (worlds_->spec().observation_size() != spec_.observation_size() || worlds_->spec().actions() != spec_.actions())
    throw std::invalid_argument("The agent was made for '" + spec_.id + "', but the run's worlds are '" +
                                worlds_->spec().id + "'.");
  parameters_.setZero(network_.layout().size);
  gradient_ = parameters_;
  envs::Random random(run.seed, envs::Stream::initialisation);
  network_.initialise_sparse(parameters(), random, static_cast<double>(options_.sparsity));
  learner_ = TracedUpdater(rule_, network_.layout(), {.updates = run.total_steps}, options_.max_nonfinite);
  normaliser_ = StreamNormaliser(spec_.observation_size());
  start_.apply(parameters(), normaliser_);
  rewards_ = RewardScaler(static_cast<double>(options_.gamma));
  steps_ = 0;
  sums_ = {};
  current_.setZero(spec_.observation_size(), 1);
  next_ = current_;
  action_.setZero(1, 1);
  d_loss_d_q_.setZero(spec_.actions(), 1);
  now_ = network_.scratch(1);
  ahead_ = network_.scratch(1);
  see(worlds_->observations(), current_);
}

float StreamQ::epsilon() const {
  const double progress =
      static_cast<double>(steps_) / static_cast<double>(std::max<std::int64_t>(run_.total_steps, 1));
  const auto fraction = static_cast<double>(options_.exploration_fraction);
  const auto done = static_cast<float>(fraction > 0 ? std::min(1.0, progress / fraction) : 1.0);
  return options_.epsilon_initial + done * (options_.epsilon_final - options_.epsilon_initial);
}

void StreamQ::iterate(Telemetry& telemetry) {
  const float random_actions = epsilon();
  for (int i = 0; i < stream_q_iteration_steps; ++i) step();
  telemetry.clear();
  telemetry.steps = steps_;
  telemetry.updates = learner_.updater().optimizer().updates();
  worlds_->take_finished(telemetry.episodes);
  telemetry.report("train/loss", sums_.loss / stream_q_iteration_steps);
  telemetry.report("train/q_mean", sums_.q / stream_q_iteration_steps);
  telemetry.report("train/epsilon", static_cast<double>(random_actions));
  learner_.updater().report(telemetry);
  sums_ = {};
}

void StreamQ::see(const Eigen::MatrixXf& raw, Eigen::MatrixXf& seen) {
  if (options_.normalise_observations)
    normaliser_.apply(raw.col(0), seen.col(0));
  else
    seen.col(0) = raw.col(0);
}

void StreamQ::step() {
  const auto actions = static_cast<std::size_t>(spec_.actions());
  const auto mask_of = [&](const Eigen::MatrixXf& masks) {
    return spec_.masks ? std::span<const float>(masks.col(0).data(), actions) : std::span<const float>();
  };
  // With probability ε a random action, else argmax_a Q(s, a).
  envs::Random random(run_.seed, envs::Stream::exploration, static_cast<std::uint32_t>(steps_ >> 32),
                      static_cast<std::uint32_t>(steps_));
  network_.pack(parameters(), now_);
  const auto q = network_.forward_packed(parameters(), current_, now_);
  if (!all_finite(view(q)))
    throw Diverged("The network's values are not finite after " + std::to_string(steps_) + " steps.");
  const int best = best_legal({q.data(), actions}, mask_of(worlds_->masks()));
  const bool explores = random.uniform() < epsilon();
  const int action = explores ? uniform_legal(spec_.actions(), mask_of(worlds_->masks()), random) : best;
  action_(0, 0) = static_cast<float>(action);
  worlds_->step(0, action_);
  ++steps_;

  const envs::Step& outcome = worlds_->steps().front();
  const bool ended = outcome.terminated || outcome.truncated;
  const double reward = options_.normalise_returns ? rewards_.apply(static_cast<double>(outcome.reward), ended)
                                                   : static_cast<double>(outcome.reward);
  see(ended ? worlds_->final_observations() : worlds_->observations(), next_);
  // δ = r + γ max Q(s', ·) - Q(s, a), both by the weights before the update; nothing lies ahead where the world ended.
  double ahead = 0;
  if (!outcome.terminated) {
    network_.pack(parameters(), ahead_);
    const auto later = network_.forward_packed(parameters(), next_, ahead_);
    const auto mask = mask_of(ended ? worlds_->final_masks() : worlds_->masks());
    ahead = static_cast<double>(later(best_legal({later.data(), actions}, mask), 0));
  }
  const auto value = static_cast<double>(q(action, 0));
  const double error = reward + static_cast<double>(options_.gamma) * ahead - value;

  d_loss_d_q_.setZero();
  d_loss_d_q_(action, 0) = -1;
  gradient_.setZero();
  const std::span<float> gradient(gradient_.data(), static_cast<std::size_t>(gradient_.size()));
  network_.backward(parameters(), current_, d_loss_d_q_, now_, gradient);
  learner_.step(parameters(), gradient, error, static_cast<double>(options_.gamma * options_.lambda), steps_);
  sums_.loss += 0.5 * error * error;
  sums_.q += value;

  if (ended || action != best) learner_.end_traces();
  if (ended)
    see(worlds_->observations(), current_);
  else
    std::swap(current_, next_);
}

Policy StreamQ::policy() const {
  Policy policy;
  policy.head = Head::q_values;
  policy.shape = network_.folded_shape();
  Eigen::VectorXf point(parameters_.size());
  learner_.updater().optimizer().evaluation_point(view(parameters_),
                                                  {point.data(), static_cast<std::size_t>(point.size())});
  policy.parameters = network_.folded(view(point));
  if (options_.normalise_observations) policy.normaliser = normaliser_.frozen();
  policy.epsilon = options_.epsilon_final;
  return policy;
}

void StreamQ::save(Archive& archive) const {
  put_blocks(archive, "parameters/", network_.layout(), view(parameters_));
  learner_.save(archive, "optimizer");
  save_worlds(archive, "worlds", *worlds_);
  archive.put_value("steps", steps_);
  require_finite("current", view(current_));
  archive.put("current", view(current_));
  normaliser_.save(archive, "normaliser/observations");
  rewards_.save(archive, "normaliser/rewards");
}

void StreamQ::load(const Archive& archive) {
  get_blocks(archive, "parameters/", network_.layout(), parameters());
  learner_.load(archive, "optimizer");
  load_worlds(archive, "worlds", *worlds_);
  steps_ = archive.get_value<std::int64_t>("steps");
  require_count("steps", steps_, longest_run + stream_q_iteration_steps);  // the last iteration may go past the end
  archive.get_into<float>("current", {current_.data(), static_cast<std::size_t>(current_.size())});
  if (!current_.allFinite()) throw std::runtime_error("'current' holds a number that is not finite.");
  normaliser_.load(archive, "normaliser/observations");
  rewards_.load(archive, "normaliser/rewards");
}

}  // namespace cairn::agents
