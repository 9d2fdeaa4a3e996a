#include "optim/normuon.h"

#include "optim/options.h"
#include "optim/orthogonalised.h"

namespace cairn::optim {

namespace {

template <class S>
class NorMuon final : public OrthogonalisedMomentum<S> {
 public:
  NorMuon(const Layout& layout, Rule::Binding binding, const NorMuonOptions& options)
      : OrthogonalisedMomentum<S>(
            layout, std::move(binding),
            {options.lr, options.momentum, 1 - options.momentum, options.nesterov, options.weight_decay,
             options.adam_lr, Betas{options.beta1, options.beta2, options.eps}, options.output_layers}),
        row_beta_(options.row_beta) {
    for (std::size_t number = 0; const Block& block : layout.blocks)
      rows_.push_back(this->is_orthogonalised(number++) ? this->keep("rows", block, block.rows, 1) : nullptr);
  }

 private:
  double length(const Block& block, std::size_t number, MatrixView<S> x) override {
    const auto norm = [](std::span<const S> values) { return std::sqrt(sum_of_squares(values)); };
    const std::span<S> all(x.data(), static_cast<std::size_t>(x.size()));
    const double before = norm(all);
    const auto cols = static_cast<std::size_t>(block.cols);
    for (std::size_t i = 0; i < static_cast<std::size_t>(block.rows); ++i) {
      const std::span<S> row = all.subspan(i * cols, cols);
      S& v = rows_[number][i];
      v = static_cast<S>(row_beta_ * static_cast<double>(v) +
                         (1 - row_beta_) * sum_of_squares<S>(row) / static_cast<double>(cols));
      const S root = static_cast<S>(std::sqrt(static_cast<double>(v)) + 1e-10);
      for (S& value : row) value /= root;
    }
    const double longer = std::sqrt(std::max(1.0, static_cast<double>(block.rows) / static_cast<double>(block.cols)));
    return longer * before / (norm(all) + 1e-10);
  }

  double row_beta_;
  std::vector<S*> rows_;  // a block each; null: it is none to orthogonalise
};

}  // namespace

Rule normuon(const NorMuonOptions& options) {
  return bound_rule<NorMuon>(describe("normuon", options), options);
}

}  // namespace cairn::optim
