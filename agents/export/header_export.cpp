// The policy as one C++17 header.
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

std::string array(const std::string& name, std::span<const float> values) {
  std::string text = fmt::format("inline constexpr float {}[{}] = {{", name, values.size());
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

std::string to_header(const Policy& policy, const envs::Spec& spec, const std::string& name) {
  const bool means = policy.head == Head::means;
  std::string text = "// A policy for '" + in_comment(spec.id) +
                     "', written by Cairn. Needs nothing but the standard library; C++17.\n//\n";
  text += "// observation:\n";
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
  text += fmt::format("inline constexpr std::size_t observations = {}, outputs = {};\n", policy.shape.inputs,
                      policy.shape.outputs);
  text += "using Observation = std::array<float, observations>;\nusing Output = std::array<float, outputs>;\n\n";

  text += "namespace detail {\n\n";
  if (policy.normaliser)
    text += array("mean", view(policy.normaliser->mean)) + array("inverse_std", view(policy.normaliser->inverse_std));
  const auto layers = layers_of(policy);
  for (std::size_t i = 0; i < layers.size(); ++i)
    text += array(fmt::format("weight{}", i), layers[i].weight) + array(fmt::format("bias{}", i), layers[i].bias);
  if (means) text += array("low", view(policy.low)) + array("high", view(policy.high));
  text += R"(
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
  if (layers.size() > 1) {
    text += "\ntemplate <std::size_t N>\ninline std::array<float, N> activate(std::array<float, N> values) {\n";
    text += policy.shape.activation == Activation::tanh
                ? "  for (float& value : values) value = std::tanh(value);\n"
                : "  for (float& value : values) value = value > 0.0f ? value : 0.0f;\n";
    text += "  return values;\n}\n";
  }
  text += "\n}  // namespace detail\n\n";

  text += fmt::format("// {} for a raw observation.\n", means                         ? "The action, within its bounds,"
                                                        : policy.head == Head::logits ? "Logits of the actions"
                                                                                      : "Q values of the actions");
  text += "inline Output evaluate(const Observation& observation) {\n";
  if (policy.normaliser) {
    text += "  Observation x0{};\n  for (std::size_t i = 0; i < observations; ++i)\n";
    text +=
        fmt::format("    x0[i] = detail::clamp((observation[i] - detail::mean[i]) * detail::inverse_std[i], {}, {});\n",
                    literal(-policy.normaliser->clip), literal(policy.normaliser->clip));
  } else {
    text += "  const Observation& x0 = observation;\n";
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const std::string linear = fmt::format("detail::linear<{}, {}>(detail::weight{}, detail::bias{}, x{})",
                                           layers[i].outputs, layers[i].inputs, i, i, i);
    const bool last = i + 1 == layers.size();
    text += last ? fmt::format("  {}Output output = {};\n", means ? "" : "const ", linear)
                 : fmt::format("  const auto x{} = detail::activate({});\n", i + 1, linear);
  }
  if (means)
    text +=
        "  for (std::size_t o = 0; o < outputs; ++o) output[o] = detail::clamp(output[o], detail::low[o], "
        "detail::high[o]);\n";
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
