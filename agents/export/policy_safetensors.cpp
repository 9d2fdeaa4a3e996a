// The policy's weights under the names that a torch.nn.Sequential of the same shape would give them.
#include <cstring>
#include <nlohmann/json.hpp>

#include "agents/export/export.h"

namespace cairn::agents {

std::string to_safetensors(const Policy& policy, const envs::Spec& spec) {
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "cairn policy 1"},
                            {"environment", spec.id},
                            {"head", to_string(policy.head)},
                            {"activation", to_string(policy.shape.activation)}};
  if (policy.normaliser) header["__metadata__"]["clip"] = std::to_string(policy.normaliser->clip);
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
  }
  if (policy.normaliser) {
    add_vector("normaliser.mean", policy.normaliser->mean);
    add_vector("normaliser.inverse_std", policy.normaliser->inverse_std);
  }
  if (policy.head == Head::means) {
    add_vector("log_std", policy.log_std);
    add_vector("low", policy.low);
    add_vector("high", policy.high);
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');  // so that the data begins at a multiple of eight bytes
  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + text + data;
}

}  // namespace cairn::agents
