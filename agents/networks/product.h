#pragma once

#include <Eigen/Core>

namespace cairn::agents {

/// A matrix whose element (i, j) lies at data[i * row_stride + j * col_stride].
template <class Scalar>
struct Strided {
  const Scalar* data;                   ///< element (0, 0)
  Eigen::Index row_stride, col_stride;  ///< elements from one row to the next, and from one column to the next
};

/// C = init + A B for the small matrices of a perceptron. A (rows x depth) and C (rows x cols) are column-major with
/// `a_stride` and `c_stride` elements from column to column; B (depth x cols) lies anyhow. Column j of `init` begins at
/// init + j * init_stride: stride 0 adds one vector to each column, `init == c` accumulates, null stands for zero.
///
/// Each element is one chain of fused multiply-adds in the order of depth, whatever rows and cols: its bits do not
/// depend on how a batch is cut. Eigen's product does not promise that, and packs both operands anew on every call,
/// which at 64 x 64 x 64 costs a third of the time.
template <class Scalar>
void multiply(Eigen::Index rows, Eigen::Index cols, Eigen::Index depth, const Scalar* a, Eigen::Index a_stride,
              Strided<Scalar> b, const Scalar* init, Eigen::Index init_stride, Scalar* c, Eigen::Index c_stride);

/// The same for A row-major (`a_stride` from row to row) and few rows: each element is a dot product along depth.
/// B is column-major.
template <class Scalar>
void multiply_narrow(Eigen::Index rows, Eigen::Index cols, Eigen::Index depth, const Scalar* a, Eigen::Index a_stride,
                     const Scalar* b, Eigen::Index b_stride, const Scalar* init, Scalar* c, Eigen::Index c_stride);

/// Rows below which multiply_narrow is the faster one.
template <class Scalar>
Eigen::Index narrow_rows();

/// `to` (cols x rows, row-major) = transpose of `from` (rows x cols, row-major).
template <class Scalar>
void transpose(Eigen::Index rows, Eigen::Index cols, const Scalar* from, Scalar* to);

}  // namespace cairn::agents
