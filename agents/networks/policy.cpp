#include "agents/networks/policy.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "agents/archive/archive.h"
#include "agents/archive/blocks.h"
#include "agents/networks/action_box.h"
#include "agents/networks/distributions.h"
#include "agents/networks/finite.h"
#include "agents/networks/squashed_gaussian.h"

namespace cairn::agents {

std::string_view to_string(Head head) {
  switch (head) {
    case Head::logits:
      return "logits";
    case Head::q_values:
      return "q_values";
    case Head::means:
      return "means";
    case Head::tanh_means:
      return "tanh_means";
    case Head::squashed_gaussian:
      return "squashed_gaussian";
    case Head::value:
      return "value";
  }
  return "";
}

bool parse(std::string_view text, Head& head) {
  for (const Head candidate :
       {Head::logits, Head::q_values, Head::means, Head::tanh_means, Head::squashed_gaussian, Head::value})
    if (text == to_string(candidate)) {
      head = candidate;
      return true;
    }
  return false;
}

bool continuous(Head head) {
  return head == Head::means || head == Head::tanh_means || head == Head::squashed_gaussian;
}

Policy::Scratch Policy::scratch(int columns) const {
  Scratch scratch;
  scratch.network = Mlp<float>(shape);
  scratch.inputs.setZero(shape.inputs, columns);
  scratch.activations = scratch.network.scratch(columns);
  if (actor) scratch.actor.push_back(actor->scratch(columns));
  return scratch;
}

Eigen::Ref<Eigen::MatrixXf> Policy::evaluate(const Eigen::Ref<const Eigen::MatrixXf>& observations,
                                             Scratch& scratch) const {
  auto inputs = scratch.inputs.leftCols(observations.cols());
  auto seen = inputs.topRows(observations.rows());
  if (normaliser)
    normaliser->apply(observations, seen);
  else
    seen = observations;
  if (actor)
    inputs.bottomRows(actor->actions()) =
        actor->evaluate(observations, scratch.actor.front()).topRows(actor->actions()).array().tanh().matrix();
  return scratch.network.forward({parameters.data(), static_cast<std::size_t>(parameters.size())}, inputs,
                                 scratch.activations);
}

/// A component in [-1, 1]: tanh of its mean, or a sample.
float Policy::squashed_action(const Eigen::Ref<const Eigen::VectorXf>& output, Eigen::Index k,
                              envs::Random* random) const {
  if (random == nullptr) return std::tanh(output[k]);
  if (head == Head::squashed_gaussian) return squashed_sample(output[k], output[actions() + k], *random);
  return std::clamp(std::tanh(output[k]) + std::exp(log_std[k]) * random->normal(), -1.0F, 1.0F);
}

void Policy::act(const Eigen::Ref<const Eigen::MatrixXf>& observations, const Eigen::Ref<const Eigen::MatrixXf>& masks,
                 std::span<envs::Random> random, Eigen::Ref<Eigen::MatrixXf> actions, Scratch& scratch) const {
  const Eigen::Ref<Eigen::MatrixXf> outputs = evaluate(observations, scratch);
  if (!all_finite(view(outputs))) throw Diverged("The policy's outputs are not finite.");
  const auto size = static_cast<std::size_t>(outputs.rows());
  for (Eigen::Index i = 0; i < observations.cols(); ++i) {
    const std::span<const float> output(outputs.col(i).data(), size);
    const auto mask = masks.size() == 0 ? std::span<const float>() : std::span(masks.col(i).data(), size);
    envs::Random* const stream = random.empty() ? nullptr : &random[static_cast<std::size_t>(i)];
    switch (head) {
      case Head::logits:
        actions(0, i) =
            static_cast<float>(stream ? sample_categorical(output, mask, *stream).action : best_legal(output, mask));
        break;
      case Head::q_values:
        if (stream && stream->uniform() < epsilon) {
          actions(0, i) = static_cast<float>(uniform_legal(static_cast<int>(outputs.rows()), mask, *stream));
        } else {
          actions(0, i) = static_cast<float>(best_legal(output, mask));
        }
        break;
      case Head::means:
        if (stream)
          sample_gaussian(output, {log_std.data(), size}, *stream, {actions.col(i).data(), size});
        else
          actions.col(i) = outputs.col(i);
        actions.col(i) = actions.col(i).cwiseMax(low).cwiseMin(high);
        break;
      case Head::tanh_means:
      case Head::squashed_gaussian:
        for (Eigen::Index k = 0; k < actions.rows(); ++k)
          actions(k, i) = to_box(squashed_action(outputs.col(i), k, stream), low[k], high[k]);
        break;
      case Head::value:
        throw std::logic_error("A critic chooses no actions.");
    }
  }
}

namespace {

Eigen::VectorXf vector(const Archive& archive, const std::string& name, Eigen::Index size) {
  Eigen::VectorXf out(size);
  archive.get_into<float>(name, {out.data(), static_cast<std::size_t>(size)});
  if (!out.allFinite()) throw std::runtime_error("'" + name + "' holds a number that is not finite.");
  return out;
}

template <class E>
void parse_metadata(const Archive& archive, const std::string& name, E& value) {
  const auto entry = archive.metadata.find(name);
  if (entry == archive.metadata.end() || !parse(entry->second, value))
    throw std::runtime_error("The policy's '" + name + "' is missing or unknown.");
}

}  // namespace

void Policy::require_pairs() const {
  if (head == Head::squashed_gaussian && shape.outputs % 2 != 0)
    throw std::runtime_error("A squashed Gaussian has two outputs for each component, not " +
                             std::to_string(shape.outputs) + " in all.");
}

void Policy::require_bounds() const {
  if (!(low.array() <= high.array()).all()) throw std::runtime_error("The policy's 'low' exceeds its 'high'.");
  if (head != Head::means && !(low.allFinite() && high.allFinite()))
    throw std::runtime_error("A squashed policy's 'low' and 'high' must be finite.");
}

void Policy::save(Archive& archive) const {
  archive.metadata["policy/head"] = to_string(head);
  archive.metadata["policy/activation"] = to_string(shape.activation);
  if (shape.norm) archive.metadata["policy/layer_norm"] = "true";
  std::vector<std::int64_t> widths{shape.inputs};
  widths.insert(widths.end(), shape.hidden.begin(), shape.hidden.end());
  widths.push_back(shape.outputs);
  archive.put("policy/widths", widths);

  optim::Layout layout;
  const Mlp<float> network(shape, layout, "policy");
  for (const optim::Block& block : layout.blocks)
    require_finite(
        block.name,
        view(parameters).subspan(static_cast<std::size_t>(block.offset), static_cast<std::size_t>(block.size())));
  put_blocks(archive, "", layout, view(parameters));
  if (normaliser) {
    require_finite("policy/normaliser/mean", view(normaliser->mean));
    require_finite("policy/normaliser/inverse_std", view(normaliser->inverse_std));
    archive.put("policy/normaliser/mean", view(normaliser->mean));
    archive.put("policy/normaliser/inverse_std", view(normaliser->inverse_std));
    archive.put_value("policy/normaliser/clip", normaliser->clip);
  }
  if (head == Head::means || head == Head::tanh_means) {
    require_finite("policy/log_std", view(log_std));
    archive.put("policy/log_std", view(log_std));
  }
  if (continuous(head)) {
    archive.put("policy/low", view(low));
    archive.put("policy/high", view(high));
  }
  if (head == Head::q_values) archive.put_value("policy/epsilon", epsilon);
}

Policy Policy::load(const Archive& archive) {
  Policy policy;
  parse_metadata(archive, "policy/head", policy.head);
  if (policy.head == Head::value)
    throw std::runtime_error("The policy's head is 'value': a critic, which chooses no actions.");
  parse_metadata(archive, "policy/activation", policy.shape.activation);
  if (const auto norm = archive.metadata.find("policy/layer_norm"); norm != archive.metadata.end()) {
    if (norm->second != "true") throw std::runtime_error("The policy's 'policy/layer_norm' is unknown.");
    policy.shape.norm = true;
  }
  const auto widths = archive.get<std::int64_t>("policy/widths");
  if (widths.size() < 2 || widths.size() > 64) throw std::runtime_error("'policy/widths' must list 2 to 64 widths.");
  for (const std::int64_t width : widths)
    if (width < 1 || width > 1 << 16)
      throw std::runtime_error("'policy/widths' holds " + std::to_string(width) + ", which is not in [1,65536].");
  policy.shape.inputs = static_cast<int>(widths.front());
  policy.shape.hidden.assign(widths.begin() + 1, widths.end() - 1);
  policy.shape.outputs = static_cast<int>(widths.back());

  optim::Layout layout;
  const Mlp<float> network(policy.shape, layout, "policy");
  for (const optim::Block& block : layout.blocks)  // before anything is allocated by sizes that a file claims
    if (!archive.has(block.name)) throw std::runtime_error("The policy lacks the tensor '" + block.name + "'.");
  policy.parameters.resize(0);
  for (const optim::Block& block : layout.blocks) {
    const auto values = archive.get<float>(block.name);
    if (static_cast<Eigen::Index>(values.size()) != block.size())
      throw std::runtime_error("The tensor '" + block.name + "' has " + std::to_string(values.size()) +
                               " elements where the policy's widths ask for " + std::to_string(block.size()) + ".");
    policy.parameters.conservativeResize(block.offset + block.size());
    policy.parameters.tail(block.size()) = Eigen::Map<const Eigen::VectorXf>(values.data(), block.size());
  }
  if (!policy.parameters.allFinite()) throw std::runtime_error("The policy holds a weight that is not finite.");

  if (archive.has("policy/normaliser/mean"))
    policy.normaliser = FrozenNormaliser{vector(archive, "policy/normaliser/mean", policy.shape.inputs),
                                         vector(archive, "policy/normaliser/inverse_std", policy.shape.inputs),
                                         archive.get_value<float>("policy/normaliser/clip")};
  if (policy.normaliser && !(policy.normaliser->clip > 0))
    throw std::runtime_error("'policy/normaliser/clip' must be positive.");
  policy.require_pairs();
  if (policy.head == Head::means || policy.head == Head::tanh_means)
    policy.log_std = vector(archive, "policy/log_std", policy.shape.outputs);
  if (continuous(policy.head)) {
    policy.low.resize(policy.actions());
    policy.high.resize(policy.actions());
    archive.get_into<float>("policy/low", {policy.low.data(), static_cast<std::size_t>(policy.low.size())});
    archive.get_into<float>("policy/high", {policy.high.data(), static_cast<std::size_t>(policy.high.size())});
    policy.require_bounds();
  }
  if (policy.head == Head::q_values) policy.epsilon = archive.get_value<float>("policy/epsilon");
  if (!(policy.epsilon >= 0 && policy.epsilon <= 1)) throw std::runtime_error("'policy/epsilon' is not in [0,1].");
  return policy;
}

}  // namespace cairn::agents
