#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agents/networks/policy.h"
#include "envs/environment.h"

namespace cairn::agents {

class Archive;

/// What a trained policy can be written as, for other programs.
enum class ExportFormat {
  onnx,         ///< graph from raw observations to logits, Q values or actions within their bounds
  safetensors,  ///< weights under PyTorch's names
  cpp,          ///< one C++11 header that needs nothing but the standard library
};
std::string_view to_string(ExportFormat format);
bool parse(std::string_view text, ExportFormat& format);

/// Where a policy comes from, as every exported file says. What is not known is empty, and left out.
struct Origin {
  std::string run;     ///< name of its run folder
  std::string steps;   ///< environment steps of training behind it
  std::string commit;  ///< of the program that trained it
  std::string world;   ///< spec that it was trained in, every option spelled out
  std::string agent;   ///< likewise of the agent
};
/// Its facts that are known, by the names under which files hold them: run, steps, commit, world, agent.
std::vector<std::pair<std::string, std::string>> facts_of(const Origin& origin);

/// Writes `policy`, which acts in the world that `spec` describes. The file appears whole or not at all; throws
/// std::runtime_error naming it and the system's reason, std::invalid_argument where policy and world do not fit, and
/// for a critic.
void export_policy(const Policy& policy, const envs::Spec& spec, ExportFormat format, const std::filesystem::path& path,
                   const Origin& origin = {});

// The same as texts and bytes, one a format.

/// An ONNX model of opset 10: input `observation` [N, features], output `logits`, `q_values` or `action` [N, actions].
/// Normalisation and bounds are part of the graph; names and units of the components and the origin are metadata.
std::string to_onnx(const Policy& policy, const envs::Spec& spec, const Origin& origin = {});
/// A safetensors file: `layers.I.weight` [outputs, inputs], `layers.I.bias`, with LayerNorm `norms.I.weight` (its
/// gain) and `norms.I.bias`, and the normaliser, bounds and log_std where there are any; head, activation, world and
/// origin as metadata.
std::string to_safetensors(const Policy& policy, const envs::Spec& spec, const Origin& origin = {});
/// A header for C++11 and later whose functions are in namespace `name`: `evaluate(observation)` gives logits, Q values
/// or bounded means, `act(observation)` the best action or the means. `name` must be a C++ identifier.
std::string to_header(const Policy& policy, const envs::Spec& spec, const std::string& name, const Origin& origin = {});

/// Whether an archive says that `to_safetensors` wrote it.
bool is_exported_policy(const Archive& archive);
/// The policy that `to_safetensors` wrote, and where it came from. Throws std::runtime_error on anything amiss.
Policy exported_policy(const Archive& archive);
/// The origin that an exported policy tells of; empty where it tells of none.
Origin exported_origin(const Archive& archive);

/// An identifier made of a file's name: `my-lander.h` gives `my_lander`.
std::string identifier_for(const std::filesystem::path& path);

/// A layer of the policy's network as row-major weights [outputs x inputs] and biases, and LayerNorm's gain and offset,
/// which are empty where it has none.
struct ExportLayer {
  int inputs, outputs;                                ///< of the layer
  std::span<const float> weight, bias, gain, offset;  ///< into the policy's parameters
};
/// All layers, the first first. They refer to `policy`.
std::vector<ExportLayer> layers_of(const Policy& policy);
/// The same without what only sampling needs: the last layer gives logits, Q values or means.
std::vector<ExportLayer> acting_layers_of(const Policy& policy);

}  // namespace cairn::agents
