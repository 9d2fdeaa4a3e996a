#include "agents/learner/starting_weights.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/learner/state.h"
#include "agents/networks/finite.h"

namespace cairn::agents {

namespace {

/// `8-64-64-4 with tanh before logits`
std::string described(const MlpShape& shape, Head head) {
  std::string text = std::to_string(shape.inputs);
  for (const int width : shape.hidden) text += '-' + std::to_string(width);
  return text + '-' + std::to_string(shape.outputs) + " with " + std::string(to_string(shape.activation)) + " before " +
         std::string(to_string(head));
}

std::string policy_name(const optim::Block& block, std::string_view acting) {
  if (!block.name.starts_with(std::string(acting) + '/')) return "";
  return "policy" + block.name.substr(acting.size());
}

/// Environment steps that the checkpoint has behind it, at least 1.
double steps_behind(const Archive& checkpoint) {
  const auto found = checkpoint.metadata.find("steps");
  std::int64_t steps = 0;
  if (found != checkpoint.metadata.end())
    std::from_chars(found->second.data(), found->second.data() + found->second.size(), steps);
  return static_cast<double>(std::clamp<std::int64_t>(steps, 1, longest_run));
}

/// Moments of `count` observations that a normaliser was frozen at.
RunningMoments moments_of(const FrozenNormaliser& frozen, double count) {
  const Eigen::VectorXd mean = frozen.mean.cast<double>();
  const Eigen::ArrayXd scale = frozen.inverse_std.cast<double>();
  const Eigen::VectorXd squares = (count * (scale.square().inverse() - normaliser_epsilon).max(0.0)).matrix();
  Archive as_saved;
  as_saved.put_value("frozen/count", count);
  as_saved.put("frozen/mean", view(mean));
  as_saved.put("frozen/squares", view(squares));
  RunningMoments moments(mean.size());
  moments.load(as_saved, "frozen");
  return moments;
}

}  // namespace

StartingWeights::StartingWeights(const Archive& checkpoint, const StartingPoint& point) {
  const Policy policy = Policy::load(checkpoint);
  const std::string here = std::string(point.agent), theirs = described(policy.shape, policy.head),
                    ours = described(point.shape, point.head);
  if (theirs != ours)
    throw std::invalid_argument("the policy there is " + theirs + ", that of " + here + " here " + ours + ".");
  if (policy.normaliser.has_value() != point.normalises)
    throw std::invalid_argument(policy.normaliser
                                    ? "the policy there sees whitened observations, that of " + here +
                                          " here raw ones; 'normalise_observations=true' whitens them."
                                    : "the policy there sees raw observations, that of " + here +
                                          " here whitened ones; 'normalise_observations=false' leaves them raw.");
  for (const optim::Block& block : point.layout->blocks) {
    const auto size = static_cast<std::size_t>(block.size());
    const std::string as_policy = policy_name(block, point.acting), as_parameter = "parameters/" + block.name;
    const auto count = [&](const std::string& name) {
      return checkpoint.has(name) ? checkpoint.get<float>(name).size() : 0;
    };
    // A network that the policy folds (a dueling one) is there under its own name alone.
    const bool folded = !as_policy.empty() && count(as_policy) != size;
    const std::string& name = as_policy.empty() || folded ? as_parameter : as_policy;
    if (!checkpoint.has(name)) {
      if (as_policy.empty()) continue;
      throw std::invalid_argument("'" + block.name + "' of " + here + " is not there.");
    }
    std::vector<float> values = checkpoint.get<float>(name);
    if (values.size() != size)
      throw std::invalid_argument("'" + block.name + "' has " + std::to_string(values.size()) + " numbers there and " +
                                  std::to_string(size) + " in " + here + " here.");
    if (!all_finite(std::span<const float>(values)))
      throw std::runtime_error("'" + name + "' holds a number that is not finite.");
    parts_.push_back({block.offset, std::move(values)});
  }
  if (!policy.normaliser) return;
  moments_.emplace(policy.shape.inputs);
  if (checkpoint.has("normaliser/observations/count"))
    moments_->load(checkpoint, "normaliser/observations");
  else  // of a policy alone, as best.safetensors holds it
    *moments_ = moments_of(*policy.normaliser, steps_behind(checkpoint));
}

void StartingWeights::apply(std::span<float> parameters) const {
  for (const Part& part : parts_)
    std::ranges::copy(part.values, parameters.begin() + static_cast<std::ptrdiff_t>(part.offset));
}

void StartingWeights::apply(std::span<float> parameters, Normaliser& normaliser) const {
  apply(parameters);
  if (!moments_) return;
  normaliser.moments = *moments_;
  normaliser.freeze();
}

void StartingWeights::apply(std::span<float> parameters, StreamNormaliser& normaliser) const {
  apply(parameters);
  if (moments_) normaliser = StreamNormaliser(*moments_);
}

}  // namespace cairn::agents
