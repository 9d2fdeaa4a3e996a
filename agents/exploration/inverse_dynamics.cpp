#include "agents/exploration/inverse_dynamics.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/archive/blocks.h"
#include "agents/learner/memory_need.h"
#include "agents/memory/bonus.h"
#include "agents/networks/finite.h"
#include "envs/random.h"

namespace cairn::agents {

namespace {

constexpr int max_nonfinite = 10;  // gradients in a row

void add_networks(int inputs, const std::vector<int>& hidden, int features, int outputs, optim::Layout& layout,
                  Mlp<float>& encoder, Mlp<float>& head) {
  encoder = Mlp<float>({.inputs = inputs, .hidden = hidden, .outputs = features, .activation = Activation::relu},
                       layout, "encoder");
  head = Mlp<float>(
      {.inputs = 2 * features, .hidden = {hidden.back()}, .outputs = outputs, .activation = Activation::relu}, layout,
      "head");
}

}  // namespace

InverseDynamics::InverseDynamics(const envs::Spec& spec, const std::vector<int>& hidden, int features, optim::Rule rule)
    : discrete_(spec.discrete()), action_(spec.action), rule_(std::move(rule)) {
  const int inputs = spec.observation_size(), outputs = discrete_ ? spec.actions() : spec.action_size();
  add_networks(inputs, hidden, features, outputs, layout_, encoder_, head_);
  Mlp<float> encoder, head;
  add_networks(inputs, narrowed(hidden), std::min(features, 8), outputs, small_layout_, encoder, head);
  rule_.bind<float>(small_layout_);  // a rule that does not suit the network is refused here
}

void InverseDynamics::begin(std::uint64_t seed, int columns, std::int64_t updates) {
  parameters_.setZero(layout_.size);
  gradient_.setZero(layout_.size);
  const std::span<float> values(parameters_.data(), static_cast<std::size_t>(parameters_.size()));
  envs::Random random(seed, envs::Stream::bonus, 2);
  constexpr float gain = std::numbers::sqrt2_v<float>;
  encoder_.initialise_orthogonal(values, random, gain, 1);
  head_.initialise_orthogonal(values, random, gain, 1);
  updater_ = Updater(rule_, layout_, {.updates = updates}, max_nonfinite);
  before_ = encoder_.scratch(columns);
  after_ = encoder_.scratch(columns);
  guess_ = head_.scratch(columns);
  pair_.setZero(2 * Eigen::Index{features()}, columns);
  d_pair_ = pair_;
  d_guess_.setZero(head_.shape().outputs, columns);
}

Eigen::Ref<const Eigen::MatrixXf> InverseDynamics::encode(const Eigen::Ref<const Eigen::MatrixXf>& observations) {
  return encoder_.forward(view(parameters_), observations, after_);
}

float InverseDynamics::scaled(float action, Eigen::Index component) const {
  const envs::Component& bounds = action_[static_cast<std::size_t>(component)];
  if (!std::isfinite(bounds.low) || !std::isfinite(bounds.high)) return action;
  return 2 * (std::clamp(action, bounds.low, bounds.high) - bounds.low) / (bounds.high - bounds.low) - 1;
}

// Mean over the pairs, and its derivative by what was guessed.
double InverseDynamics::loss(const Eigen::Ref<const Eigen::MatrixXf>& guessed,
                             const Eigen::Ref<const Eigen::MatrixXf>& actions) {
  const Eigen::Index n = guessed.cols();
  const float weight = 1 / static_cast<float>(n);
  double sum = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    auto slope = d_guess_.col(i);
    if (discrete_) {  // L = -log softmax(z)_a, dL/dz = softmax(z) - [a]
      const auto action = static_cast<Eigen::Index>(actions(0, i));
      const float largest = guessed.col(i).maxCoeff();
      slope = (guessed.col(i).array() - largest).exp().matrix();
      const float total = slope.sum();
      sum += static_cast<double>(std::log(total) - (guessed(action, i) - largest));
      slope *= weight / total;
      slope[action] -= weight;
    } else {  // L = 1/2 |â - a|²
      for (Eigen::Index k = 0; k < guessed.rows(); ++k) {
        const float error = guessed(k, i) - scaled(actions(k, i), k);
        sum += static_cast<double>(error * error / 2);
        slope[k] = weight * error;
      }
    }
  }
  return sum / static_cast<double>(n);
}

double InverseDynamics::update(const Eigen::Ref<const Eigen::MatrixXf>& before,
                               const Eigen::Ref<const Eigen::MatrixXf>& after,
                               const Eigen::Ref<const Eigen::MatrixXf>& actions, std::int64_t steps) {
  const Eigen::Index n = before.cols(), size = features();
  const std::span<const float> parameters = view(parameters_);
  const std::span<float> gradient(gradient_.data(), static_cast<std::size_t>(gradient_.size()));
  auto pair = pair_.leftCols(n), d_pair = d_pair_.leftCols(n);
  pair.topRows(size) = encoder_.forward(parameters, before, before_);
  pair.bottomRows(size) = encoder_.forward(parameters, after, after_);
  const double mean = loss(head_.forward(parameters, pair, guess_), actions);
  gradient_.setZero();
  head_.backward(parameters, pair, d_guess_.leftCols(n), guess_, gradient, d_pair);
  encoder_.backward(parameters, before, d_pair.topRows(size), before_, gradient);
  encoder_.backward(parameters, after, d_pair.bottomRows(size), after_, gradient);
  updater_.step({parameters_.data(), static_cast<std::size_t>(parameters_.size())}, gradient, steps);
  return mean;
}

double InverseDynamics::bytes(int columns) const {
  const NetworkSize encoder = network_size(encoder_.shape().inputs, encoder_.shape().hidden, features());
  const NetworkSize head = network_size(head_.shape().inputs, head_.shape().hidden, head_.shape().outputs);
  const double copies =
      6 + state_per_parameter(rule_, small_layout_);  // values, gradient, two to look at a step, packed
  return sizeof(float) * ((encoder.parameters + head.parameters) * copies +
                          columns * (2 * encoder.activations + head.activations + 5.0 * features()));
}

void InverseDynamics::save(Archive& archive, const std::string& name) const {
  put_blocks(archive, name + "/", layout_, view(parameters_));
  updater_.save(archive, name + "/optimizer");
}

void InverseDynamics::load(const Archive& archive, const std::string& name) {
  get_blocks(archive, name + "/", layout_, {parameters_.data(), static_cast<std::size_t>(parameters_.size())});
  if (!all_finite(view(parameters_))) throw std::runtime_error("'" + name + "' holds weights that are not finite.");
  updater_.load(archive, name + "/optimizer");
}

}  // namespace cairn::agents
