#include "agents/networks/finite.h"

#include <Eigen/Core>

namespace cairn::agents {

namespace {

// x - x is 0 where x is finite and not a number elsewhere, and so is the sum of them.
template <class Scalar>
bool differences_vanish(std::span<const Scalar> values) {
  const Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>> x(values.data(),
                                                                    static_cast<Eigen::Index>(values.size()));
  return (x - x).sum() == 0;
}

template <class Scalar>
void require_writable(const std::string& name, std::span<const Scalar> values) {
  if (!all_finite(values))
    throw Diverged("'" + name + "' holds a number that is not finite and cannot be written to a checkpoint.");
}

}  // namespace

bool all_finite(std::span<const float> values) {
  return differences_vanish(values);
}

bool all_finite(std::span<const double> values) {
  return differences_vanish(values);
}

void require_finite(std::string_view what, const optim::Layout& layout, std::span<const float> values,
                    long long steps) {
  if (all_finite(values)) return;
  for (const optim::Block& block : layout.blocks)
    if (!all_finite(values.subspan(static_cast<std::size_t>(block.offset), static_cast<std::size_t>(block.size()))))
      throw Diverged("The " + std::string(what) + " in '" + block.name + "' are not finite after " +
                     std::to_string(steps) + " steps.");
}

void require_finite(const std::string& name, std::span<const float> values) {
  require_writable(name, values);
}

void require_finite(const std::string& name, std::span<const double> values) {
  require_writable(name, values);
}

}  // namespace cairn::agents
