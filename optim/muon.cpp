#include "optim/muon.h"

#include "optim/options.h"
#include "optim/orthogonalised.h"

namespace cairn::optim {

namespace {

template <class S>
class Muon final : public OrthogonalisedMomentum<S> {
 public:
  Muon(const Layout& layout, Rule::Binding binding, const MuonOptions& options)
      : OrthogonalisedMomentum<S>(
            layout, std::move(binding),
            {options.lr, options.momentum, 1 - options.momentum, options.nesterov, options.weight_decay,
             options.adam_lr, Betas{options.beta1, options.beta2, options.eps}, options.output_layers}) {}

 private:
  double length(const Block& block, std::size_t, MatrixView<S>) override {
    return std::sqrt(std::max(1.0, static_cast<double>(block.rows) / static_cast<double>(block.cols)));
  }
};

}  // namespace

Rule muon(const MuonOptions& options) {
  return bound_rule<Muon>(describe("muon", options), options);
}

}  // namespace cairn::optim
