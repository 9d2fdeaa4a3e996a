#pragma once

// The threads that share an optimizer's passes. Private to optim's .cpp files.

#include <algorithm>
#include <functional>
#include <vector>

#include "optim/flush_subnormals.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Stretches of the parameter vector and who passes over them. By default there is one, which the caller does alone.
class Crew {
 public:
  Crew() = default;
  /// `cuts`: where stretches end, without the last, which ends at `size`.
  Crew(const std::vector<Eigen::Index>& cuts, Eigen::Index size, Workers workers) : workers_(std::move(workers)) {
    bounds_.push_back(0);
    for (const Eigen::Index cut : cuts) bounds_.push_back(static_cast<std::size_t>(cut));
    bounds_.push_back(static_cast<std::size_t>(size));
  }

  bool alone() const { return bounds_.size() <= 2; }
  std::size_t size() const { return bounds_.empty() ? 0 : bounds_.back(); }
  std::size_t stretches() const { return bounds_.empty() ? 0 : bounds_.size() - 1; }
  std::size_t first(std::size_t stretch) const { return bounds_[stretch]; }
  std::size_t end(std::size_t stretch) const { return bounds_[stretch + 1]; }

  /// Calls f(first, end) for stretches that together are the whole vector, perhaps at the same time. Not when alone.
  template <class F>
  void for_each_stretch(F f) const {
    const auto task = [bounds = bounds_.data(), f](int i) {
      const FlushSubnormals flush;
      f(bounds[i], bounds[i + 1]);
    };
    workers_(static_cast<int>(bounds_.size()) - 1, std::cref(task));
  }

 private:
  std::vector<std::size_t> bounds_;
  Workers workers_;
};

}  // namespace cairn::optim
