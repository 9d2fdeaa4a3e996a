#include "envs/wrapper.h"

#include <algorithm>
#include <utility>

namespace cairn::envs {

Wrapper::Wrapper(std::unique_ptr<Environment>&& inner, Spec spec)
    : Environment(std::move(spec)),
      inner_(std::move(inner)),
      seen_(static_cast<std::size_t>(inner_->spec().observation_size())) {
  if (const auto* wrapper = dynamic_cast<const Wrapper*>(inner_.get())) depth_ = wrapper->depth_ + 1;
}

void Wrapper::start(Random& random) {
  inner_->reset(Start{.random = random, .difficulty = difficulty()}, seen_);
  begun();
}

void Wrapper::start_in(std::span<const float> state) {
  inner_->reset(Start{.random = random(), .difficulty = difficulty(), .state = {state.begin(), state.end()}}, seen_);
  begun();
}

void Wrapper::write_state(std::span<float> state) const {
  inner_->write_state(state);
}

void Wrapper::check_state(std::span<const float> state) const {
  inner_->check_state(state);
}

void Wrapper::observe(std::span<float> observation) const {
  std::ranges::copy(seen_, observation.begin());
}

Random Wrapper::random_beside() const {
  std::array<std::uint64_t, 6> state = episode_start().random.state();
  constexpr std::uint64_t half = std::uint64_t{1} << 33;   // of the draws that a sequence has
  constexpr std::uint64_t share = std::uint64_t{1} << 28;  // of each wrapper in the other half
  state[4] += half + depth_ % 32 * share;
  state[5] = 0;
  return Random::from_state(state);
}

void Wrapper::compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                             const Eigen::Ref<const Eigen::MatrixXf>& desired,
                             Eigen::Ref<Eigen::VectorXf> rewards) const {
  inner_->compute_reward(achieved, desired, rewards);
}

bool Wrapper::reached(std::span<const float> achieved, std::span<const float> desired) const {
  return inner_->reached(achieved, desired);
}

void Wrapper::mask(std::span<float> legal) const {
  inner_->mask(legal);
}

bool Wrapper::pilot(std::span<const float> observation, std::span<float> action) const {
  return inner_->pilot(observation, action);
}

void Wrapper::draw(Canvas& canvas) const {
  inner_->draw(canvas);
}

}  // namespace cairn::envs
