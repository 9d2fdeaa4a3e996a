#include "agents/exploration/elliptical.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "agents/archive/archive.h"
#include "agents/exploration/random_play.h"
#include "agents/learner/state.h"
#include "agents/networks/finite.h"
#include "envs/random.h"
#include "optim/options.h"

namespace cairn::agents {

std::string_view to_string(EllipticalFeatures features) {
  return features == EllipticalFeatures::inverse ? "inverse" : "whitened";
}

bool parse(std::string_view text, EllipticalFeatures& features) {
  if (text != "inverse" && text != "whitened") return false;
  features = text == "inverse" ? EllipticalFeatures::inverse : EllipticalFeatures::whitened;
  return true;
}

namespace {

constexpr float whitened_clip = 5;
constexpr int random_steps = 2'000;  // whose moments come first

}  // namespace

Elliptical::Elliptical(const envs::Spec& spec, const EllipticalOptions& options)
    : options_(optim::checked("elliptical", options)),
      inputs_(spec.observation_size()),
      size_(spec.observation_size()),
      action_size_(spec.action_size()) {
  if (options_.features == EllipticalFeatures::whitened) return;
  dynamics_ = InverseDynamics(spec, options_.hidden, options_.size, options_.optimizer);
  size_ = options_.size;
}

void Elliptical::begin(const BonusRun& run) {
  run_ = run;
  whitening_ = Normaliser(inputs_, whitened_clip);
  whitening_.moments = moments_of_random_play(run.factory, run.seed, random_steps);
  whitening_.freeze();
  scale_ = BonusScale(run.environments);
  calls_ = 0;
  const int columns = options_.minibatch;
  if (options_.features == EllipticalFeatures::inverse) {
    const std::int64_t updates = (std::int64_t{run.visits} + columns - 1) / columns * options_.epochs;
    dynamics_.begin(run.seed, columns, run.calls * updates);
    before_.setZero(inputs_, columns);
    after_ = before_;
    actions_.setZero(action_size_, columns);
    order_.reserve(static_cast<std::size_t>(run.visits));
  }
  inverse_.assign(static_cast<std::size_t>(run.environments),
                  Eigen::MatrixXd::Identity(size_, size_) / static_cast<double>(options_.ridge));
  running_.assign(static_cast<std::size_t>(run.environments), 0);
  previous_.setZero(inputs_, run.environments);
  inputs_whitened_.setZero(inputs_, columns);
  features_.setZero(size_, columns);
  feature_.setZero(size_);
  image_.setZero(size_);
}

void Elliptical::encode(const Eigen::Ref<const Eigen::MatrixXf>& observations) const {
  const Eigen::Index n = observations.cols();
  auto whitened = inputs_whitened_.leftCols(n);
  whitening_.frozen.apply(observations, whitened);
  if (options_.features == EllipticalFeatures::inverse)
    features_.leftCols(n) = dynamics_.encode(whitened);
  else
    features_.leftCols(n) = whitened;
}

void Elliptical::pay(const Visits& visits, std::span<float> bonuses) {
  for (const auto observation : visits.reached.colwise()) whitening_.moments.add(observation);
  whitening_.freeze();
  const Eigen::Index columns = features_.cols();
  // What pays: all but first steps of episodes. Those of this call are known by the ends before them.
  const auto first_step = [&](Eigen::Index i) {
    return i < visits.environments ? running_[static_cast<std::size_t>(i)] == 0 : visits.done(i - visits.environments);
  };
  for (Eigen::Index i = 0; i < visits.size(); ++i) {
    if (i % columns == 0) encode(visits.reached.middleCols(i, std::min(columns, visits.size() - i)));
    feature_ = features_.col(i % columns).cast<double>();
    Eigen::MatrixXd& inverse = inverse_[static_cast<std::size_t>(i % visits.environments)];
    const auto bonus = elliptical_step<double>(inverse, feature_, image_);
    bonuses[static_cast<std::size_t>(i)] = first_step(i) ? 0 : static_cast<float>(bonus);
    if (visits.done(i)) {
      inverse.setZero();
      inverse.diagonal().setConstant(1 / static_cast<double>(options_.ridge));
    }
  }
  if (!all_finite(std::span<const float>(bonuses))) throw Diverged("The elliptical bonus is not finite.");
  scale_.take(std::span<const float>(bonuses));
  const auto factor = static_cast<float>(scale_.factor());
  for (float& bonus : bonuses) bonus *= factor;
}

// Pairs are steps whose episode had made one before; what the worlds showed at its begin does not come here.
void Elliptical::learn(const Visits& visits) {
  const int environments = visits.environments;
  if (options_.features == EllipticalFeatures::inverse) {
    envs::Random random(run_.seed, envs::Stream::bonus, 3 + static_cast<std::uint32_t>(calls_ >> 32),
                        static_cast<std::uint32_t>(calls_));
    for (int epoch = 0; epoch < options_.epochs; ++epoch) {
      order_.clear();
      for (int i = 0; i < visits.size(); ++i)
        if (i < environments ? running_[static_cast<std::size_t>(i)] != 0 : !visits.done(i - environments))
          order_.push_back(i);
      random.shuffle(order_);
      const auto minibatch = static_cast<std::size_t>(options_.minibatch);
      for (std::size_t first = 0; first < order_.size(); first += minibatch)
        update(visits, std::span<const int>(order_).subspan(first, std::min(minibatch, order_.size() - first)));
    }
  }
  ++calls_;
  for (int e = 0; e < environments; ++e) {
    const Eigen::Index last = visits.size() - environments + e;
    running_[static_cast<std::size_t>(e)] = visits.done(last) ? 0 : 1;
    previous_.col(e) = visits.reached.col(last);
  }
}

void Elliptical::update(const Visits& visits, std::span<const int> samples) {
  const auto n = static_cast<Eigen::Index>(samples.size());
  for (Eigen::Index k = 0; k < n; ++k) {
    const int i = samples[static_cast<std::size_t>(k)], e = visits.environments;
    if (i < e)
      before_.col(k) = previous_.col(i);
    else
      before_.col(k) = visits.reached.col(i - e);
    after_.col(k) = visits.reached.col(i);
    actions_.col(k) = visits.actions.col(i);
  }
  for (Eigen::MatrixXf* observations : {&before_, &after_})
    whitening_.frozen.apply(observations->leftCols(n), observations->leftCols(n));
  dynamics_.update(before_.leftCols(n), after_.leftCols(n), actions_.leftCols(n), calls_ * run_.visits);
}

void Elliptical::novelty(const Eigen::Ref<const Eigen::MatrixXf>& observations,
                         Eigen::Ref<Eigen::ArrayXf> bonuses) const {
  const Eigen::Index columns = features_.cols();
  for (Eigen::Index i = 0; i < observations.cols(); ++i) {
    if (i % columns == 0) encode(observations.middleCols(i, std::min(columns, observations.cols() - i)));
    feature_ = features_.col(i % columns).cast<double>();
    double sum = 0;
    for (const Eigen::MatrixXd& inverse : inverse_) {
      image_.noalias() = inverse * feature_;
      sum += std::max(0.0, feature_.dot(image_));
    }
    bonuses[i] = static_cast<float>(scale_.factor() * sum / static_cast<double>(inverse_.size()));
  }
}

double Elliptical::bytes(int environments, double visits) const {
  const double columns = options_.minibatch, features = size_, inputs = inputs_, worlds = environments;
  const bool learned = options_.features == EllipticalFeatures::inverse;
  return sizeof(double) * worlds * (features * features + 1) + sizeof(float) * worlds * inputs +
         sizeof(float) * columns * (3 * inputs + features + action_size_) +
         (learned ? dynamics_.bytes(options_.minibatch) + sizeof(int) * visits : 0);
}

void Elliptical::save(Archive& archive) const {
  if (options_.features == EllipticalFeatures::inverse) dynamics_.save(archive, "bonus");
  whitening_.moments.save(archive, "bonus/observations");
  scale_.save(archive, "bonus/scale");
  archive.put_value("bonus/calls", calls_);
  std::vector<double> all;
  for (const Eigen::MatrixXd& inverse : inverse_)
    all.insert(all.end(), inverse.data(), inverse.data() + inverse.size());
  archive.put("bonus/inverse", std::span<const double>(all),
              {static_cast<std::int64_t>(inverse_.size()), size_, size_});
  archive.put("bonus/running", running_);
  archive.put("bonus/previous", view(previous_), {previous_.cols(), previous_.rows()});
}

void Elliptical::load(const Archive& archive) {
  if (options_.features == EllipticalFeatures::inverse) dynamics_.load(archive, "bonus");
  whitening_.moments.load(archive, "bonus/observations");
  whitening_.freeze();
  scale_.load(archive, "bonus/scale");
  calls_ = archive.get_value<std::int64_t>("bonus/calls");
  require_count("bonus/calls", calls_, longest_run);
  const auto one = static_cast<std::size_t>(size_) * static_cast<std::size_t>(size_);
  std::vector<double> all(inverse_.size() * one);
  archive.get_into<double>("bonus/inverse", all);
  archive.get_into<std::uint8_t>("bonus/running", running_);
  archive.get_into<float>("bonus/previous", {previous_.data(), static_cast<std::size_t>(previous_.size())});
  if (!all_finite(std::span<const double>(all)) || !all_finite(view(previous_)))
    throw std::runtime_error("'bonus/inverse' or 'bonus/previous' holds a number that is not finite.");
  if (!std::ranges::all_of(running_, [](std::uint8_t flag) { return flag <= 1; }))
    throw std::runtime_error("'bonus/running' holds neither 0 nor 1.");
  for (std::size_t world = 0; world < inverse_.size(); ++world)
    inverse_[world] = Eigen::Map<const Eigen::MatrixXd>(all.data() + world * one, size_, size_);
}

}  // namespace cairn::agents
