#include "envs/environment.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace cairn::envs {

Environment::Environment(Spec spec) : spec_(std::move(spec)), difficulty_(spec_.difficulty.value_or(1)) {
  start_.difficulty = difficulty_;
  const auto size = static_cast<std::size_t>(spec_.action_size());
  actions_.reserve(size * static_cast<std::size_t>(spec_.horizon));
  clamped_.resize(size);
}

void Environment::reset(const Start& start, std::span<float> observation) {
  check(start);
  start_ = start;
  start_.difficulty = difficulty_ = start.difficulty.value_or(spec_.difficulty.value_or(1));
  random_ = start.random;
  actions_.clear();
  elapsed_ = 0;
  if (start_.state.empty())
    this->start(random_);
  else
    start_in(start_.state);
  observe(observation);
}

void Environment::reset(const Random& random, std::span<float> observation) {
  reset(Start{.random = random}, observation);
}

void Environment::check(const Start& start) const {
  const double difficulty = start.difficulty.value_or(1);
  if (!(difficulty >= 0 && difficulty <= 1))
    throw std::invalid_argument(spec_.id + ": the difficulty of a start lies in [0,1]; it cannot be " +
                                std::to_string(difficulty) + ".");
  if (!spec_.difficulty && difficulty != 1)
    throw std::invalid_argument(spec_.id + " has no easier episodes: the difficulty of a start is 1, not " +
                                std::to_string(difficulty) + ".");
  if (start.state.empty()) return;
  if (spec_.state.empty()) throw std::invalid_argument(spec_.id + ": episodes cannot start in a state.");
  if (start.state.size() != spec_.state.size())
    throw std::invalid_argument(spec_.id + ": a state has " + std::to_string(spec_.state.size()) + " components, not " +
                                std::to_string(start.state.size()) + ".");
  for (std::size_t i = 0; i < start.state.size(); ++i) {
    const Component& component = spec_.state[i];
    if (const float value = start.state[i]; !std::isfinite(value) || value < component.low || value > component.high)
      throw std::invalid_argument(spec_.id + ": '" + component.name + "' of a state lies in [" +
                                  std::to_string(component.low) + "," + std::to_string(component.high) +
                                  "]; it cannot be " + std::to_string(value) + ".");
  }
  check_state(start.state);
}

Step Environment::step(std::span<const float> action, std::span<float> observation) {
  if (static_cast<int>(action.size()) != spec_.action_size())
    throw std::invalid_argument(spec_.id + ": an action has " + std::to_string(spec_.action_size()) +
                                " components, not " + std::to_string(action.size()) + ".");
  for (std::size_t i = 0; i < action.size(); ++i) {
    if (!std::isfinite(action[i]))
      throw std::invalid_argument(spec_.id + ": action component " + std::to_string(i) + " is " +
                                  std::to_string(action[i]) + "; it must be finite.");
    clamped_[i] = spec_.discrete() ? action[i] : std::clamp(action[i], spec_.action[i].low, spec_.action[i].high);
  }
  if (spec_.discrete()) {
    const float index = action[0];
    if (index != std::floor(index) || index < 0 || index >= static_cast<float>(spec_.actions()))
      throw std::invalid_argument(spec_.id + ": discrete action " + std::to_string(index) + " is none of 0 to " +
                                  std::to_string(spec_.actions() - 1) + ".");
  }
  actions_.insert(actions_.end(), clamped_.begin(), clamped_.end());
  Step step = advance(clamped_);
  ++elapsed_;
  step.truncated = !step.terminated && elapsed_ >= spec_.horizon;
  observe(observation);
  return step;
}

void Environment::restore(const Snapshot& snapshot, std::span<float> observation) {
  const std::vector<float> actions = snapshot.actions;  // `snapshot` may be this world's own
  reset(snapshot.start, observation);
  const auto size = static_cast<std::size_t>(spec_.action_size());
  for (std::size_t i = 0; i + size <= actions.size(); i += size) step({actions.data() + i, size}, observation);
}

std::vector<float> Environment::state() const {
  std::vector<float> state(spec_.state.size());
  write_state(state);
  return state;
}

void Environment::start_in(std::span<const float>) {
  throw std::logic_error(spec_.id + " has no states.");
}

void Environment::write_state(std::span<float>) const {
  throw std::logic_error(spec_.id + " has no states.");
}

void Environment::compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                                 const Eigen::Ref<const Eigen::MatrixXf>& desired,
                                 Eigen::Ref<Eigen::VectorXf> rewards) const {
  const auto size = static_cast<std::size_t>(achieved.rows());
  for (Eigen::Index i = 0; i < achieved.cols(); ++i)
    rewards[i] = reached({achieved.col(i).data(), size}, {desired.col(i).data(), size}) ? 1.0F : 0.0F;
}

bool Environment::reached(std::span<const float>, std::span<const float>) const {
  throw std::logic_error(spec_.id + " has no goals.");
}

void Environment::mask(std::span<float> legal) const {
  std::ranges::fill(legal, 1.0F);
}

bool Environment::pilot(std::span<const float>, std::span<float>) const {
  return false;
}

}  // namespace cairn::envs
