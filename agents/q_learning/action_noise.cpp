#include "agents/q_learning/action_noise.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "envs/random.h"

namespace cairn::agents {

std::string_view to_string(Noise noise) {
  return noise == Noise::gaussian ? "gaussian" : noise == Noise::ou ? "ou" : "held";
}
bool parse(std::string_view text, Noise& noise) {
  for (const Noise each : {Noise::gaussian, Noise::ou, Noise::held})
    if (text == to_string(each)) {
      noise = each;
      return true;
    }
  return false;
}

ActionNoise::ActionNoise(const NoiseOptions& options, int components, int worlds)
    : options_(options),
      state_(Eigen::MatrixXf::Zero(components, worlds)),
      left_(static_cast<std::size_t>(worlds), 0) {}

void ActionNoise::add(std::uint64_t seed, std::uint32_t number, Eigen::MatrixXf& actions) {
  const float kick = options_.std * std::sqrt(options_.dt), pull = options_.theta * options_.dt;
  for (Eigen::Index e = 0; e < actions.cols(); ++e) {
    envs::Random random(seed, envs::Stream::exploration, static_cast<std::uint32_t>(e), number);
    std::int32_t& left = left_[static_cast<std::size_t>(e)];
    const bool anew = options_.noise == Noise::gaussian || left == 0;
    if (options_.noise == Noise::held) left = (anew ? options_.hold : left) - 1;
    for (float& x : state_.col(e)) {
      if (options_.noise == Noise::ou)
        x += kick * random.normal() - pull * x;
      else if (anew)
        x = options_.std * random.normal();
    }
    actions.col(e) = (actions.col(e) + state_.col(e)).cwiseMax(-1).cwiseMin(1);
  }
}

void ActionNoise::end_episodes(std::span<const envs::Step> steps) {
  for (std::size_t e = 0; e < left_.size(); ++e) {
    if (!steps[e].terminated && !steps[e].truncated) continue;
    left_[e] = 0;
    state_.col(static_cast<Eigen::Index>(e)).setZero();
  }
}

void ActionNoise::save(Archive& archive, const std::string& name) const {
  archive.put(name + "/noise", view(state_), {state_.cols(), state_.rows()});
  archive.put(name + "/left", left_);
}

void ActionNoise::load(const Archive& archive, const std::string& name) {
  archive.get_into<float>(name + "/noise", {state_.data(), static_cast<std::size_t>(state_.size())});
  archive.get_into<std::int32_t>(name + "/left", left_);
  if (!state_.allFinite() ||
      std::ranges::any_of(left_, [&](std::int32_t left) { return left < 0 || left >= options_.hold; }))
    throw std::runtime_error("'" + name + "' holds noise that is none.");
}

}  // namespace cairn::agents
