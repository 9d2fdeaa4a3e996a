#include "optim/shampoo.h"

#include "optim/decompositions.h"
#include "optim/matrices.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

template <class S>
class Shampoo final : public BoundOptimizer<S> {
 public:
  Shampoo(const Layout& layout, Rule::Binding binding, const ShampooOptions& options)
      : BoundOptimizer<S>(layout, std::move(binding), options.lr), options_(options) {
    for (const Block& block : layout.blocks) {
      Factors& factors = factors_.emplace_back();
      if (!is_matrix(block)) {
        factors.sum = this->keep("sum", block, block.size(), 1);
        continue;
      }
      factors.left = side("left", block, block.rows);
      factors.right = side("right", block, block.cols);
      gradient_.reserve(block.size());
      product_.reserve(block.size());
      square_.reserve(std::max(block.rows * block.rows, block.cols * block.cols));
    }
  }

 private:
  /// One side's sum of squares and its root ^(-1/4).
  struct Side {
    Eigen::Index size = 0;
    S *sum = nullptr, *root = nullptr;
    std::unique_ptr<SymmetricEigen> eigen{};
  };
  struct Factors {
    Side left{}, right{};
    S* sum = nullptr;  // of a vector
  };

  Side side(const std::string& name, const Block& block, Eigen::Index size) {
    return {size, this->keep(name, block, size, size, options_.eps), this->keep(name + "_root", block, size, size),
            std::make_unique<SymmetricEigen>(size)};
  }

  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    std::size_t number = 0;
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      for (const Block& block : blocks) {
        Factors& factors = factors_[number++];
        if (factors.sum != nullptr)
          diagonal_step(block, parameters.data(), gradient, factors.sum, report.learning_rate);
        else
          matrix_step(block, parameters.data(), gradient, factors, clock, report.learning_rate);
      }
    });
  }

  void diagonal_step(const Block& block, S* parameters, const ClippedGradient<S>& gradient, S* sum, double rate) {
    S* const p = parameters + block.offset;
    const S step = static_cast<S>(rate), shrink = static_cast<S>(options_.weight_decay),
            initial = static_cast<S>(options_.eps);
    const ClippedGradient<S> g{gradient.raw + block.offset, gradient.factor, gradient.limit};
    const auto size = static_cast<std::size_t>(block.size());
#pragma GCC ivdep
    for (std::size_t i = 0; i < size; ++i) {
      sum[i] += g[i] * g[i];
      p[i] -= step * (g[i] / std::sqrt(sum[i] + initial) + shrink * p[i]);
    }
  }

  void matrix_step(const Block& block, S* parameters, const ClippedGradient<S>& gradient, Factors& factors,
                   std::int64_t clock, double rate) {
    MatrixView<S> g = gradient_.as(block.rows, block.cols), product = product_.as(block.rows, block.cols);
    copy_gradient(gradient, block, g);
    add_square(factors.left, g, g.transpose());
    add_square(factors.right, g.transpose(), g);
    if ((clock - 1) % options_.every == 0) {
      take_root(factors.left);
      take_root(factors.right);
    }
    multiply(product, MatrixView<S>(factors.left.root, block.rows, block.rows), g);
    multiply(g, product, MatrixView<S>(factors.right.root, block.cols, block.cols));
    MatrixView<S> p(parameters + block.offset, block.rows, block.cols);
    combine(p, g, [step = static_cast<S>(rate), decay = static_cast<S>(options_.weight_decay)](S own, S direction) {
      return own - step * (direction + decay * own);
    });
  }

  template <class A, class B>
  void add_square(Side& side, const A& a, const B& b) {
    MatrixView<S> square = square_.as(side.size, side.size);
    multiply(square, a, b);
    combine(MatrixView<S>(side.sum, side.size, side.size), square, [](S own, S more) { return own + more; });
  }

  void take_root(Side& side) {
    side.eigen->compute(MatrixView<S>(side.sum, side.size, side.size));
    MatrixView<S>(side.root, side.size, side.size) = side.eigen->power(-0.25, options_.eps).template cast<S>();
  }

  ShampooOptions options_;
  std::vector<Factors> factors_;
  Workspace<S> gradient_, product_, square_;
};

}  // namespace

Rule shampoo(const ShampooOptions& options) {
  return bound_rule<Shampoo>(describe("shampoo", options), options);
}

}  // namespace cairn::optim
