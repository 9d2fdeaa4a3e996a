#include "agents/imitation/bc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include "agents/archive/blocks.h"
#include "agents/learner/state.h"
#include "agents/networks/finite.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

constexpr int iteration_updates = 32;
constexpr Eigen::Index most_held_out = 2048;  // steps that the held-out loss is a mean over, at most

int outputs_of(const envs::Spec& spec) {
  return spec.discrete() ? spec.actions() : spec.action_size();
}

bool fits(const Demonstration& flown, const envs::Spec& spec) {
  const Eigen::Index length = flown.rewards.size();
  if (flown.observations.rows() != spec.observation_size() || flown.observations.cols() != length + 1 ||
      flown.actions.rows() != spec.action_size() || flown.actions.cols() != length || !flown.observations.allFinite() ||
      !flown.actions.allFinite())
    return false;
  if (flown.masks.size() != 0 && (flown.masks.rows() != spec.actions() || flown.masks.cols() != length + 1))
    return false;
  for (Eigen::Index t = 0; spec.discrete() && t < length; ++t) {
    const float action = flown.actions(0, t);
    if (action != std::floor(action) || action < 0 || action >= static_cast<float>(spec.actions())) return false;
    if (flown.masks.size() != 0 && flown.masks(static_cast<Eigen::Index>(action), t) == 0) return false;
  }
  return true;
}

}  // namespace

MemoryNeed memory_need(const BcOptions& options, const envs::Spec& spec, const optim::Rule& rule,
                       int /*environments*/) {
  constexpr double number = sizeof(float);
  const int outputs = outputs_of(spec);
  const NetworkSize network = network_size(spec.observation_size(), options.hidden, outputs);
  optim::Layout small;
  const Mlp<float> actor({spec.observation_size(), narrowed(options.hidden), outputs, options.activation}, small,
                         "actor");
  // Weights, their gradient, two copies for looking at a step, two that are packed, the rule's state.
  const double copies = 6 + state_per_parameter(rule, small);
  const double sample = spec.observation_size() + spec.action_size() + (spec.masks ? outputs : 0) +
                        network.activations + 3.0 * outputs + 6;
  return {.parts = {{"the network of " + text_of_hidden(options.hidden), number * network.parameters * copies},
                    {"batch=" + std::to_string(options.batch), number * options.batch * sample},
                    {"a world", bytes_of_worlds(spec, 1)}}};
}

Bc::Samples Bc::collected(const envs::Spec& spec, const std::vector<const Demonstration*>& demonstrations) {
  Eigen::Index steps = 0;
  for (const Demonstration* flown : demonstrations) steps += flown->rewards.size();
  Samples samples{.observations = Eigen::MatrixXf(spec.observation_size(), steps),
                  .actions = Eigen::MatrixXf(spec.action_size(), steps),
                  .masks = Eigen::MatrixXf::Ones(spec.masks ? spec.actions() : 0, spec.masks ? steps : 0)};
  Eigen::Index at = 0;
  for (const Demonstration* flown : demonstrations) {
    const Eigen::Index length = flown->rewards.size();
    samples.observations.middleCols(at, length) = flown->observations.leftCols(length);
    samples.actions.middleCols(at, length) = flown->actions;
    if (spec.masks && flown->masks.size() != 0) samples.masks.middleCols(at, length) = flown->masks.leftCols(length);
    at += length;
  }
  return samples;
}

/// At most so many, evenly spread.
Bc::Samples Bc::thinned(const Samples& samples, Eigen::Index most) {
  if (samples.size() <= most) return samples;
  Samples few{.observations = Eigen::MatrixXf(samples.observations.rows(), most),
              .actions = Eigen::MatrixXf(samples.actions.rows(), most),
              .masks = Eigen::MatrixXf(samples.masks.rows(), samples.masks.size() == 0 ? 0 : most)};
  for (Eigen::Index i = 0; i < most; ++i) {
    const Eigen::Index from = i * samples.size() / most;
    few.observations.col(i) = samples.observations.col(from);
    few.actions.col(i) = samples.actions.col(from);
    if (few.masks.size() != 0) few.masks.col(i) = samples.masks.col(from);
  }
  return few;
}

