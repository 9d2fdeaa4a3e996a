#include "agents/memory/episode_memory.h"

#include <bit>
#include <cmath>
#include <stdexcept>

#include "agents/archive/archive.h"

namespace cairn::agents {

namespace {

constexpr double least_priority = 1e-6;  // of what is no better than expected, so that it is drawn again some day

std::span<float> front(Eigen::MatrixXf& matrix, std::int64_t columns) {
  return {matrix.data(), static_cast<std::size_t>(matrix.rows() * columns)};
}

}  // namespace

EpisodeMemory::Steps::Steps(const envs::Spec& spec, std::int64_t n) {
  observations.setZero(spec.observation_size(), n);
  actions.setZero(spec.action_size(), n);
  if (spec.masks) masks.setOnes(spec.actions(), n);
  rewards.setZero(n);
}

void EpisodeMemory::Steps::put(std::int64_t to, const Steps& from, std::int64_t at) {
  observations.col(to) = from.observations.col(at);
  actions.col(to) = from.actions.col(at);
  if (masks.size() != 0) masks.col(to) = from.masks.col(at);
  rewards[to] = from.rewards[at];
}

void EpisodeMemory::require_capacity(const envs::Spec& spec, std::int64_t capacity, const std::string& what) {
  if (capacity < spec.horizon)
    throw std::invalid_argument(what + " of " + std::to_string(capacity) + " steps cannot hold a whole episode of '" +
                                spec.id + "', which may take " + std::to_string(spec.horizon) + ".");
}

EpisodeMemory::EpisodeMemory(const envs::Spec& spec, int environments, std::int64_t capacity, float gamma, float alpha)
    : spec_(spec), capacity_(capacity), longest_(spec.horizon), gamma_(gamma), alpha_(alpha) {
  require_capacity(spec, capacity, "A memory");
  const auto slots = static_cast<std::size_t>(capacity);
  running_ = Steps(spec, environments * longest_);
  lengths_.assign(static_cast<std::size_t>(environments), 0);
  kept_ = Steps(spec, capacity);
  returns_.assign(slots, 0);
  tails_.assign(slots, 0);
  last_.assign(slots, 0);
  priorities_ = SumTree(capacity);
}

void EpisodeMemory::add(const Rollout& rollout, const RewardScale& scale) {
  rescale(scale);
  const Eigen::MatrixXf& observations =
      rollout.raw_observations.size() != 0 ? rollout.raw_observations : rollout.observations;
  for (Eigen::Index sample = 0; sample < rollout.size(); ++sample) {
    const auto i = static_cast<std::size_t>(sample);
    const std::int64_t world = sample % rollout.environments, first = world * longest_;
    std::int64_t& length = lengths_[static_cast<std::size_t>(world)];
    const std::int64_t at = first + length++;
    running_.observations.col(at) = observations.col(sample);
    running_.actions.col(at) = rollout.actions.col(sample);
    if (spec_.masks) running_.masks.col(at) = rollout.masks.col(sample);
    running_.rewards[at] = rollout.rewards[sample];
    if (!rollout.terminated[i] && !rollout.truncated[i]) continue;
    if ((running_.rewards.segment(first, length).array() > 0).any())
      finish(first, length, rollout.truncated[i] ? rollout.final_values(0, sample) / scale.factor : 0, scale);
    length = 0;
  }
}

// A running episode enters the memory, its end first computed.
void EpisodeMemory::finish(std::int64_t first, std::int64_t length, float tail, const RewardScale& scale) {
  float following = scale.factor * tail;
  for (std::int64_t t = length - 1; t >= 0; --t) {
    const std::int64_t slot = (placed_ + t) % capacity_;
    const auto s = static_cast<std::size_t>(slot);
    kept_.put(slot, running_, first + t);
    tails_[s] = t == length - 1 ? tail : 0;
    last_[s] = t == length - 1 ? 1 : 0;
    returns_[s] = following = scale(kept_.rewards[slot]) + gamma_ * following;
    priorities_.set(slot, largest_priority_);
  }
  placed_ += length;
}

// From the latest step back: of an episode whose beginning was overwritten the end is still there.
void EpisodeMemory::rescale(const RewardScale& scale) {
  if (scale == scale_) return;
  scale_ = scale;
  float following = 0;
  std::int64_t slot = placed_ % capacity_;
  for (std::int64_t left = size(); left > 0; --left) {
    slot = (slot == 0 ? capacity_ : slot) - 1;
    const auto s = static_cast<std::size_t>(slot);
    if (last_[s]) following = scale.factor * tails_[s];
    returns_[s] = following = scale(kept_.rewards[slot]) + gamma_ * following;
  }
}

void EpisodeMemory::draw(envs::Random& random, double beta, std::span<std::int64_t> origins, Rollout& batch) const {
  // P(j) = p_j / Σ p, stratified: one draw from each of equal parts of the total. w = (N P)^-β / max w.
  const auto n = static_cast<Eigen::Index>(origins.size());
  const double part = priorities_.total() / static_cast<double>(n);
  double largest = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const std::int64_t slot = origins[static_cast<std::size_t>(i)] =
        priorities_.find((static_cast<double>(i) + random.uniform_double()) * part);
    const double probability = priorities_[slot] / priorities_.total();
    const double weight = std::pow(static_cast<double>(size()) * probability, -beta);
    largest = std::max(largest, weight);
    batch.weight[i] = static_cast<float>(weight);
    batch.observations.col(i) = kept_.observations.col(slot);
    batch.actions.col(i) = kept_.actions.col(slot);
    if (spec_.masks) batch.masks.col(i) = kept_.masks.col(slot);
    batch.returns(0, i) = returns(slot);
  }
  batch.weight.head(n) /= static_cast<float>(largest);
}

