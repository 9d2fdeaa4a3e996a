#include "agents/export/export.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

#include "agents/archive/atomic_file.h"

namespace cairn::agents {

std::string_view to_string(ExportFormat format) {
  constexpr std::array names{"onnx", "safetensors", "cpp"};
  return names[static_cast<std::size_t>(format)];
}

bool parse(std::string_view text, ExportFormat& format) {
  for (const ExportFormat candidate : {ExportFormat::onnx, ExportFormat::safetensors, ExportFormat::cpp})
    if (text == to_string(candidate)) {
      format = candidate;
      return true;
    }
  return false;
}

std::vector<ExportLayer> layers_of(const Policy& policy) {
  std::vector<ExportLayer> layers;
  std::span<const float> rest(policy.parameters.data(), static_cast<std::size_t>(policy.parameters.size()));
  const auto take = [&](int count) {
    const auto part = rest.first(static_cast<std::size_t>(count));
    rest = rest.subspan(part.size());
    return part;
  };
  std::vector<int> widths{policy.shape.inputs};
  widths.insert(widths.end(), policy.shape.hidden.begin(), policy.shape.hidden.end());
  widths.push_back(policy.shape.outputs);
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    ExportLayer layer{widths[i], widths[i + 1], {}, {}, {}, {}};
    layer.weight = take(layer.inputs * layer.outputs);
    layer.bias = take(layer.outputs);
    if (policy.shape.norm && i + 2 < widths.size()) {
      layer.gain = take(layer.outputs);
      layer.offset = take(layer.outputs);
    }
    layers.push_back(layer);
  }
  return layers;
}

std::vector<ExportLayer> acting_layers_of(const Policy& policy) {
  std::vector<ExportLayer> layers = layers_of(policy);
  ExportLayer& last = layers.back();
  last.outputs = policy.actions();
  last.weight = last.weight.first(static_cast<std::size_t>(last.outputs) * static_cast<std::size_t>(last.inputs));
  last.bias = last.bias.first(static_cast<std::size_t>(last.outputs));
  return layers;
}

std::string identifier_for(const std::filesystem::path& path) {
  std::string name = path.stem().string();
  for (char& c : name)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) name = "policy_" + name;
  while (name.starts_with('_')) name.erase(0, 1);  // names that begin so may be the compiler's own
  while (name.ends_with('_')) name.pop_back();
  for (std::size_t at = 0; (at = name.find("__")) != std::string::npos;) name.erase(at, 1);
  constexpr std::array taken{"auto",   "bool",   "case",  "char",      "class",    "const",    "default", "delete",
                             "do",     "double", "else",  "enum",      "export",   "float",    "for",     "if",
                             "inline", "int",    "long",  "new",       "operator", "private",  "public",  "return",
                             "short",  "static", "std",   "struct",    "switch",   "template", "this",    "union",
                             "using",  "void",   "while", "namespace", "final",    "and",      "or",      "not"};
  if (name.empty() || std::ranges::find(taken, name) != taken.end()) name = name.empty() ? "policy" : name + "_policy";
  return name;
}

std::vector<std::pair<std::string, std::string>> facts_of(const Origin& origin) {
  std::vector<std::pair<std::string, std::string>> facts{{"run", origin.run},
                                                         {"steps", origin.steps},
                                                         {"commit", origin.commit},
                                                         {"world", origin.world},
                                                         {"agent", origin.agent}};
  std::erase_if(facts, [](const auto& fact) { return fact.second.empty(); });
  return facts;
}

void export_policy(const Policy& policy, const envs::Spec& spec, ExportFormat format, const std::filesystem::path& path,
                   const Origin& origin) {
  if (policy.head == Head::value) throw std::invalid_argument("A critic chooses no actions and cannot be exported.");
  const int outputs = spec.discrete() ? spec.actions() : spec.action_size();
  if (policy.shape.inputs != spec.observation_size() || policy.actions() != outputs ||
      continuous(policy.head) == spec.discrete())
    throw std::invalid_argument("A policy with " + std::to_string(policy.shape.inputs) + " inputs and " +
                                std::to_string(policy.actions()) + " outputs does not fit '" + spec.id + "'.");
  std::string bytes;
  switch (format) {
    case ExportFormat::onnx:
      bytes = to_onnx(policy, spec, origin);
      break;
    case ExportFormat::safetensors:
      bytes = to_safetensors(policy, spec, origin);
      break;
    case ExportFormat::cpp:
      bytes = to_header(policy, spec, identifier_for(path), origin);
      break;
  }
  write_file(path, bytes);
}

}  // namespace cairn::agents
