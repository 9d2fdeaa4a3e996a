#pragma once

// Gradients beside central differences.

#include <gtest/gtest.h>

#include <Eigen/Core>

#include "envs/random.h"

namespace cairn::agents {

using Eigen::ArrayXd;
using Eigen::MatrixXd;

inline MatrixXd normal(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed) {
  envs::Random random(seed, envs::Stream::problem);
  MatrixXd out(rows, cols);
  for (Eigen::Index i = 0; i < out.size(); ++i) out.data()[i] = static_cast<double>(random.normal());
  return out;
}

template <class Loss>
void expect_gradient(Eigen::Ref<MatrixXd> at, const Eigen::Ref<const MatrixXd>& gradient, Loss&& loss) {
  const double h = 1e-6;
  for (Eigen::Index j = 0; j < at.cols(); ++j)
    for (Eigen::Index i = 0; i < at.rows(); ++i) {
      const double here = at(i, j);
      at(i, j) = here + h;
      const double above = loss();
      at(i, j) = here - h;
      const double below = loss();
      at(i, j) = here;
      EXPECT_NEAR(gradient(i, j), (above - below) / (2 * h), 1e-7) << i << ", " << j;
    }
}

}  // namespace cairn::agents
