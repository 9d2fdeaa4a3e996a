#include "agents/exploration/rnd.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/archive/blocks.h"
#include "agents/exploration/random_play.h"
#include "agents/learner/memory_need.h"
#include "agents/learner/state.h"
#include "agents/networks/finite.h"
#include "envs/random.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

constexpr float whitened_limit = 5;
constexpr int steps_of_chance = 2'000;         // whose moments come first
constexpr double samples_a_step = 32;          // that the predictor learns from, in the mean
constexpr int shards = 4, least_columns = 64;  // of a batch; fixed, so that no number of threads changes bits
constexpr int most_nonfinite = 10;             // gradients in a row

std::vector<int> two_deeper(std::vector<int> hidden) {
  hidden.insert(hidden.end(), 2, hidden.back());
  return hidden;
}

/// The predictor's blocks, small: for trying a rule on them.
optim::Layout small_layout(int inputs, const RndOptions& options) {
  optim::Layout layout;
  [[maybe_unused]] const Mlp<float> predictor({.inputs = inputs,
                                               .hidden = narrowed(two_deeper(options.hidden)),
                                               .outputs = std::min(options.features, 8),
                                               .activation = Activation::relu},
                                              layout, "predictor");
  return layout;
}

int columns_of(const RndOptions& options) {
  return std::max(least_columns, (options.minibatch + shards - 1) / shards);
}

}  // namespace

Rnd::Rnd(const envs::Spec& spec, const RndOptions& options) : options_(optim::checked("rnd", options)) {
  const int inputs = spec.observation_size();
  target_ = Mlp<float>(
      {.inputs = inputs, .hidden = options_.hidden, .outputs = options_.features, .activation = Activation::relu},
      target_layout_, "target");
  predictor_ = Mlp<float>({.inputs = inputs,
                           .hidden = two_deeper(options_.hidden),
                           .outputs = options_.features,
                           .activation = Activation::relu},
                          layout_, "predictor");
  options_.optimizer.bind<float>(small_layout(inputs, options_));  // a rule that does not suit is refused here
}

void Rnd::begin(const BonusRun& run) {
  run_ = run;
  share_ = std::min(1.0, samples_a_step / run.environments);
  whitening_ = Normaliser(target_.shape().inputs, whitened_limit);
  whitening_.moments = moments_of_random_play(run.factory, run.seed, steps_of_chance);
  scale_ = BonusScale(run.environments, static_cast<double>(options_.gamma));

  envs::Random random(run.seed, envs::Stream::bonus, 2);
  constexpr float gain = std::numbers::sqrt2_v<float>;
  for (auto [network, layout, values] :
       {std::tuple{&target_, &target_layout_, &target_parameters_}, std::tuple{&predictor_, &layout_, &parameters_}}) {
    values->setZero(layout->size);
    network->initialise_orthogonal({values->data(), static_cast<std::size_t>(values->size())}, random, gain, gain);
  }
  gradient_.setZero(parameters_.size());
  const auto updates = static_cast<std::int64_t>(std::ceil(share_ * run.visits / options_.minibatch));
  updater_ = Updater(options_.optimizer, layout_, {.updates = run.calls * updates * options_.epochs}, most_nonfinite);
  calls_ = 0;
  order_.reserve(static_cast<std::size_t>(run.visits));

  const int columns = columns_of(options_);
  shards_.assign(shards, {});
  for (Shard& shard : shards_) {
    shard.inputs.setZero(target_.shape().inputs, columns);
    shard.d_predicted.setZero(options_.features, columns);
    shard.target = target_.scratch(columns);
    shard.predictor = predictor_.scratch(columns);
    shard.gradient.setZero(parameters_.size());
    target_.pack(view(target_parameters_), shard.target);
  }
}

// 1/K Σ_k (f̂_k - f_k)² of at most as many raw observations as a shard has columns.
void Rnd::errors(const Eigen::Ref<const Eigen::MatrixXf>& observations, Eigen::Ref<Eigen::ArrayXf> out,
                 Shard& shard) const {
  auto inputs = shard.inputs.leftCols(observations.cols());
  whitening_.frozen.apply(observations, inputs);
  const auto target = target_.forward_packed(view(target_parameters_), inputs, shard.target);
  const auto predicted = predictor_.forward_packed(view(parameters_), inputs, shard.predictor);
  for (Eigen::Index i = 0; i < out.size(); ++i) {
    float sum = 0;
    for (Eigen::Index k = 0; k < target.rows(); ++k)
      sum += (predicted(k, i) - target(k, i)) * (predicted(k, i) - target(k, i));
    out[i] = sum / static_cast<float>(target.rows());
  }
}

void Rnd::pay(const Visits& visits, std::span<float> bonuses) {
  for (const auto observation : visits.reached.colwise()) whitening_.moments.add(observation);
  whitening_.freeze();
  Eigen::Map<Eigen::ArrayXf> out(bonuses.data(), visits.size());
  const Eigen::Index columns = shards_.front().inputs.cols();
  run_.pool->run(shards, [&](int s) {
    Shard& shard = shards_[static_cast<std::size_t>(s)];
    predictor_.pack(view(parameters_), shard.predictor);
    for (Eigen::Index first = s * columns; first < visits.size(); first += shards * columns) {
      const Eigen::Index count = std::min(columns, visits.size() - first);
      errors(visits.reached.middleCols(first, count), out.segment(first, count), shard);
    }
  });
  if (!all_finite(std::span<const float>(bonuses))) throw Diverged("The rnd bonus is not finite.");
  scale_.take(std::span<const float>(bonuses));
  out *= static_cast<float>(scale_.factor());
}

