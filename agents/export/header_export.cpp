// The policy as one C++11 header.
#include <fmt/format.h>

#include <cmath>

#include "agents/archive/archive.h"
#include "agents/export/export.h"

namespace cairn::agents {

namespace {

/// Nine digits give every float back; bounds may be infinite.
std::string literal(float value) {
  if (std::isinf(value)) return value < 0 ? "-INFINITY" : "INFINITY";
  std::string text = fmt::format("{:.9g}", value);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text + "f";
}

/// A static member of the class template that holds all numbers: C++11 has no inline variables, and a template's
/// members are one in the program, however many files include the header.
std::string array(const std::string& name, std::span<const float> values) {
  std::string text = fmt::format("template <class T>\nconst float Numbers<T>::{}[{}] = {{", name, values.size());
  for (std::size_t i = 0; i < values.size(); ++i) text += (i % 8 == 0 ? "\n    " : " ") + literal(values[i]) + ",";
  return text + "};\n";
}

/// Names come from worlds; a line break or a closing comment must not end the comment they stand in.
std::string in_comment(std::string text) {
  for (char& c : text)
    if (c == '\n' || c == '\r' || c == '\\') c = ' ';
  return text;
}

}  // namespace

std::string to_header(const Policy& policy, const envs::Spec& spec, const std::string& name, const Origin& origin) {
  const bool means = continuous(policy.head), squashed = means && policy.head != Head::means;
  std::string text = "// A policy for '" + in_comment(spec.id) +
                     "', written by Cairn. Needs nothing but the standard library; C++11 or later.\n//\n";
  for (const auto& [key, value] : facts_of(origin)) text += fmt::format("// {}: {}\n", key, in_comment(value));
  text += "//\n// observation:\n";
  for (std::size_t i = 0; i < spec.observation.size(); ++i)
    text +=
        fmt::format("//   {}  {} {}\n", i, in_comment(spec.observation[i].name), in_comment(spec.observation[i].unit));
  text += spec.discrete() ? "// actions:\n" : "// action:\n";
  for (std::size_t i = 0; i < spec.action_names.size(); ++i)
    text += fmt::format("//   {}  {}\n", i, in_comment(spec.action_names[i]));
  for (std::size_t i = 0; i < spec.action.size(); ++i)
    text += fmt::format("//   {}  {} {}\n", i, in_comment(spec.action[i].name), in_comment(spec.action[i].unit));
  text += "#pragma once\n\n#include <array>\n#include <cmath>\n#include <cstddef>\n\n";
  text += fmt::format("namespace {} {{\n\n", name);
  text +=
      fmt::format("constexpr std::size_t observations = {}, outputs = {};\n", policy.shape.inputs, policy.actions());
  text += "using Observation = std::array<float, observations>;\nusing Output = std::array<float, outputs>;\n\n";

  text += "namespace detail {\n\n";
  std::vector<std::pair<std::string, std::span<const float>>> arrays;
  if (policy.normaliser) {
    arrays.emplace_back("mean", view(policy.normaliser->mean));
    arrays.emplace_back("inverse_std", view(policy.normaliser->inverse_std));
  }
  const auto layers = acting_layers_of(policy);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    arrays.emplace_back(fmt::format("weight{}", i), layers[i].weight);
    arrays.emplace_back(fmt::format("bias{}", i), layers[i].bias);
    if (layers[i].gain.empty()) continue;
    arrays.emplace_back(fmt::format("gain{}", i), layers[i].gain);
    arrays.emplace_back(fmt::format("offset{}", i), layers[i].offset);
  }
  if (means) {
    arrays.emplace_back("low", view(policy.low));
    arrays.emplace_back("high", view(policy.high));
  }
  text += "template <class T>\nstruct Numbers {\n";
  for (const auto& [which, values] : arrays)
    text += fmt::format("  static const float {}[{}];\n", which, values.size());
  text += "};\n";
  for (const auto& [which, values] : arrays) text += array(which, values);
  text += R"(using Policy = Numbers<void>;

// outputs = weight inputs + bias, weight row-major [O x I].
template <std::size_t O, std::size_t I>
inline std::array<float, O> linear(const float (&weight)[O * I], const float (&bias)[O], const std::array<float, I>& inputs) {
  std::array<float, O> result{};
  for (std::size_t o = 0; o < O; ++o) {
    float sum = bias[o];
    for (std::size_t i = 0; i < I; ++i) sum += weight[o * I + i] * inputs[i];
    result[o] = sum;
  }
  return result;
}

inline float clamp(float value, float least, float most) {
  return value < least ? least : value > most ? most : value;
}
)";
  if (policy.shape.norm && layers.size() > 1)
    text += fmt::format(R"(
// gain (x - mean) / sqrt(variance + epsilon) + offset over the values.
template <std::size_t N>
inline std::array<float, N> layer_norm(const float (&gain)[N], const float (&offset)[N], std::array<float, N> values) {{
  float mean = 0.0f, variance = 0.0f;
  for (float value : values) mean += value / static_cast<float>(N);
  for (float value : values) variance += (value - mean) * (value - mean) / static_cast<float>(N);
  const float deviation = std::sqrt(variance + {});
  for (std::size_t i = 0; i < N; ++i) values[i] = gain[i] * ((values[i] - mean) / deviation) + offset[i];
  return values;
}}
)",
                        literal(layer_norm_epsilon));
  if (layers.size() > 1) {
    text += "\ntemplate <std::size_t N>\ninline std::array<float, N> activate(std::array<float, N> values) {\n";
    const std::string below = policy.shape.activation == Activation::relu ? "0.0f" : literal(leak) + " * value";
    text += policy.shape.activation == Activation::tanh
                ? "  for (float& value : values) value = std::tanh(value);\n"
                : "  for (float& value : values) value = value > 0.0f ? value : " + below + ";\n";
    text += "  return values;\n}\n";
  }
  text += "\n}  // namespace detail\n\n";

  text += fmt::format("// {} for a raw observation.\n", means                         ? "The action, within its bounds,"
                                                        : policy.head == Head::logits ? "Logits of the actions"
                                                                                      : "Q values of the actions");
  text += "inline Output evaluate(const Observation& observation) {\n";
  if (policy.normaliser) {
    text += "  Observation x0{};\n  for (std::size_t i = 0; i < observations; ++i)\n";
    text += fmt::format(
        "    x0[i] = detail::clamp((observation[i] - detail::Policy::mean[i]) * detail::Policy::inverse_std[i], {}, "
        "{});\n",
        literal(-policy.normaliser->clip), literal(policy.normaliser->clip));
  } else {
    text += "  const Observation& x0 = observation;\n";
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::string linear = fmt::format("detail::linear<{}, {}>(detail::Policy::weight{}, detail::Policy::bias{}, x{})",
                                     layers[i].outputs, layers[i].inputs, i, i, i);
    if (!layers[i].gain.empty())
      linear = fmt::format("detail::layer_norm(detail::Policy::gain{}, detail::Policy::offset{}, {})", i, i, linear);
    const bool last = i + 1 == layers.size();
    text += last ? fmt::format("  {}Output output = {};\n", means ? "" : "const ", linear)
                 : fmt::format("  const auto x{} = detail::activate({});\n", i + 1, linear);
  }
  if (squashed)
    text +=
        "  for (std::size_t o = 0; o < outputs; ++o) {\n"
        "    const float low = detail::Policy::low[o], high = detail::Policy::high[o];\n"
        "    output[o] = detail::clamp(0.5f * (low + high) + 0.5f * (high - low) * std::tanh(output[o]), low, high);\n"
        "  }\n";
  else if (means)
    text +=
        "  for (std::size_t o = 0; o < outputs; ++o) output[o] = detail::clamp(output[o], detail::Policy::low[o], "
        "detail::Policy::high[o]);\n";
  text += "  return output;\n}\n\n";
  if (means) {
    text +=
        "// The action to take.\ninline Output act(const Observation& observation) { return evaluate(observation); }\n";
  } else {
    text += R"(// The best action's index.
inline std::size_t act(const Observation& observation) {
  const Output values = evaluate(observation);
  std::size_t best = 0;
  for (std::size_t a = 1; a < outputs; ++a)
    if (values[a] > values[best]) best = a;
  return best;
}
)";
  }
  return text + fmt::format("\n}}  // namespace {}\n", name);
}

}  // namespace cairn::agents
