#include "optim/soap.h"

#include "optim/decompositions.h"
#include "optim/matrices.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

template <class S>
class Soap final : public BoundOptimizer<S> {
 public:
  Soap(const Layout& layout, Rule::Binding binding, const SoapOptions& options)
      : BoundOptimizer<S>(layout, std::move(binding), options.lr), options_(options) {
    for (const Block& block : layout.blocks) {
      Part& part = parts_.emplace_back();
      part.v = this->keep("v", block, block.size(), 1);
      if (!is_matrix(block)) continue;
      part.lag = this->keep("lag", block, 1, 1);
      part.left = side("left", block, block.rows);
      part.right = side("right", block, block.cols);
      for (Workspace<S>* space : {&gradient_, &turned_, &half_}) space->reserve(block.size());
      for (Workspace<S>* space : {&square_, &basis_})
        space->reserve(std::max(part.left.size * part.left.size, part.right.size * part.right.size));
      sizes_.reserve(std::max(block.rows, block.cols));
      order_.resize(std::max(order_.size(), static_cast<std::size_t>(std::max(block.rows, block.cols))));
    }
  }

 private:
  /// One side's mean square and its eigenvectors in columns; of size 0 where it keeps its own axes.
  struct Side {
    Eigen::Index size = 0;
    S *square = nullptr, *basis = nullptr;
    std::unique_ptr<SymmetricEigen> eigen{};
  };
  struct Part {
    Side left{}, right{};
    S *v = nullptr, *lag = nullptr;  // lag: null for a vector; steps of the clock that moved nothing
  };