void Rnd::learn(const Visits& visits) {
  envs::Random random(run_.seed, envs::Stream::bonus, 3 + static_cast<std::uint32_t>(calls_ >> 32),
                      static_cast<std::uint32_t>(calls_));
  ++calls_;
  for (int epoch = 0; epoch < options_.epochs; ++epoch) {
    order_.clear();
    for (int i = 0; i < visits.size(); ++i)
      if (share_ == 1 || random.uniform_double() < share_) order_.push_back(i);
    random.shuffle(order_);
    const auto minibatch = static_cast<std::size_t>(options_.minibatch);
    for (std::size_t first = 0; first < order_.size(); first += minibatch)
      update(visits, std::span<const int>(order_).subspan(first, std::min(minibatch, order_.size() - first)));
  }
}

// One step down the gradient of L = 1/n Σ 1/K Σ_k (f̂_k - f_k)².
void Rnd::update(const Visits& visits, std::span<const int> samples) {
  const auto part = (samples.size() + shards - 1) / shards;
  const float scale = 2 / static_cast<float>(samples.size() * static_cast<std::size_t>(options_.features));
  run_.pool->run(shards, [&](int s) {
    Shard& shard = shards_[static_cast<std::size_t>(s)];
    shard.gradient.setZero();
    const std::size_t first = std::min(samples.size(), static_cast<std::size_t>(s) * part);
    const auto own = samples.subspan(first, std::min(part, samples.size() - first));
    if (own.empty()) return;
    const auto n = static_cast<Eigen::Index>(own.size());
    auto inputs = shard.inputs.leftCols(n);
    for (Eigen::Index i = 0; i < n; ++i) inputs.col(i) = visits.reached.col(own[static_cast<std::size_t>(i)]);
    whitening_.frozen.apply(inputs, inputs);
    const auto target = target_.forward_packed(view(target_parameters_), inputs, shard.target);
    const auto predicted = predictor_.forward(view(parameters_), inputs, shard.predictor);
    shard.d_predicted.leftCols(n) = scale * (predicted - target);
    predictor_.backward(view(parameters_), inputs, shard.d_predicted.leftCols(n), shard.predictor,
                        {shard.gradient.data(), static_cast<std::size_t>(shard.gradient.size())});
  });
  gradient_ = shards_[0].gradient;
  for (std::size_t s = 1; s < shards_.size(); ++s) gradient_ += shards_[s].gradient;
  updater_.step({parameters_.data(), static_cast<std::size_t>(parameters_.size())}, view(gradient_),
                calls_ * run_.visits);
}

void Rnd::novelty(const Eigen::Ref<const Eigen::MatrixXf>& observations, Eigen::Ref<Eigen::ArrayXf> bonuses) const {
  Shard& shard = shards_.front();
  predictor_.pack(view(parameters_), shard.predictor);
  const Eigen::Index columns = shard.inputs.cols();
  for (Eigen::Index first = 0; first < observations.cols(); first += columns) {
    const Eigen::Index count = std::min(columns, observations.cols() - first);
    errors(observations.middleCols(first, count), bonuses.segment(first, count), shard);
  }
  bonuses *= static_cast<float>(scale_.factor());
}

double Rnd::bytes(int environments, double visits) const {
  const NetworkSize target = network_size(target_.shape().inputs, options_.hidden, options_.features);
  const NetworkSize predictor = network_size(target_.shape().inputs, two_deeper(options_.hidden), options_.features);
  const double columns = shards * static_cast<double>(columns_of(options_));
  // Weights and their packed copies; of the predictor also gradients, two copies for looking at a step, the rule's
  // state.
  const double copies =
      4 + state_per_parameter(options_.optimizer, small_layout(target_.shape().inputs, options_)) + 2 * shards;
  return sizeof(float) * (target.parameters * (1 + shards) + predictor.parameters * copies +
                          columns * (target.activations + predictor.activations + target_.shape().inputs +
                                     2.0 * options_.features)) +
         sizeof(int) * visits + sizeof(double) * environments;
}

void Rnd::save(Archive& archive) const {
  put_blocks(archive, "bonus/", target_layout_, view(target_parameters_));
  put_blocks(archive, "bonus/", layout_, view(parameters_));
  updater_.save(archive, "bonus/optimizer");
  whitening_.moments.save(archive, "bonus/observations");
  scale_.save(archive, "bonus/scale");
  archive.put_value("bonus/calls", calls_);
}

void Rnd::load(const Archive& archive) {
  const auto values_of = [](Eigen::VectorXf& vector) {
    return std::span<float>(vector.data(), static_cast<std::size_t>(vector.size()));
  };
  get_blocks(archive, "bonus/", target_layout_, values_of(target_parameters_));
  get_blocks(archive, "bonus/", layout_, values_of(parameters_));
  if (!all_finite(view(target_parameters_)) || !all_finite(view(parameters_)))
    throw std::runtime_error("'bonus' holds weights that are not finite.");
  for (Shard& shard : shards_) target_.pack(view(target_parameters_), shard.target);
  updater_.load(archive, "bonus/optimizer");
  whitening_.moments.load(archive, "bonus/observations");
  whitening_.freeze();
  scale_.load(archive, "bonus/scale");
  calls_ = archive.get_value<std::int64_t>("bonus/calls");
  require_count("bonus/calls", calls_, longest_run);
}

}  // namespace cairn::agents