Bc::Bc(const envs::Spec& spec, const BcOptions& options, optim::Rule rule,
       const std::vector<Demonstration>& demonstrations)
    : spec_(spec),
      options_(optim::checked("bc", options)),
      rule_(std::move(rule)),
      actor_({spec.observation_size(), options_.hidden, outputs_of(spec), options_.activation}, layout_, "actor"),
      head_(spec.discrete() ? Head::logits : Head::means) {
  rule_.bind<float>(layout_);  // a rule that does not suit the network is refused here
  std::vector<const Demonstration*> chosen;
  const bool some_succeeded = std::ranges::any_of(demonstrations, &Demonstration::success);
  for (const Demonstration& flown : demonstrations) {
    if (!fits(flown, spec)) throw std::invalid_argument("A demonstration does not fit '" + spec.id + "'.");
    if (flown.success || !options_.successes || !some_succeeded) chosen.push_back(&flown);
  }
  // Whole episodes are held out, evenly spread: steps of one episode are too much alike.
  const std::size_t count = chosen.size();
  const auto wanted = static_cast<std::size_t>(std::lround(options_.held_out * static_cast<float>(count)));
  const std::size_t held = std::min(wanted, count == 0 ? 0 : count - 1);
  std::vector<const Demonstration*> learned, held_out;
  for (std::size_t i = 0; i < count; ++i)
    ((i + 1) * held / count > i * held / count ? held_out : learned).push_back(chosen[i]);
  training_ = collected(spec, learned);
  held_out_ = thinned(collected(spec, held_out), most_held_out);
}

void Bc::start_from(const Archive& checkpoint) {
  start_ = StartingWeights(checkpoint, {.agent = name(),
                                        .layout = &layout_,
                                        .acting = "actor",
                                        .head = head_,
                                        .shape = actor_.shape(),
                                        .normalises = options_.normalise_observations});
}

void Bc::begin(const Run& run) {
  pin_eigen_cache_sizes();
  if (training_.size() == 0)
    throw std::invalid_argument("Behaviour cloning learns from demonstrations alone, and was given none.");
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, 1, run.seed);
  if (worlds_->spec().observation_size() != spec_.observation_size() || worlds_->spec().actions() != spec_.actions() ||
      worlds_->spec().action_size() != spec_.action_size())
    throw std::invalid_argument("The agent was made for '" + spec_.id + "', but the run's worlds are '" +
                                worlds_->spec().id + "'.");
  const Eigen::Index n = options_.batch, outputs = actor_.shape().outputs;
  parameters_.setZero(layout_.size);
  gradient_.setZero(layout_.size);
  envs::Random random(run.seed, envs::Stream::initialisation);
  actor_.initialise_orthogonal(parameters(), random, std::numbers::sqrt2_v<float>, 0.01F);
  normaliser_ = Normaliser(spec_.observation_size());
  for (const auto observation : training_.observations.colwise()) normaliser_.moments.add(observation);
  normaliser_.freeze();
  start_.apply(parameters(), normaliser_);
  updater_ = Updater(rule_, layout_, {.updates = (run.total_steps + n - 1) / n}, options_.max_nonfinite);
  updates_tried_ = 0;
  losses_ = 0;

  order_.resize(static_cast<std::size_t>(training_.size()));
  epoch_ = -1;
  batch_ = {.observations = Eigen::MatrixXf::Zero(spec_.observation_size(), n),
            .actions = Eigen::MatrixXf::Zero(spec_.action_size(), n),
            .masks = Eigen::MatrixXf::Ones(training_.masks.rows(), training_.masks.size() == 0 ? 0 : n)};
  d_outputs_.setZero(outputs, n);
  d_log_probability_.setZero(n);
  d_entropy_.setZero(n);
  if (head_ == Head::logits)
    distribution_ = ActionDistribution<float>(head_, static_cast<int>(outputs), static_cast<int>(n));
  scratch_ = actor_.scratch(static_cast<int>(n));
}

void Bc::iterate(Telemetry& telemetry) {
  for (int i = 0; i < iteration_updates; ++i) learn();
  telemetry.clear();
  telemetry.steps = steps();
  telemetry.updates = updater_.optimizer().updates();
  telemetry.report("train/loss", losses_ / static_cast<double>(std::max<std::int64_t>(updater_.applied(), 1)));
  if (held_out_.size() > 0) telemetry.report("train/held_out_loss", held_out_loss());
  updater_.report(telemetry);
  losses_ = 0;
}

void Bc::learn() {
  choose();
  ++updates_tried_;
  actor_.pack(parameters(), scratch_);
  const double mean = loss(options_.batch);
  gradient_.setZero();
  actor_.backward(parameters(), batch_.observations, d_outputs_, scratch_,
                  {gradient_.data(), static_cast<std::size_t>(gradient_.size())});
  if (!updater_.step(parameters(), view(gradient_), steps()).applied) return;
  if (!std::isfinite(mean)) throw Diverged("The loss is not finite after " + std::to_string(steps()) + " steps.");
  losses_ += mean;
}