void EpisodeMemory::set_priorities(std::span<const std::int64_t> origins, const Eigen::ArrayXf& advantages) {
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const auto advantage = static_cast<double>(advantages[static_cast<Eigen::Index>(i)]);
    const double priority = std::pow(std::max(advantage, least_priority), static_cast<double>(alpha_));
    largest_priority_ = std::max(largest_priority_, priority);
    priorities_.set(origins[i], priority);
  }
}

void EpisodeMemory::Steps::save(Archive& archive, const std::string& name, std::int64_t n) const {
  const auto put = [&](const char* what, const Eigen::MatrixXf& matrix) {
    archive.put(name + what, view(matrix).first(static_cast<std::size_t>(matrix.rows() * n)), {n, matrix.rows()});
  };
  put("/observations", observations);
  put("/actions", actions);
  if (masks.size() != 0) put("/masks", masks);
  archive.put(name + "/rewards", view(rewards).first(static_cast<std::size_t>(n)));
}

void EpisodeMemory::Steps::load(const Archive& archive, const std::string& name, std::int64_t n) {
  archive.get_into<float>(name + "/observations", front(observations, n));
  archive.get_into<float>(name + "/actions", front(actions, n));
  if (masks.size() != 0) archive.get_into<float>(name + "/masks", front(masks, n));
  archive.get_into<float>(name + "/rewards", {rewards.data(), static_cast<std::size_t>(n)});
}

// Running episodes one after the other, and of the ring what is filled; returns are computed anew.
void EpisodeMemory::save(Archive& archive, const std::string& name) const {
  std::int64_t steps = 0;
  for (const std::int64_t length : lengths_) steps += length;
  Steps joined(spec_, steps);
  std::int64_t to = 0;
  for (std::size_t world = 0; world < lengths_.size(); ++world)
    for (std::int64_t t = 0; t < lengths_[world]; ++t)
      joined.put(to++, running_, static_cast<std::int64_t>(world) * longest_ + t);
  joined.save(archive, name + "/running", steps);
  archive.put(name + "/lengths", lengths_);
  const auto n = static_cast<std::size_t>(size());
  kept_.save(archive, name, size());
  archive.put(name + "/tails", std::span(tails_).first(n));
  archive.put(name + "/last", std::span(last_).first(n));
  archive.put(name + "/priorities", priorities_.weights().first(n));
  archive.put_value(name + "/largest_priority", largest_priority_);
  archive.put_value(name + "/placed", placed_);
}

void EpisodeMemory::require_actions(const Steps& steps, std::int64_t n, const std::string& name) const {
  for (const float value : steps.actions.leftCols(n).reshaped())
    if (!std::isfinite(value) ||
        (spec_.discrete() && (value != std::floor(value) || value < 0 || value >= static_cast<float>(spec_.actions()))))
      throw std::runtime_error("'" + name + "/actions' holds " + std::to_string(value) + ", which is no action.");
}

void EpisodeMemory::load(const Archive& archive, const std::string& name) {
  archive.get_into<std::int64_t>(name + "/lengths", lengths_);
  std::int64_t steps = 0;
  for (const std::int64_t length : lengths_) {
    if (length < 0 || length >= longest_)
      throw std::runtime_error("'" + name + "/lengths' holds " + std::to_string(length) + ", which is no length.");
    steps += length;
  }
  Steps joined(spec_, steps);
  joined.load(archive, name + "/running", steps);
  require_actions(joined, steps, name + "/running");
  std::int64_t from = 0;
  for (std::size_t world = 0; world < lengths_.size(); ++world)
    for (std::int64_t t = 0; t < lengths_[world]; ++t)
      running_.put(static_cast<std::int64_t>(world) * longest_ + t, joined, from++);

  placed_ = archive.get_value<std::int64_t>(name + "/placed");
  constexpr std::int64_t most = 1'000'000'000'000;  // steps of the longest run
  if (placed_ < 0 || placed_ > most)
    throw std::runtime_error("'" + name + "/placed' is " + std::to_string(placed_) + ".");
  const auto n = static_cast<std::size_t>(size());
  kept_.load(archive, name, size());
  require_actions(kept_, size(), name);
  archive.get_into<float>(name + "/tails", std::span(tails_).first(n));
  archive.get_into<std::uint8_t>(name + "/last", std::span(last_).first(n));
  std::vector<double> weights(n);
  archive.get_into<double>(name + "/priorities", weights);
  if (!std::ranges::all_of(weights, [](double weight) { return weight > 0; }))
    throw std::runtime_error("'" + name + "/priorities' holds one that is not above 0.");
  weights.resize(static_cast<std::size_t>(capacity_), 0);
  try {
    priorities_.assign(weights);
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error("'" + name + "/priorities': " + error.what());
  }
  largest_priority_ = archive.get_value<double>(name + "/largest_priority");
  if (!(largest_priority_ > 0) || !std::isfinite(largest_priority_))
    throw std::runtime_error("'" + name + "/largest_priority' is " + std::to_string(largest_priority_) + ".");
  const RewardScale scale = scale_;
  scale_ = {.factor = 0};  // which no rewards have
  rescale(scale);
}

double EpisodeMemory::bytes(const envs::Spec& spec, int environments, std::int64_t capacity) {
  constexpr double number = sizeof(float);
  const double step = number * (spec.observation_size() + spec.action_size() + (spec.masks ? spec.actions() : 0) + 1);
  const auto slots = static_cast<double>(capacity);
  return slots * (step + 2 * number + 1) + step * environments * spec.horizon +
         2 * sizeof(double) * static_cast<double>(std::bit_ceil(static_cast<std::uint64_t>(capacity)));
}

}  // namespace cairn::agents
