#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agents/networks/policy.h"
#include "envs/environment.h"

namespace cairn::agents {

/// What a trained policy can be written as, for other programs.
enum class ExportFormat {
  onnx,         ///< graph from raw observations to logits, Q values or bounded means
  safetensors,  ///< weights under PyTorch's names
  cpp,          ///< one C++17 header that needs nothing but the standard library
};
std::string_view to_string(ExportFormat format);
bool parse(std::string_view text, ExportFormat& format);

/// Writes `policy`, which acts in the world that `spec` describes. The file appears whole or not at all; throws
/// std::runtime_error naming it and the system's reason, std::invalid_argument where policy and world do not fit, and
/// for a critic.
void export_policy(const Policy& policy, const envs::Spec& spec, ExportFormat format,
                   const std::filesystem::path& path);

// The same as texts and bytes, one a format.

/// An ONNX model of opset 10: input `observation` [N, features], output `logits`, `q_values` or `action` [N, actions].
/// Normalisation and bounds are part of the graph; names and units of the components are metadata.
std::string to_onnx(const Policy& policy, const envs::Spec& spec);
/// A safetensors file: `layers.I.weight` [outputs, inputs], `layers.I.bias`, and the normaliser, bounds and log_std
/// where there are any; head, activation and world as metadata.
std::string to_safetensors(const Policy& policy, const envs::Spec& spec);
/// A header whose functions are in namespace `name`: `evaluate(observation)` gives logits, Q values or bounded means,
/// `act(observation)` the best action or the means. `name` must be a C++ identifier.
std::string to_header(const Policy& policy, const envs::Spec& spec, const std::string& name);

/// An identifier made of a file's name: `my-lander.h` gives `my_lander`.
std::string identifier_for(const std::filesystem::path& path);

/// A layer of the policy's network as row-major weights [outputs x inputs] and biases.
struct ExportLayer {
  int inputs, outputs;
  std::span<const float> weight, bias;
};
std::vector<ExportLayer> layers_of(const Policy& policy);

}  // namespace cairn::agents
