#include "optim/kron.h"

#include "optim/matrices.h"
#include "optim/options.h"
#include "optim/problems/draws.h"

namespace cairn::optim {

namespace {

// Triangular systems, in loops over rows, which vectorise.

/// X ← Q⁻ᵀ X, Q upper triangular.
template <class S>
void divide_from_left(MatrixView<S> x, MatrixView<S> q) {
  const Eigen::Index rows = x.rows(), cols = x.cols();
  for (Eigen::Index i = 0; i < rows; ++i) {
    S* const own = x.data() + i * cols;
    for (Eigen::Index j = 0; j < cols; ++j) own[j] /= q(i, i);
    for (Eigen::Index k = i + 1; k < rows; ++k) {
      S* const row = x.data() + k * cols;
      const S factor = q(i, k);
#pragma GCC ivdep
      for (Eigen::Index j = 0; j < cols; ++j) row[j] -= factor * own[j];
    }
  }
}

/// X ← X Q⁻¹, Q upper triangular.
template <class S>
void divide_from_right(MatrixView<S> x, MatrixView<S> q) {
  const Eigen::Index rows = x.rows(), cols = x.cols();
  for (Eigen::Index i = 0; i < rows; ++i) {
    S* const row = x.data() + i * cols;
    for (Eigen::Index j = 0; j < cols; ++j) {
      const S own = row[j] /= q(j, j);
      const S* const above = q.data() + j * cols;
#pragma GCC ivdep
      for (Eigen::Index k = j + 1; k < cols; ++k) row[k] -= own * above[k];
    }
  }
}

template <class S>
S largest(MatrixView<S> values) {
  S most = 0;
  for (Eigen::Index i = 0; i < values.size(); ++i) most = std::max(most, std::abs(values.data()[i]));
  return most;
}

template <class S>
class Kron final : public BoundOptimizer<S> {
 public:
  Kron(const Layout& layout, Rule::Binding binding, const KronOptions& options)
      : BoundOptimizer<S>(layout, std::move(binding), options.lr), options_(options) {
    for (const Block& block : layout.blocks) {
      Part& part = parts_.emplace_back();
      part.place = parts_.size() - 1;
      part.counts = this->keep("counts", block, 2, 1);
      // A vector, which may lie as a row, is a column here; what would act on it from the right is 1.
      part.rows = is_matrix(block) ? block.rows : block.size();
      part.cols = is_matrix(block) ? block.cols : 1;
      part.left = side("left", block, part.rows, is_matrix(block));
      if (is_matrix(block)) part.right = side("right", block, part.cols, true);
      for (Workspace<S>* space : {&g_, &a_, &b_, &half_}) space->reserve(block.size());
      probe_.resize(std::max(probe_.size(), static_cast<std::size_t>(block.size())));
      for (const Side& own : {part.left, part.right}) {
        for (Workspace<S>* space : {&difference_, &sum_, &moved_})
          space->reserve(own.triangular ? own.size * own.size : own.size);
        for (Workspace<S>* space : {&x_, &y_}) space->reserve(own.size);
      }
    }
  }

 private:
  /// One side's factor: upper triangular, or a diagonal as a vector. Of size 0 where there is none.
  struct Side {
    Eigen::Index size = 0;
    bool triangular = false;
    S* q = nullptr;
    MatrixView<S> view() const { return {q, size, triangular ? size : 1}; }
  };
  struct Part {
    std::size_t place = 0;
    Eigen::Index rows = 0, cols = 0;
    Side left{}, right{};
    S* counts = nullptr;  // of steps, and of steps since Q moved
  };

