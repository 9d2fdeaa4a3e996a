#include "optim/mars.h"

#include "optim/matrices.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

template <class S>
class Mars final : public BoundOptimizer<S> {
 public:
  Mars(const Layout& layout, Rule::Binding binding, const MarsOptions& options)
      : BoundOptimizer<S>(layout, std::move(binding), options.lr), options_(options) {
    for (const Block& block : layout.blocks) {
      const bool corrected = options.vectors || is_matrix(block);
      last_.push_back(corrected ? this->keep("last", block, block.size(), 1) : nullptr);
      if (corrected) corrected_.reserve(block.size());
    }
  }

 private:
  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    std::size_t number = 0;
    this->for_each_run([&](std::span<const Block> blocks, std::int64_t clock) {
      for (const Block& block : blocks) {
        S* const last = last_[number++];
        const Instant instant{clock, report.learning_rate};
        const std::array<S*, 2> moments{m_ + block.offset, v_ + block.offset};
        if (last != nullptr)
          corrected_step(block, parameters.data(), gradient, last, instant, moments);
        else
          adamw_step(block, parameters.data(), gradient, {options_.adam_beta1, options_.adam_beta2, options_.eps},
                     {clock, report.learning_rate * options_.adam_lr / options_.lr}, options_.weight_decay, moments);
      }
    });
  }

  void corrected_step(const Block& block, S* parameters, const ClippedGradient<S>& gradient, S* last,
                      const Instant& instant, std::array<S*, 2> moments) {
    MatrixView<S> c = corrected_.as(block.rows, block.cols);
    copy_gradient(gradient, block, c);
    const S ahead = static_cast<S>(options_.gamma * options_.beta1 / (1 - options_.beta1));
    const auto size = static_cast<std::size_t>(block.size());
    for (std::size_t i = 0; i < size; ++i) {
      const S g = c.data()[i];
      c.data()[i] = g + ahead * (g - last[i]);
      last[i] = g;
    }
    // The block's own clip, c / max(1, ‖c‖), is a factor where AdamW reads its gradient.
    const double length = std::sqrt(sum_of_squares<S>(std::span<const S>(c.data(), size)));
    const ClippedGradient<S> clipped{c.data(), static_cast<S>(1 / std::max(1.0, length))};
    adamw_step(block.size(), parameters + block.offset, clipped, {options_.beta1, options_.beta2, options_.eps},
               instant, options_.weight_decay, moments);
  }

  MarsOptions options_;
  S *m_ = this->keep("m"), *v_ = this->keep("v");
  std::vector<S*> last_;  // a block each; null: it goes AdamW's way
  Workspace<S> corrected_;
};

}  // namespace

Rule mars(const MarsOptions& options) {
  return bound_rule<Mars>(describe("mars", options), options);
}

}  // namespace cairn::optim
