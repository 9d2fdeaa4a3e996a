// The policy as an ONNX graph: normalisation, layers, bounds.
#include <onnx/onnx_pb.h>

#include <array>
#include <bit>
#include <cmath>

#include "agents/archive/archive.h"
#include "agents/export/export.h"

namespace cairn::agents {

namespace {

static_assert(std::endian::native == std::endian::little, "ONNX stores raw tensors little-endian.");

constexpr int opset = 10, ir_version = 5;  // Clip takes attributes up to 10; with inputs not every reader knows it

void float_attribute(onnx::NodeProto& node, const char* name, float value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::FLOAT);
  attribute.set_f(value);
}

void integer_attribute(onnx::NodeProto& node, const char* name, std::int64_t value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

Eigen::Map<const Eigen::VectorXf> vector(std::span<const float> values) {
  return {values.data(), static_cast<Eigen::Index>(values.size())};
}

/// Appends nodes to the graph; each names the values it takes and the one it gives.
struct Builder {
  onnx::GraphProto& graph;

  onnx::NodeProto& node(const char* operation, const std::vector<std::string>& inputs,
                        const std::string& output) const {
    onnx::NodeProto& node = *graph.add_node();
    node.set_op_type(operation);
    node.set_name(output);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
    return node;
  }
  std::string constant(const std::string& name, std::initializer_list<std::int64_t> shape,
                       std::span<const float> values) const {
    onnx::TensorProto& tensor = *graph.add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(onnx::TensorProto::FLOAT);
    for (const std::int64_t size : shape) tensor.add_dims(size);
    tensor.set_raw_data(values.data(), values.size_bytes());
    return name;
  }
  /// output = weight input + bias, weight row-major [rows x cols].
  void linear(const std::string& input, const std::string& output, std::int64_t rows, std::int64_t cols,
              std::span<const float> weight, std::span<const float> bias) const {
    onnx::NodeProto& gemm = node(
        "Gemm", {input, constant(output + "_weight", {rows, cols}, weight), constant(output + "_bias", {rows}, bias)},
        output);
    integer_attribute(gemm, "transB", 1);
  }
  /// LayerNorm of `input`, which a linear layer gave. Opset 10 has none, and readers differ in how they broadcast, not
  /// in matrix products: mean and variance are products with constant matrices.
  void layer_norm(const std::string& input, const std::string& output, const ExportLayer& layer) const {
    const int units = layer.outputs;
    const Eigen::MatrixXf averaging = Eigen::MatrixXf::Constant(units, units, 1.0F / static_cast<float>(units));
    const Eigen::MatrixXf centring = Eigen::MatrixXf::Identity(units, units) - averaging;
    const Eigen::MatrixXf gain = vector(layer.gain).asDiagonal();
    const Eigen::VectorXf none = Eigen::VectorXf::Zero(units);
    const Eigen::VectorXf epsilon = Eigen::VectorXf::Constant(units, layer_norm_epsilon);
    const std::string centred = input + "_centred", variance = input + "_variance", scaled = input + "_scaled";
    linear(input, centred, units, units, view(centring), view(none));
    node("Mul", {centred, centred}, input + "_square");
    linear(input + "_square", variance, units, units, view(averaging), view(epsilon));
    node("Sqrt", {variance}, input + "_deviation");
    node("Div", {centred, input + "_deviation"}, scaled);
    linear(scaled, output, units, units, view(gain), layer.offset);
  }
  void activate(Activation activation, const std::string& input, const std::string& output) const {
    constexpr std::array operations{"Tanh", "Relu", "LeakyRelu"};
    onnx::NodeProto& active = node(operations[static_cast<std::size_t>(activation)], {input}, output);
    if (activation == Activation::leaky_relu) float_attribute(active, "alpha", leak);
  }
  void clamp(const std::string& input, const std::string& output, float low, float high) const {
    onnx::NodeProto& clip = node("Clip", {input}, output);
    if (std::isfinite(low)) float_attribute(clip, "min", low);
    if (std::isfinite(high)) float_attribute(clip, "max", high);
  }
};

void describe_value(onnx::ValueInfoProto& value, const std::string& name, std::int64_t size) {
  value.set_name(name);
  auto& type = *value.mutable_type()->mutable_tensor_type();
  type.set_elem_type(onnx::TensorProto::FLOAT);
  type.mutable_shape()->add_dim()->set_dim_param("N");
  type.mutable_shape()->add_dim()->set_dim_value(size);
}

void add_metadata(onnx::ModelProto& model, const envs::Spec& spec, const Origin& origin) {
  const auto note = [&](const char* key, const std::string& value) {
    onnx::StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  };
  const auto names = [](const std::vector<envs::Component>& components) {
    std::string text;
    for (const envs::Component& component : components)
      text += (text.empty() ? "" : ",") + component.name + (component.unit.empty() ? "" : " [" + component.unit + "]");
    return text;
  };
  note("environment", spec.id);
  note("observation", names(spec.observation));
  std::string actions;
  for (const std::string& name : spec.action_names) actions += (actions.empty() ? "" : ",") + name;
  note("action", spec.discrete() ? actions : names(spec.action));
  for (const auto& [key, value] : facts_of(origin)) note(key.c_str(), value);
}

}  // namespace

std::string to_onnx(const Policy& policy, const envs::Spec& spec, const Origin& origin) {
  const std::string output = continuous(policy.head) ? "action" : std::string(to_string(policy.head));
  onnx::ModelProto model;
  model.set_ir_version(ir_version);
  model.set_producer_name("cairn");
  onnx::OperatorSetIdProto& operators = *model.add_opset_import();
  operators.set_domain("");
  operators.set_version(opset);
  add_metadata(model, spec, origin);
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name("policy");
  describe_value(*graph.add_input(), "observation", policy.shape.inputs);
  describe_value(*graph.add_output(), output, policy.actions());

  const Builder build{graph};
  std::string at = "observation";
  if (policy.normaliser) {
    // (x - mean) / std as a diagonal layer: readers differ in how they broadcast subtraction, not in matrix products.
    const Eigen::MatrixXf diagonal = policy.normaliser->inverse_std.asDiagonal();
    const Eigen::VectorXf shift = -policy.normaliser->mean.cwiseProduct(policy.normaliser->inverse_std);
    build.linear(at, "scaled", diagonal.rows(), diagonal.cols(),
                 {diagonal.data(), static_cast<std::size_t>(diagonal.size())},
                 {shift.data(), static_cast<std::size_t>(shift.size())});
    build.clamp("scaled", "normalised", -policy.normaliser->clip, policy.normaliser->clip);
    at = "normalised";
  }
  const auto layers = acting_layers_of(policy);
  for (std::size_t i = 0; i + 1 < layers.size(); ++i) {
    const std::string name = "layer" + std::to_string(i);
    build.linear(at, name, layers[i].outputs, layers[i].inputs, layers[i].weight, layers[i].bias);
    const bool norm = !layers[i].gain.empty();
    if (norm) build.layer_norm(name, name + "_norm", layers[i]);
    at = name + "_active";
    build.activate(policy.shape.activation, norm ? name + "_norm" : name, at);
  }
  const ExportLayer& last = layers.back();
  if (!continuous(policy.head)) {
    build.linear(at, output, last.outputs, last.inputs, last.weight, last.bias);
  } else if (policy.head != Head::means) {  // tanh, then from (-1, 1) to the box by a diagonal layer
    build.linear(at, "mean", last.outputs, last.inputs, last.weight, last.bias);
    build.node("Tanh", {"mean"}, "squashed");
    const Eigen::VectorXf half = 0.5F * (policy.high - policy.low), middle = 0.5F * (policy.low + policy.high);
    const Eigen::MatrixXf diagonal = half.asDiagonal();
    build.linear("squashed", output, diagonal.rows(), diagonal.cols(), view(diagonal), view(middle));
  } else if ((policy.low.array() == policy.low[0]).all() && (policy.high.array() == policy.high[0]).all()) {
    build.linear(at, "mean", last.outputs, last.inputs, last.weight, last.bias);
    build.clamp("mean", output, policy.low[0], policy.high[0]);
  } else {  // each component has bounds of its own
    std::vector<std::string> components;
    for (int o = 0; o < last.outputs; ++o) {
      const std::string name = "mean" + std::to_string(o);
      const auto row = static_cast<std::size_t>(o), width = static_cast<std::size_t>(last.inputs);
      build.linear(at, name, 1, last.inputs, last.weight.subspan(row * width, width), last.bias.subspan(row, 1));
      components.push_back(name + "_bounded");
      build.clamp(name, components.back(), policy.low[o], policy.high[o]);
    }
    integer_attribute(build.node("Concat", components, output), "axis", 1);
  }
  return model.SerializeAsString();
}

}  // namespace cairn::agents
