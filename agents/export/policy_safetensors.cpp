// The policy's weights under the names that a torch.nn.Sequential of the same shape would give them.
#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/export/export.h"

namespace cairn::agents {

namespace {

constexpr const char* policy_format = "cairn policy 1";

}  // namespace

std::string to_safetensors(const Policy& policy, const envs::Spec& spec, const Origin& origin) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", policy_format},
                            {"environment", spec.id},
                            {"head", to_string(policy.head)},
                            {"activation", to_string(policy.shape.activation)}};
  if (policy.normaliser) header["__metadata__"]["clip"] = fmt::format("{:.9g}", policy.normaliser->clip);
  if (policy.head == Head::q_values) header["__metadata__"]["epsilon"] = fmt::format("{:.9g}", policy.epsilon);
  for (const auto& [key, value] : facts_of(origin)) header["__metadata__"][key] = value;
  std::string data;
  const auto add = [&](const std::string& name, std::initializer_list<std::int64_t> shape,
                       std::span<const float> values) {
    const std::size_t begin = data.size();
    data.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
    header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
  };
  const auto add_vector = [&](const std::string& name, const Eigen::VectorXf& values) {
    add(name, {values.size()}, {values.data(), static_cast<std::size_t>(values.size())});
  };
  const auto layers = layers_of(policy);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string name = "layers." + std::to_string(i);
    add(name + ".weight", {layers[i].outputs, layers[i].inputs}, layers[i].weight);
    add(name + ".bias", {layers[i].outputs}, layers[i].bias);
    if (layers[i].gain.empty()) continue;
    add("norms." + std::to_string(i) + ".weight", {layers[i].outputs}, layers[i].gain);
    add("norms." + std::to_string(i) + ".bias", {layers[i].outputs}, layers[i].offset);
  }
  if (policy.normaliser) {
    add_vector("normaliser.mean", policy.normaliser->mean);
    add_vector("normaliser.inverse_std", policy.normaliser->inverse_std);
  }
  if (policy.head == Head::means || policy.head == Head::tanh_means) add_vector("log_std", policy.log_std);
  if (continuous(policy.head)) {
    add_vector("low", policy.low);
    add_vector("high", policy.high);
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data begins at a multiple of eight bytes
  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + text + data;
}

namespace {

std::string text_of(const Archive& archive, const std::string& name) {
  const auto found = archive.metadata.find(name);
  return found == archive.metadata.end() ? "" : found->second;
}

float number_of(const Archive& archive, const std::string& name, float low, float high) {
  const std::string text = text_of(archive, name);
  float number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !(number >= low && number <= high))
    throw std::runtime_error("The policy's '" + name + "' cannot be '" + text + "'.");
  return number;
}

Eigen::VectorXf vector_of(const Archive& archive, const std::string& name, int size, bool finite = true) {
  Eigen::VectorXf values(size);
  archive.get_into<float>(name, {values.data(), static_cast<std::size_t>(size)});
  if (values.hasNaN() || (finite && !values.allFinite()))
    throw std::runtime_error("'" + name + "' holds a number that is not finite.");
  return values;
}

}  // namespace

bool is_exported_policy(const Archive& archive) {
  return text_of(archive, "format") == policy_format;
}

Origin exported_origin(const Archive& archive) {
  return {.run = text_of(archive, "run"),
          .steps = text_of(archive, "steps"),
          .commit = text_of(archive, "commit"),
          .world = text_of(archive, "world"),
          .agent = text_of(archive, "agent")};
}

Policy exported_policy(const Archive& archive) {
  if (!is_exported_policy(archive)) throw std::runtime_error(std::string("Its format is not '") + policy_format + "'.");
  Policy policy;
  if (!parse(text_of(archive, "head"), policy.head) || !parse(text_of(archive, "activation"), policy.shape.activation))
    throw std::runtime_error("The policy's 'head' or 'activation' is missing or unknown.");
  std::vector<float> parameters;
  policy.shape.hidden.clear();
  policy.shape.norm = archive.has("norms.0.weight");
  int width = 0;  // outputs of the layer before
  for (int layer = 0; archive.has("layers." + std::to_string(layer) + ".weight"); ++layer) {
    const std::string name = "layers." + std::to_string(layer);
    const auto weight = archive.get<float>(name + ".weight"), bias = archive.get<float>(name + ".bias");
    const std::size_t outputs = bias.size(), inputs = outputs == 0 ? 0 : weight.size() / outputs;
    constexpr std::size_t widest = 1 << 16;
    if (outputs == 0 || inputs == 0 || outputs > widest || inputs > widest || weight.size() != inputs * outputs ||
        (layer > 0 && inputs != static_cast<std::size_t>(width)))
      throw std::runtime_error("The tensors '" + name +
                               ".weight' and '.bias' do not fit each other or the layer before.");
    if (layer == 0)
      policy.shape.inputs = static_cast<int>(inputs);
    else
      policy.shape.hidden.push_back(width);
    width = static_cast<int>(outputs);
    parameters.insert(parameters.end(), weight.begin(), weight.end());
    parameters.insert(parameters.end(), bias.begin(), bias.end());
    if (!policy.shape.norm || !archive.has("layers." + std::to_string(layer + 1) + ".weight")) continue;
    for (const char* part : {".weight", ".bias"}) {
      const std::string norm = "norms." + std::to_string(layer) + part;
      const auto values = archive.get<float>(norm);
      if (values.size() != outputs)
        throw std::runtime_error(
            std::string("The tensor '").append(norm).append("' does not fit '").append(name).append(".weight'."));
      parameters.insert(parameters.end(), values.begin(), values.end());
    }
  }
  if (width == 0) throw std::runtime_error("The policy lacks the tensor 'layers.0.weight'.");
  policy.shape.outputs = width;
  policy.parameters =
      Eigen::Map<const Eigen::VectorXf>(parameters.data(), static_cast<Eigen::Index>(parameters.size()));
  if (!policy.parameters.allFinite()) throw std::runtime_error("The policy holds a weight that is not finite.");
  if (archive.has("normaliser.mean"))
    policy.normaliser = FrozenNormaliser{vector_of(archive, "normaliser.mean", policy.shape.inputs),
                                         vector_of(archive, "normaliser.inverse_std", policy.shape.inputs),
                                         number_of(archive, "clip", 1e-30F, 1e30F)};
  policy.require_pairs();
  if (policy.head == Head::means || policy.head == Head::tanh_means)
    policy.log_std = vector_of(archive, "log_std", width);
  if (continuous(policy.head)) {
    policy.low = vector_of(archive, "low", policy.actions(), false);
    policy.high = vector_of(archive, "high", policy.actions(), false);
    policy.require_bounds();
  }
  if (policy.head == Head::q_values && archive.metadata.contains("epsilon"))
    policy.epsilon = number_of(archive, "epsilon", 0, 1);
  return policy;
}

}  // namespace cairn::agents
