#include "agents/learner/memory_need.h"

#include <algorithm>
#include <numeric>

#include "envs/vector_environment.h"

namespace cairn::agents {

double MemoryNeed::total() const {
  return std::accumulate(parts.begin(), parts.end(), 0.0,
                         [](double sum, const Part& part) { return sum + part.bytes; });
}

const MemoryNeed::Part& MemoryNeed::largest() const {
  return *std::ranges::max_element(parts, {}, &Part::bytes);
}

double bytes_of_worlds(const envs::Spec& spec, int environments) {
  constexpr double episodes = 256;  // that a world has room for until they are taken
  const double numbers = 2 * spec.observation_size() + 2 * spec.actions() + spec.action_size() * (spec.horizon + 2.0);
  return environments * (spec.bytes + sizeof(float) * numbers + sizeof(envs::Episode) * episodes);
}

NetworkSize network_size(int inputs, const std::vector<int>& hidden, int outputs, bool norm) {
  NetworkSize size;
  double below = inputs;
  const auto layer = [&](double width) {
    size.parameters += width * (below + 1);
    size.activations += 2 * width;
    size.largest_layer = std::max(size.largest_layer, width * below);
    below = width;
  };
  for (const int width : hidden) {
    layer(width);
    if (!norm) continue;
    size.parameters += 2.0 * width;
    size.activations += width + 1.0;
  }
  layer(outputs);
  return size;
}

std::vector<int> narrowed(std::vector<int> hidden) {
  for (int& width : hidden) width = std::min(width, 32);
  return hidden;
}

double state_per_parameter(const optim::Rule& rule, const optim::Layout& small) {
  const auto optimizer = rule.bind<float>(small);
  double numbers = 0;
  for (const optim::StateArray<float>& array : optimizer->arrays()) numbers += static_cast<double>(array.values.size());
  return numbers / static_cast<double>(small.size);
}

std::string text_of_hidden(const std::vector<int>& hidden) {
  std::string text = "hidden=";
  for (std::size_t i = 0; i < hidden.size(); ++i) text += (i > 0 ? "/" : "") + std::to_string(hidden[i]);
  return text;
}

}  // namespace cairn::agents