  Side side(const char* name, const Block& block, Eigen::Index size, bool matrix) {
    const bool triangular = matrix && size <= options_.max_side;
    return {size, triangular, this->keep(name, block, size, triangular ? size : 1, 1)};
  }

  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    std::size_t number = 0;
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      for (const Block& block : blocks)
        whitened_step(block, parts_[number++], parameters.data(), gradient, clock, report.learning_rate);
    });
  }

  void whitened_step(const Block& block, Part& part, S* parameters, const ClippedGradient<S>& gradient,
                     std::int64_t clock, double rate) {
    MatrixView<S> g = g_.as(part.rows, part.cols), m(m_ + block.offset, part.rows, part.cols);
    const S b1 = static_cast<S>(options_.beta1), c1 = static_cast<S>(1 - options_.beta1);
    copy_gradient(gradient, block, g);
    combine(m, g, [=](S own, S fresh) { return b1 * own + c1 * fresh; });
    const S front = static_cast<S>(1 / (1 - std::pow(options_.beta1, static_cast<double>(clock))));
    const auto start_from_mean = [&] { combine(g, m, [=](S, S mean) { return front * mean; }); };
    start_from_mean();
    if (is_to_learn(part)) {
      const bool moved = learn(part, g);
      if (moved && !options_.probe_leaks) start_from_mean();
    }

    // U = Q_Lᵀ Q_L G Q_Rᵀ Q_R
    MatrixView<S> u = a_.as(part.rows, part.cols), half = half_.as(part.rows, part.cols);
    stretch(part, g, half, u);
    from_left(part.left, u, half, true);
    from_right(part.right, half, u, false);
    const std::span<const S> flat(u.data(), static_cast<std::size_t>(u.size()));
    const double rms = std::sqrt(sum_of_squares(flat) / static_cast<double>(u.size()));
    const S shorten = static_cast<S>(std::min(1.0, 1.1 / (rms + 1e-12)));
    const S step = static_cast<S>(rate), shrink = static_cast<S>(is_matrix(block) ? options_.weight_decay : 0);
    combine(MatrixView<S>(parameters + block.offset, part.rows, part.cols), u,
            [=](S own, S direction) { return own - step * (shorten * direction + shrink * own); });
  }

  /// Counts the step, and whether it is the 1/p-th since the last that moved Q. Single precision counts to 2^24, when p
  /// is long at its least.
  bool is_to_learn(Part& part) const {
    S &steps = part.counts[0], &since = part.counts[1];
    const double late = static_cast<double>(steps) - static_cast<double>(options_.flat_steps);
    const double p = std::clamp(std::exp(-options_.decay * late), options_.least, 1.0);
    steps += 1;
    since += 1;
    if (static_cast<double>(since) < 1 / p) return false;
    since = 0;
    return true;
  }

  /// Damps G and moves Q so that it whitens it. False, with both left alone, where G is zero throughout.
  bool learn(Part& part, MatrixView<S> g) {
    const std::span<const S> flat(g.data(), static_cast<std::size_t>(g.size()));
    const double mean = sum(flat, [](const auto& values) { return values.abs(); }) / static_cast<double>(g.size());
    if (mean == 0) return false;
    const std::span<double> probe(probe_.data(), flat.size());
    const bool balances = draw(part.place, probe);
    MatrixView<S> a = a_.as(part.rows, part.cols), b = b_.as(part.rows, part.cols);
    for (std::size_t i = 0; i < probe.size(); ++i) b.data()[i] = static_cast<S>(probe[i]);
    constexpr double root_of_single_precision = 3.4526698300124390e-4;
    const S damping = static_cast<S>(root_of_single_precision * mean);
    combine(g, b, [=](S own, S v) { return own + damping * v; });

    if (balances && part.right.size > 0) balance(part.left.view(), part.right.view());
    stretch(part, g, half_.as(part.rows, part.cols), a);  // A = Q_L G Q_Rᵀ
    divide(part, b);                                      // B = Q_L⁻ᵀ V Q_R⁻¹
    if (part.left.triangular)
      turn(part.left, a, a.transpose(), b, b.transpose());
    else
      lengthen(part.left, a, b, [](MatrixView<S> of, Eigen::Index i, Eigen::Index k) { return of(i, k); });
    if (part.right.triangular)
      turn(part.right, a.transpose(), a, b.transpose(), b);
    else if (part.right.size > 0)
      lengthen(part.right, a, b, [](MatrixView<S> of, Eigen::Index i, Eigen::Index k) { return of(k, i); });
    return true;
  }

  bool draw(std::size_t place, std::span<double> probe) const {
    if (options_.draw) return options_.draw(place, this->updates(), probe);
    Draws draws(static_cast<std::uint64_t>(options_.seed) | static_cast<std::uint64_t>(place) << 32, this->updates());
    const bool balances = draws.uniform() < 0.01;
    for (double& value : probe) value = draws.normal();
    return balances;
  }

  static void balance(MatrixView<S> left, MatrixView<S> right) {
    const auto l = static_cast<double>(largest(left)), r = static_cast<double>(largest(right));
    const double both = std::sqrt(l) * std::sqrt(r);
    combine(left, left, [factor = static_cast<S>(both / l)](S own, S) { return factor * own; });
    combine(right, right, [factor = static_cast<S>(both / r)](S own, S) { return factor * own; });
  }

  /// out = Q x, or Qᵀ x.
  static void from_left(const Side& side, MatrixView<S> x, MatrixView<S> out, bool transposed) {
    if (!side.triangular)
      for (Eigen::Index i = 0; i < x.rows(); ++i)
        for (Eigen::Index k = 0; k < x.cols(); ++k) out(i, k) = side.q[i] * x(i, k);
    else if (transposed)
      multiply(out, side.view().transpose(), x);
    else
      multiply(out, side.view(), x);
  }
  /// out = x Q, or x Qᵀ.
  static void from_right(const Side& side, MatrixView<S> x, MatrixView<S> out, bool transposed) {
    if (side.size == 0)
      std::copy_n(x.data(), x.size(), out.data());
    else if (!side.triangular)
      for (Eigen::Index i = 0; i < x.rows(); ++i)
        for (Eigen::Index k = 0; k < x.cols(); ++k) out(i, k) = x(i, k) * side.q[k];
    else if (transposed)
      multiply(out, x, side.view().transpose());
    else
      multiply(out, x, side.view());
  }
  /// out = Q_L x Q_Rᵀ
  static void stretch(const Part& part, MatrixView<S> x, MatrixView<S> half, MatrixView<S> out) {
    from_left(part.left, x, half, false);
    from_right(part.right, half, out, true);
  }
  /// x ← Q_L⁻ᵀ x Q_R⁻¹
  static void divide(const Part& part, MatrixView<S> x) {
    if (part.left.triangular)
      divide_from_left(x, part.left.view());
    else
      for (Eigen::Index i = 0; i < x.rows(); ++i)
        for (Eigen::Index k = 0; k < x.cols(); ++k) x(i, k) /= part.left.q[i];
    if (part.right.triangular)
      divide_from_right(x, part.right.view());
    else if (part.right.size > 0)
      for (Eigen::Index i = 0; i < x.rows(); ++i)
        for (Eigen::Index k = 0; k < x.cols(); ++k) x(i, k) /= part.right.q[k];
  }

  /// Q ← Q - precond_lr triu(A Aᵀ - B Bᵀ) / lb(A Aᵀ + B Bᵀ) Q, where the products are those of the pairs given.
  void turn(Side& side, Factor<S> a, Factor<S> other_a, Factor<S> b, Factor<S> other_b) {
    const Eigen::Index n = side.size;
    MatrixView<S> difference = difference_.as(n, n), both = sum_.as(n, n), moved = moved_.as(n, n), q = side.view();
    multiply(difference, a, other_a);
    multiply(moved, b, other_b);
    combine(both, difference, [](S, S of_a) { return of_a; });
    combine(both, moved, [](S of_a, S of_b) { return of_a + of_b; });
    combine(difference, moved, [](S of_a, S of_b) { return of_a - of_b; });
    const S length = std::max(lower_bound(both), std::numeric_limits<S>::min());
    const S rate = static_cast<S>(options_.precond_lr);
    for (Eigen::Index i = 0; i < n; ++i)
      for (Eigen::Index k = 0; k < n; ++k) difference(i, k) = k < i ? S(0) : rate * difference(i, k) / length;
    multiply(moved, difference, q);
    combine(q, moved, [](S own, S change) { return own - change; });
  }

  /// The same of a diagonal: sums of squares along it, and their largest for lb. `at(x, i, k)`: the k-th in its i-th.
  template <class At>
  void lengthen(Side& side, MatrixView<S> a, MatrixView<S> b, At at) {
    MatrixView<S> difference = difference_.as(side.size, 1), both = sum_.as(side.size, 1);
    for (Eigen::Index i = 0; i < side.size; ++i) {
      S of_a = 0, of_b = 0;
      for (Eigen::Index k = 0; k < a.size() / side.size; ++k) {
        of_a += at(a, i, k) * at(a, i, k);
        of_b += at(b, i, k) * at(b, i, k);
      }
      difference(i, 0) = of_a - of_b;
      both(i, 0) = of_a + of_b;
    }
    const S length = std::max(largest(both), std::numeric_limits<S>::min());
    const S rate = static_cast<S>(options_.precond_lr);
    combine(side.view(), difference, [=](S own, S change) { return own - rate * change * (own / length); });
  }

  /// lb(S) = ‖S y‖, y = S x / ‖S x‖, x the longest column of the symmetric S, which is divided by its largest element.
  S lower_bound(MatrixView<S> square) {
    const S most = largest(square);
    if (!(most > 0)) return most;
    const Eigen::Index n = square.rows();
    combine(square, square, [=](S own, S) { return own / most; });
    const auto row = [&](Eigen::Index i) {
      return std::span<const S>(square.data() + i * n, static_cast<std::size_t>(n));
    };
    Eigen::Index longest = 0;
    double length = 0;
    for (Eigen::Index i = 0; i < n; ++i)
      if (const double own = sum_of_squares(row(i)); own > length) {
        longest = i;
        length = own;
      }
    const auto product = [&](std::span<const S> with, MatrixView<S> out) {
      for (Eigen::Index i = 0; i < n; ++i) {
        S total = 0;
        for (std::size_t k = 0; k < with.size(); ++k) total += row(i)[k] * with[k];
        out(0, i) = total;
      }
      return std::sqrt(sum_of_squares(std::span<const S>(out.data(), with.size())));
    };
    MatrixView<S> x = x_.as(1, n), y = y_.as(1, n);
    const S norm = static_cast<S>(product(row(longest), x));
    combine(x, x, [=](S own, S) { return own / norm; });
    return most * static_cast<S>(product({x.data(), static_cast<std::size_t>(n)}, y));
  }

  KronOptions options_;
  S* m_ = this->keep("m");
  std::vector<Part> parts_;  // a block each
  Workspace<S> g_, a_, b_, half_, difference_, sum_, moved_, x_, y_;
  std::vector<double> probe_;
};

}  // namespace

Rule kron(const KronOptions& options) {
  return bound_rule<Kron>(describe("kron", options), options);
}

}  // namespace cairn::optim
