#pragma once

// What the rules on matrices share: blocks seen as matrices, products that allocate nothing, and Adam for blocks that
// are none. Private to optim's .cpp files.

#include <Eigen/Core>
#include <type_traits>

#include "optim/scale_by_adam.h"

namespace cairn::optim {

/// A matrix as parameters hold it.
template <class S>
using RowMajor = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
/// The same over memory that others own.
template <class S>
using MatrixView = Eigen::Map<RowMajor<S>>;

/// Whether rules on matrices treat it as one: what has but one row or column is a vector.
inline bool is_matrix(const Block& block) {
  return block.rows > 1 && block.cols > 1;
}

// Equal runs must give equal bits, wherever memory lies. Eigen's elementwise expressions and its smallest products
// treat elements up to the first aligned address apart, which may round otherwise; so what follows writes those as
// loops.

/// A row-major matrix to be multiplied, as it lies or transposed.
template <class S>
struct Factor {
  /// The matrix as it lies.
  template <class M>
  Factor(const M& matrix) : data(matrix.data()), rows(matrix.rows()), cols(matrix.cols()) {
    static_assert(M::IsRowMajor);
  }
  /// Its transpose; nothing is copied.
  template <class M>
  Factor(const Eigen::Transpose<M>& transpose) : Factor(transpose.nestedExpression()) {
    transposed = true;
  }

  const S* data;            ///< row after row
  Eigen::Index rows, cols;  ///< as it lies
  bool transposed = false;  ///< whether its transpose is meant
};

/// out = a b, of which one at most is transposed. Instantiated in matrices.cpp alone: Eigen's product takes the
/// compiler long.
template <class S>
void multiply(MatrixView<S> out, std::type_identity_t<Factor<S>> a, std::type_identity_t<Factor<S>> b);

/// to[i] ← f(to[i], from[i])
template <class S, class F>
void combine(MatrixView<S> to, MatrixView<S> from, F f) {
  S* const out = to.data();
  const S* const in = from.data();
  const auto size = static_cast<std::size_t>(to.size());
#pragma GCC ivdep
  for (std::size_t i = 0; i < size; ++i) out[i] = f(out[i], in[i]);
}

/// Storage for matrices of changing shape, allocated once.
template <class S>
class Workspace {
 public:
  /// Makes room for `size` elements at least.
  void reserve(Eigen::Index size) { values_.resize(std::max(values_.size(), static_cast<std::size_t>(size))); }
  /// The storage as a matrix of rows x cols, which must fit what was reserved.
  MatrixView<S> as(Eigen::Index rows, Eigen::Index cols) { return {values_.data(), rows, cols}; }

 private:
  std::vector<S> values_;
};

/// The clipped gradient of a block, as a matrix.
template <class S>
void copy_gradient(const ClippedGradient<S>& gradient, const Block& block, MatrixView<S> out) {
  const auto first = static_cast<std::size_t>(block.offset);
  for (std::size_t i = 0; i < static_cast<std::size_t>(block.size()); ++i) out.data()[i] = gradient[first + i];
}

/// AdamW on `size` parameters, the moments in `slots`: p -= rate (adam(g) + decay p).
template <class S>
void adamw_step(Eigen::Index size, S* p, const ClippedGradient<S>& g, const Betas& betas, const Instant& instant,
                double decay, std::array<S*, 2> slots) {
  const auto scale = ScaleByAdam{betas}.kernel<S>(instant, slots.data());
  const S rate = static_cast<S>(instant.rate), shrink = static_cast<S>(decay);
#pragma GCC ivdep
  for (std::size_t i = 0; i < static_cast<std::size_t>(size); ++i)
    p[i] -= rate * (scale(g[i], p[i], i) + shrink * p[i]);
}
/// The same on one block.
template <class S>
void adamw_step(const Block& block, S* parameters, const ClippedGradient<S>& gradient, const Betas& betas,
                const Instant& instant, double decay, std::array<S*, 2> slots) {
  const ClippedGradient<S> g{gradient.raw + block.offset, gradient.factor, gradient.limit};
  adamw_step(block.size(), parameters + block.offset, g, betas, instant, decay, slots);
}

/// Makes the rows of the square `q` orthonormal, from the first on: Qᵀ of the QR decomposition of qᵀ whose R has a
/// positive diagonal. Gram-Schmidt, each row twice, which is enough (Giraud et al. 2005). In place of a row that
/// depends on those before comes what is left of the first unit vector that does not.
template <class S>
void orthonormalise_rows(MatrixView<S> q) {
  const Eigen::Index n = q.cols();
  const auto row = [&](Eigen::Index i) { return std::span<S>(q.data() + i * n, static_cast<std::size_t>(n)); };
  const auto norm = [](std::span<const S> values) { return static_cast<S>(std::sqrt(sum_of_squares(values))); };
  const auto take_out = [](std::span<S> from, std::span<const S> unit) {
    S along = 0;
    for (std::size_t i = 0; i < unit.size(); ++i) along += unit[i] * from[i];
    for (std::size_t i = 0; i < unit.size(); ++i) from[i] -= along * unit[i];
  };
  for (Eigen::Index j = 0; j < n; ++j)
    for (Eigen::Index unit = -1; unit < n; ++unit) {
      if (unit >= 0) q.row(j) = Eigen::Matrix<S, 1, Eigen::Dynamic>::Unit(n, unit);
      S left[2];
      for (S& after : left) {
        for (Eigen::Index k = 0; k < j; ++k) take_out(row(j), row(k));
        after = norm(row(j));
      }
      if (!(left[1] > S(0.1) * left[0])) continue;
      for (S& value : row(j)) value /= left[1];
      break;
    }
}

}  // namespace cairn::optim