  Side side(const std::string& name, const Block& block, Eigen::Index size) {
    if (size > options_.max_side) return {};
    return {size, this->keep(name, block, size, size), this->keep(name + "_basis", block, size, size),
            std::make_unique<SymmetricEigen>(size)};
  }
  static MatrixView<S> square(Side& side) { return {side.square, side.size, side.size}; }
  static MatrixView<S> basis(Side& side) { return {side.basis, side.size, side.size}; }

  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    std::size_t number = 0;
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      for (const Block& block : blocks) {
        Part& part = parts_[number++];
        if (part.lag == nullptr)
          adamw_step(block, parameters.data(), gradient, {options_.beta1, options_.beta2, options_.eps, true},
                     {clock, report.learning_rate}, options_.weight_decay, {m_ + block.offset, part.v});
        else
          turned_step(block, part, parameters.data(), gradient, clock, report.learning_rate);
      }
    });
  }

  void turned_step(const Block& block, Part& part, S* parameters, const ClippedGradient<S>& gradient,
                   std::int64_t clock, double rate) {
    MatrixView<S> g = gradient_.as(block.rows, block.cols), turned = turned_.as(block.rows, block.cols);
    copy_gradient(gradient, block, g);
    const bool fresh = is_fresh(part);
    if (fresh) *part.lag = static_cast<S>(clock);
    std::int64_t t = clock - static_cast<std::int64_t>(*part.lag);
    if (!fresh && t < 1) {  // the clock was restarted and the eigenvectors were not
      *part.lag = 0;
      t = clock;
    }
    if (t >= 1) {
      move(block, part, parameters, g, turned, t, rate);
      // The gradient's own workspace was turned back and forth in the meantime.
      copy_gradient(gradient, block, g);
    }
    learn(part.left, g, g.transpose());
    learn(part.right, g.transpose(), g);
    if (fresh) {
      set_up(part.left);
      set_up(part.right);
    } else if (t % options_.every == 0) {
      refresh(block, part);
    }
  }

  /// No gradient but zeros has been seen.
  static bool is_fresh(Part& part) {
    Side& side = part.left.size > 0 ? part.left : part.right;
    return side.size > 0 && square(side).trace() == 0;
  }

  void move(const Block& block, Part& part, S* parameters, MatrixView<S> g, MatrixView<S> turned, std::int64_t t,
            double rate) {
    const double front = Betas{options_.beta1, options_.beta2, options_.eps, true}.corrections(t).front;
    MatrixView<S> m(m_ + block.offset, block.rows, block.cols), p(parameters + block.offset, block.rows, block.cols);
    MatrixView<S> v(part.v, block.rows, block.cols);
    const S b1 = static_cast<S>(options_.beta1), c1 = static_cast<S>(1 - options_.beta1);
    const S b2 = static_cast<S>(options_.beta2), c2 = static_cast<S>(1 - options_.beta2);
    combine(m, g, [=](S own, S fresh) { return b1 * own + c1 * fresh; });
    turn(part, g, turned);
    combine(v, turned, [=](S own, S fresh) { return b2 * own + c2 * fresh * fresh; });
    turn(part, m, turned);
    combine(turned, v, [correction = static_cast<S>(front), eps = static_cast<S>(options_.eps)](S mean, S square) {
      return correction * mean / (std::sqrt(square) + eps);
    });
    turn_back(part, turned, g);
    combine(p, g, [step = static_cast<S>(rate), decay = static_cast<S>(options_.weight_decay)](S own, S direction) {
      return own - step * (direction + decay * own);
    });
  }

  /// out = QLᵀ in QR.
  void turn(Part& part, MatrixView<S> in, MatrixView<S> out) {
    MatrixView<S> half = half_.as(in.rows(), in.cols());
    if (part.left.size > 0)
      multiply(half, basis(part.left).transpose(), in);
    else
      half = in;
    if (part.right.size > 0)
      multiply(out, half, basis(part.right));
    else
      out = half;
  }
  /// out = QL in QRᵀ.
  void turn_back(Part& part, MatrixView<S> in, MatrixView<S> out) {
    MatrixView<S> half = half_.as(in.rows(), in.cols());
    if (part.left.size > 0)
      multiply(half, basis(part.left), in);
    else
      half = in;
    if (part.right.size > 0)
      multiply(out, half, basis(part.right).transpose());
    else
      out = half;
  }

  template <class A, class B>
  void learn(Side& side, const A& a, const B& b) {
    if (side.size == 0) return;
    MatrixView<S> fresh = square_.as(side.size, side.size);
    multiply(fresh, a, b);
    combine(square(side), fresh,
            [c2 = static_cast<S>(1 - options_.beta2)](S own, S now) { return own + c2 * (now - own); });
  }

  /// The eigenvectors, largest eigenvalue first.
  void set_up(Side& side) {
    if (side.size == 0) return;
    side.eigen->compute(square(side));
    basis(side) = side.eigen->vectors().rowwise().reverse().template cast<S>();
  }

  void refresh(const Block& block, Part& part) {
    MatrixView<S> v(part.v, block.rows, block.cols);
    if (part.left.size > 0) {
      sort(part.left,
           [&](Eigen::Index to, Eigen::Index from) { turned_.as(block.rows, block.cols).row(to) = v.row(from); });
      v = turned_.as(block.rows, block.cols);
      iterate(part.left);
    }
    if (part.right.size > 0) {
      sort(part.right,
           [&](Eigen::Index to, Eigen::Index from) { turned_.as(block.rows, block.cols).col(to) = v.col(from); });
      v = turned_.as(block.rows, block.cols);
      iterate(part.right);
    }
  }

  /// Puts the eigenvectors in falling order of what the square makes of them, qᵀ L q, and tells of each new place.
  template <class Moved>
  void sort(Side& side, Moved&& moved) {
    MatrixView<S> product = square_.as(side.size, side.size), sorted = basis_.as(side.size, side.size);
    multiply(product, square(side), basis(side));
    MatrixView<S> sizes = sizes_.as(1, side.size), q = basis(side);
    sizes.setZero();
    for (Eigen::Index i = 0; i < side.size; ++i)
      for (Eigen::Index k = 0; k < side.size; ++k) sizes(0, k) += q(i, k) * product(i, k);
    const std::span<Eigen::Index> order(order_.data(), static_cast<std::size_t>(side.size));
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<Eigen::Index>(i);
    // Insertion, which is stable, needs no memory, and has next to nothing to do from the second time on.
    for (std::size_t i = 1; i < order.size(); ++i)
      for (std::size_t k = i; k > 0 && sizes(0, order[k]) > sizes(0, order[k - 1]); --k)
        std::swap(order[k], order[k - 1]);
    for (Eigen::Index to = 0; to < side.size; ++to) {
      const Eigen::Index from = order[static_cast<std::size_t>(to)];
      sorted.col(to) = q.col(from);
      moved(to, from);
    }
    q = sorted;
  }

  /// Q ← QR decomposition of L Q, in rows: the transpose of L Q is Qᵀ L.
  void iterate(Side& side) {
    MatrixView<S> product = square_.as(side.size, side.size);
    multiply(product, basis(side).transpose(), square(side));
    orthonormalise_rows(product);
    basis(side) = product.transpose();
  }

  SoapOptions options_;
  S* m_ = this->keep("m");
  std::vector<Part> parts_;  // a block each
  Workspace<S> gradient_, turned_, half_, square_, basis_, sizes_;
  std::vector<Eigen::Index> order_;
};

}  // namespace

Rule soap(const SoapOptions& options) {
  return bound_rule<Soap>(describe("soap", options), options);
}

}  // namespace cairn::optim
