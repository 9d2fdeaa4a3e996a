#pragma once

// What Muon and its relatives share: momentum, the iteration that makes its singular values alike, and AdamW for the
// rest. Private to optim's .cpp files.

#include "optim/matrices.h"

namespace cairn::optim {

/// X with all singular values about 1, by Newton and Schulz, with the coefficients of Jordan et al. (2024):
///
///     X = U / (‖U‖ + 1e-7);  five times: A = X Xᵀ, X ← 3.4445 X + (-4.7750 A + 2.0315 A²) X
template <class S>
class NewtonSchulz {
 public:
  /// Allocates for matrices of this block's shape, beside those of earlier calls.
  void reserve(const Block& block) {
    const Eigen::Index low = std::min(block.rows, block.cols);
    for (Workspace<S>* space : {&x_, &next_}) space->reserve(block.size());
    for (Workspace<S>* space : {&gram_, &polynomial_}) space->reserve(low * low);
  }

  /// Where U is to be written, of a size that was reserved, and where X comes to lie.
  MatrixView<S> place(const Block& block) { return next_.as(block.rows, block.cols); }

  /// Turns U into X where it lies, which is what `place` gave. Allocates nothing.
  void operator()(MatrixView<S> u) {
    // As wide as high at least, so that X Xᵀ is the smaller of the two squares.
    const bool tall = u.rows() > u.cols();
    const Eigen::Index low = std::min(u.rows(), u.cols()), high = std::max(u.rows(), u.cols());
    MatrixView<S> x = x_.as(low, high), next = next_.as(low, high);
    MatrixView<S> a = gram_.as(low, low), polynomial = polynomial_.as(low, low);

    const std::span<const S> flat(u.data(), static_cast<std::size_t>(u.size()));
    const S length = static_cast<S>(std::sqrt(sum_of_squares(flat)) + 1e-7);
    combine(u, u, [=](S own, S) { return own / length; });
    if (tall)
      x = u.transpose();
    else
      x = u;
    constexpr S c1 = static_cast<S>(3.4445), c3 = static_cast<S>(-4.7750), c5 = static_cast<S>(2.0315);
    for (int iteration = 0; iteration < 5; ++iteration) {
      multiply(a, x, x.transpose());
      multiply(polynomial, a, a);
      combine(polynomial, a, [=](S square, S own) { return c3 * own + c5 * square; });
      multiply(next, polynomial, x);
      combine(x, next, [=](S own, S product) { return c1 * own + product; });
    }
    if (tall)
      u = x.transpose();
    else
      u = x;
  }

 private:
  Workspace<S> x_, next_, gram_, polynomial_;
};

/// A rule that turns each matrix's momentum into X and steps along it; vectors, and output layers unless told
/// otherwise, take AdamW's steps. What it derives from this says how long the step is.
///
///     m ← momentum m + fresh g;  U = momentum m + fresh g (nesterov), or m;  X as above
///     θ ← (1 - lr weight_decay) θ - lr length X
template <class S>
class OrthogonalisedMomentum : public BoundOptimizer<S> {
 protected:
  /// What the equations above need.
  struct Settings {
    double lr, momentum, fresh;    ///< base rate; weights of the momentum so far and of the new gradient
    bool nesterov;                 ///< U looks ahead
    double weight_decay, adam_lr;  ///< decoupled decay; rate of AdamW's steps, which the schedule multiplies likewise
    Betas betas;                   ///< of AdamW
    bool output_layers;            ///< whether they are treated as matrices
  };

  /// Allocates the state for all blocks of the layout.
  OrthogonalisedMomentum(const Layout& layout, Rule::Binding binding, const Settings& settings)
      : BoundOptimizer<S>(layout, std::move(binding), settings.lr), settings_(settings) {
    for (const Block& block : layout.blocks) {
      const bool matrix = is_matrix(block) && (settings.output_layers || !block.has_tag("output"));
      second_moments_.push_back(matrix ? nullptr : this->keep("v", block, block.size(), 1));
      if (matrix) orthogonalise_.reserve(block);
    }
  }

  /// Whether the layout's block of this number is treated as a matrix.
  bool is_orthogonalised(std::size_t number) const { return second_moments_[number] == nullptr; }

  /// The factor `length` of the block of this number; may also change X.
  virtual double length(const Block& block, std::size_t number, MatrixView<S> x) = 0;

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    std::size_t number = 0;
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      for (const Block& block : blocks) {
        const std::size_t own = number++;
        if (is_orthogonalised(own)) {
          orthogonalised_step(block, own, parameters, gradient, report.learning_rate);
          continue;
        }
        const Instant instant{clock, report.learning_rate * settings_.adam_lr / settings_.lr};
        adamw_step(block, parameters.data(), gradient, settings_.betas, instant, settings_.weight_decay,
                   {momentum_ + block.offset, second_moments_[own]});
      }
    });
  }

  void orthogonalised_step(const Block& block, std::size_t number, std::span<S> parameters,
                           const ClippedGradient<S>& gradient, double rate) {
    MatrixView<S> u = orthogonalise_.place(block);
    copy_gradient(gradient, block, u);
    MatrixView<S> m(momentum_ + block.offset, block.rows, block.cols);
    const S keep = static_cast<S>(settings_.momentum), fresh = static_cast<S>(settings_.fresh);
    combine(m, u, [=](S own, S g) { return keep * own + fresh * g; });
    if (settings_.nesterov)
      combine(u, m, [=](S g, S mean) { return fresh * g + keep * mean; });
    else
      combine(u, m, [](S, S mean) { return mean; });
    orthogonalise_(u);

    MatrixView<S> p(parameters.data() + block.offset, block.rows, block.cols);
    const S left = static_cast<S>(1 - rate * settings_.weight_decay);
    const S step = static_cast<S>(rate * length(block, number, u));
    combine(p, u, [=](S own, S direction) { return left * own - step * direction; });
  }

  Settings settings_;
  S* momentum_ = this->keep("momentum");
  std::vector<S*> second_moments_;  // a block each; null: it is treated as a matrix
  NewtonSchulz<S> orthogonalise_;
};

}  // namespace cairn::optim