/// The next `batch` samples. Each epoch has an order of its own, a function of its number alone.
void Bc::choose() {
  const auto samples = static_cast<std::int64_t>(training_.size());
  for (Eigen::Index i = 0; i < options_.batch; ++i) {
    const std::int64_t number = steps() + i, epoch = number / samples;
    if (epoch != epoch_) {
      epoch_ = epoch;
      std::iota(order_.begin(), order_.end(), 0);
      envs::Random(run_.seed, envs::Stream::shuffle, static_cast<std::uint32_t>(epoch >> 32),
                   static_cast<std::uint32_t>(epoch))
          .shuffle(order_);
    }
    copy(training_, order_[static_cast<std::size_t>(number % samples)], i);
  }
}

/// Into column `to` of the batch, whitened.
void Bc::copy(const Samples& samples, Eigen::Index from, Eigen::Index to) {
  auto seen = batch_.observations.col(to);
  seen = samples.observations.col(from);
  if (options_.normalise_observations) normaliser_.frozen.apply(seen, seen);
  batch_.actions.col(to) = samples.actions.col(from);
  if (batch_.masks.size() != 0) batch_.masks.col(to) = samples.masks.col(from);
}

/// L of the batch's first n samples by the weights that are packed, and d L / d outputs of each.
double Bc::loss(Eigen::Index n) {
  const auto outputs = actor_.forward_packed(parameters(), batch_.observations.leftCols(n), scratch_);
  const float each = 1 / static_cast<float>(n);
  if (head_ == Head::means) {
    d_outputs_.leftCols(n) = each * (outputs - batch_.actions.leftCols(n));
    return 0.5 * static_cast<double>((outputs - batch_.actions.leftCols(n)).squaredNorm()) * static_cast<double>(each);
  }
  distribution_.forward(outputs, batch_.actions.leftCols(n), batch_.masks.leftCols(batch_.masks.size() == 0 ? 0 : n),
                        {});
  d_log_probability_.setConstant(-each);
  distribution_.backward(d_log_probability_.head(n), d_entropy_.head(n), d_outputs_.leftCols(n), {});
  return -static_cast<double>(distribution_.log_probability().head(n).mean());
}

/// L over what is held out.
double Bc::held_out_loss() {
  actor_.pack(parameters(), scratch_);
  double sum = 0;
  for (Eigen::Index first = 0; first < held_out_.size(); first += options_.batch) {
    const Eigen::Index n = std::min<Eigen::Index>(options_.batch, held_out_.size() - first);
    for (Eigen::Index i = 0; i < n; ++i) copy(held_out_, first + i, i);
    sum += static_cast<double>(n) * loss(n);
  }
  return sum / static_cast<double>(held_out_.size());
}

Policy Bc::policy() const {
  Policy policy;
  policy.head = head_;
  policy.shape = actor_.shape();
  policy.parameters.resize(parameters_.size());
  updater_.optimizer().evaluation_point(parameters(),
                                        {policy.parameters.data(), static_cast<std::size_t>(policy.parameters.size())});
  if (options_.normalise_observations) policy.normaliser = normaliser_.frozen;
  if (head_ == Head::logits) return policy;
  policy.log_std.setConstant(spec_.action_size(), options_.log_std);
  policy.low.resize(spec_.action_size());
  policy.high.resize(spec_.action_size());
  for (int i = 0; i < spec_.action_size(); ++i) {
    policy.low[i] = spec_.action[static_cast<std::size_t>(i)].low;
    policy.high[i] = spec_.action[static_cast<std::size_t>(i)].high;
  }
  return policy;
}

void Bc::save(Archive& archive) const {
  put_blocks(archive, "parameters/", layout_, parameters());
  updater_.save(archive, "optimizer");
  archive.put_value("updates_tried", updates_tried_);
  normaliser_.moments.save(archive, "normaliser/observations");
}

void Bc::load(const Archive& archive) {
  get_blocks(archive, "parameters/", layout_, parameters());
  updater_.load(archive, "optimizer");
  const auto tried = archive.get_value<std::int64_t>("updates_tried");
  require_count("updates_tried", tried, longest_run / options_.batch + iteration_updates);
  updates_tried_ = tried;
  epoch_ = -1;
  normaliser_.moments.load(archive, "normaliser/observations");
  normaliser_.freeze();
}

}  // namespace cairn::agents
