#include "optim/muon.h"

#include "optim/matrices.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

template <class S>
class Muon final : public BoundOptimizer<S> {
 public:
  Muon(const Layout& layout, Rule::Binding binding, const MuonOptions& options)
      : BoundOptimizer<S>(layout, std::move(binding), options.lr), options_(options) {
    for (const Block& block : layout.blocks) {
      const bool matrix = is_matrix(block) && (options.output_layers || !block.has_tag("output"));
      second_moments_.push_back(matrix ? nullptr : this->keep("v", block, block.size(), 1));
      if (!matrix) continue;
      const Eigen::Index low = std::min(block.rows, block.cols);
      for (Workspace<S>* space : {&x_, &next_}) space->reserve(block.size());
      for (Workspace<S>* space : {&gram_, &polynomial_}) space->reserve(low * low);
    }
  }

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    std::size_t number = 0;
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      for (const Block& block : blocks) {
        S* const v = second_moments_[number++];
        if (v == nullptr) {
          orthogonalised_step(block, parameters, gradient, report.learning_rate);
          continue;
        }
        const Instant instant{clock, report.learning_rate * options_.adam_lr / options_.lr};
        adamw_step(block, parameters.data(), gradient, {options_.beta1, options_.beta2, options_.eps}, instant,
                   options_.weight_decay, {momentum_ + block.offset, v});
      }
    });
  }

  void orthogonalised_step(const Block& block, std::span<S> parameters, const ClippedGradient<S>& gradient,
                           double rate) {
    // As wide as high at least, so that X Xᵀ is the smaller of the two squares.
    const bool tall = block.rows > block.cols;
    const Eigen::Index low = std::min(block.rows, block.cols), high = std::max(block.rows, block.cols);
    MatrixView<S> x = x_.as(low, high), next = next_.as(low, high);
    MatrixView<S> a = gram_.as(low, low), polynomial = polynomial_.as(low, low);

    MatrixView<S> u = next_.as(block.rows, block.cols);
    copy_gradient(gradient, block, u);
    MatrixView<S> m(momentum_ + block.offset, block.rows, block.cols);
    const S keep = static_cast<S>(options_.momentum), fresh = static_cast<S>(1 - options_.momentum);
    combine(m, u, [=](S own, S g) { return keep * own + fresh * g; });
    if (options_.nesterov)
      combine(u, m, [=](S g, S mean) { return fresh * g + keep * mean; });
    else
      combine(u, m, [](S, S mean) { return mean; });
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

    MatrixView<S> p(parameters.data() + block.offset, block.rows, block.cols);
    const double longer = std::sqrt(std::max(1.0, static_cast<double>(block.rows) / static_cast<double>(block.cols)));
    const S left = static_cast<S>(1 - rate * options_.weight_decay), step = static_cast<S>(rate * longer);
    combine(p, u, [=](S own, S direction) { return left * own - step * direction; });
  }

  MuonOptions options_;
  S* momentum_ = this->keep("momentum");
  std::vector<S*> second_moments_;  // a block each; null: it is treated as a matrix
  Workspace<S> x_, next_, gram_, polynomial_;
};

}  // namespace

Rule muon(const MuonOptions& options) {
  return bound_rule<Muon>(describe("muon", options), options);
}

}  // namespace cairn::optim
