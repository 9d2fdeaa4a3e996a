#include "optim/adafactor.h"

#include "optim/matrices.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

template <class S>
class Adafactor final : public BoundOptimizer<S> {
 public:
  Adafactor(const Layout& layout, Rule::Binding binding, const AdafactorOptions& options)
      : BoundOptimizer<S>(layout, std::move(binding), options.lr), options_(options) {
    Eigen::Index longest = 0;
    for (const Block& block : layout.blocks) {
      if (is_matrix(block))
        squares_.push_back({this->keep("rows", block, block.rows, 1), this->keep("columns", block, block.cols, 1)});
      else
        squares_.push_back({this->keep("v", block, block.size(), 1), nullptr});
      update_.reserve(block.size());
      longest = std::max(longest, block.cols);
    }
    column_roots_.resize(static_cast<std::size_t>(longest));
  }

 private:
  struct Squares {
    S *rows, *columns;  // of a vector: of each element, and null
  };

  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    std::size_t number = 0;
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      for (const Block& block : blocks) {
        const auto t = static_cast<double>(clock);
        MatrixView<S> u = update_.as(block.rows, block.cols);
        copy_gradient(gradient, block, u);
        normalise(u, squares_[number++], 1 - std::pow(t, -options_.decay_rate));
        MatrixView<S> p(parameters.data() + block.offset, block.rows, block.cols);
        const double length = std::max(options_.eps2, root_mean_square(p));
        const double step = report.learning_rate * length * std::min(0.01, 1 / std::sqrt(t));
        const double shorter = std::max(1.0, root_mean_square(u) / options_.clip);
        combine(p, u,
                [size = static_cast<S>(step / shorter), shrink = static_cast<S>(step * options_.weight_decay)](
                    S own, S direction) { return own - (size * direction + shrink * own); });
      }
    });
  }

  /// u ← u / √v, after v has taken in u².
  void normalise(MatrixView<S> u, const Squares& squares, double beta) {
    const S keep = static_cast<S>(beta), fresh = static_cast<S>(1 - beta), eps = static_cast<S>(options_.eps1);
    if (squares.columns == nullptr) {
      S *const v = squares.rows, *const g = u.data();
      for (Eigen::Index i = 0; i < u.size(); ++i) {
        v[i] = keep * v[i] + fresh * (g[i] * g[i] + eps);
        g[i] /= std::sqrt(v[i]);
      }
      return;
    }
    const std::span<S> rows(squares.rows, static_cast<std::size_t>(u.rows())),
        columns(squares.columns, static_cast<std::size_t>(u.cols()));
    for (S& row : rows) row *= keep;
    for (S& column : columns) column *= keep;
    const S share_of_row = fresh / static_cast<S>(u.cols()), share_of_column = fresh / static_cast<S>(u.rows());
    S* g = u.data();
    for (S& row : rows)
      for (S& column : columns) {
        const S square = *g * *g + eps;
        ++g;
        row += share_of_row * square;
        column += share_of_column * square;
      }
    S mean = 0;
    for (const S row : rows) mean += row / static_cast<S>(u.rows());
    g = u.data();
    // Not √(row column / mean): of a row without gradient both are near eps1, and their product would be none in single
    // precision.
    for (std::size_t j = 0; j < columns.size(); ++j) column_roots_[j] = std::sqrt(columns[j]);
    for (const S row : rows) {
      const S root = std::sqrt(row / mean);
      for (std::size_t j = 0; j < columns.size(); ++j) *g++ /= root * column_roots_[j];
    }
  }

  static double root_mean_square(MatrixView<S> values) {
    const auto size = static_cast<std::size_t>(values.size());
    return std::sqrt(sum_of_squares(std::span<const S>(values.data(), size)) / static_cast<double>(size));
  }

  AdafactorOptions options_;
  std::vector<Squares> squares_;  // a block each
  Workspace<S> update_;
  std::vector<S> column_roots_;
};

}  // namespace

Rule adafactor(const AdafactorOptions& options) {
  return bound_rule<Adafactor>(describe("adafactor", options), options);
}

}  // namespace cairn::optim
