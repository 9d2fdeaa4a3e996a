#include "optim/d_muon.h"

#include "optim/options.h"
#include "optim/orthogonalised.h"

namespace cairn::optim {

namespace {

template <class S>
class DMuon final : public OrthogonalisedMomentum<S> {
 public:
  DMuon(const Layout& layout, Rule::Binding binding, const DMuonOptions& options)
      : OrthogonalisedMomentum<S>(layout, std::move(binding),
                                  {options.lr, options.momentum, 1, options.nesterov, options.weight_decay, options.lr,
                                   Betas{options.beta1, options.beta2, options.eps, true}, options.output_layers}) {}

 private:
  // X has min(rows, cols) singular values of about 1, so a root mean square of 1 / √max(rows, cols).
  double length(const Block& block, std::size_t, MatrixView<S>) override {
    return 0.2 * std::sqrt(static_cast<double>(std::max(block.rows, block.cols)));
  }
};

}  // namespace

Rule d_muon(const DMuonOptions& options) {
  return bound_rule<DMuon>(describe("d_muon", options), options);
}

}  // namespace cairn::optim
