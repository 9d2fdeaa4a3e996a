#include "agents/memory/sum_tree.h"

#include <bit>
#include <cmath>
#include <stdexcept>
#include <string>

namespace cairn::agents {

SumTree::SumTree(std::int64_t size)
    : size_(size), leaves_(std::bit_ceil(static_cast<std::size_t>(size))), nodes_(2 * leaves_, 0.0) {}

void SumTree::set(std::int64_t index, double weight) {
  std::size_t node = leaf(index);
  nodes_[node] = weight;
  while (node > 1) {
    node /= 2;
    nodes_[node] = nodes_[2 * node] + nodes_[2 * node + 1];
  }
}

std::int64_t SumTree::find(double mass) const {
  std::size_t node = 1;
  while (node < leaves_) {
    node *= 2;
    // Rounding may leave a mass at the very end; what weighs nothing is never entered.
    if (mass >= nodes_[node] && nodes_[node + 1] > 0) mass -= nodes_[node++];
  }
  return static_cast<std::int64_t>(node - leaves_);
}

void SumTree::assign(std::span<const double> weights) {
  if (static_cast<std::int64_t>(weights.size()) != size_)
    throw std::invalid_argument(std::to_string(weights.size()) + " priorities do not fit " + std::to_string(size_) +
                                ".");
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0) || !std::isfinite(weights[i]))
      throw std::invalid_argument("A priority of " + std::to_string(weights[i]) + " is none.");
    nodes_[leaves_ + i] = weights[i];
  }
  for (std::size_t node = leaves_ - 1; node > 0; --node) nodes_[node] = nodes_[2 * node] + nodes_[2 * node + 1];
}

}  // namespace cairn::agents
