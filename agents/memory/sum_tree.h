#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace cairn::agents {

/// A binary tree of sums over `size` weights: drawing one in proportion to its weight, and changing one, take
/// log2(size) steps. Sums are recomputed from below, never adjusted by differences, so that no rounding error gathers.
class SumTree {
 public:
  SumTree() = default;
  /// All weights 0.
  explicit SumTree(std::int64_t size);

  /// `weight`: finite, not negative.
  void set(std::int64_t index, double weight);
  /// The weight at that index.
  double operator[](std::int64_t index) const { return nodes_[leaf(index)]; }
  /// Sum of all weights.
  double total() const { return nodes_[1]; }
  /// The index at which the running sum of weights passes `mass`, in [0, total()).
  std::int64_t find(double mass) const;
  /// Number of weights.
  std::int64_t size() const { return size_; }

  /// All of them, in order.
  std::span<const double> weights() const { return {nodes_.data() + leaves_, static_cast<std::size_t>(size_)}; }
  /// Throws std::invalid_argument for another number of weights, or for one that is negative or not finite.
  void assign(std::span<const double> weights);

 private:
  std::size_t leaf(std::int64_t index) const { return leaves_ + static_cast<std::size_t>(index); }
  std::int64_t size_ = 0;
  std::size_t leaves_ = 1;     // a power of two
  std::vector<double> nodes_;  // node i has the children 2i and 2i + 1; 1 is the root
};

}  // namespace cairn::agents
