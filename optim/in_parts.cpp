#include "optim/in_parts.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "optim/bound.h"

namespace cairn::optim {

namespace {

template <class S>
class InParts final : public BoundOptimizer<S> {
 public:
  InParts(const Layout& layout, const Rule& rule, const std::vector<NetworkPart>& parts)
      : BoundOptimizer<S>(layout, {.description = rule.description(), .schedule = {}, .clip = {}, .horizon = {}}, 0) {
    const auto whole = rule.bind<S>(layout);  // refuses what suits no part
    auto block = layout.blocks.begin();
    for (const NetworkPart& part : parts) {
      Layout own;
      const Eigen::Index first = block == layout.blocks.end() ? layout.size : block->offset;
      for (const Block& other : layout.blocks)
        if (!other.has_tag(part.tag)) own.add_tags_elsewhere(other.tags);
      for (; block != layout.blocks.end() && block->has_tag(part.tag); ++block)
        own.add(block->name, block->rows, block->cols, block->tags);
      if (own.size == 0) throw std::logic_error("The network has no part '" + part.tag + "' at this place.");
      parts_.push_back({.tag = part.tag,
                        .first = static_cast<std::size_t>(first),
                        .size = static_cast<std::size_t>(own.size),
                        .horizon = part.horizon,
                        .optimizer = &this->adopt(part.tag, rule.bind<S>(own, part.horizon))});
    }
    if (parts_.empty() || block != layout.blocks.end())
      throw std::logic_error("The parts of a network must be the whole of it.");
  }

  StepReport step(std::span<S> parameters, std::span<const S> gradient) override {
    return this->attempt(parameters, gradient, [&](const ClippedGradient<S>&, StepReport& report) {
      double clipped = 0;
      for (const Part& part : parts_) {
        const StepReport own = part.step(parameters, gradient);
        clipped += own.clipped_norm * own.clipped_norm;
        report.accumulated |= own.accumulated;
        if (&part == parts_.data()) report.learning_rate = own.learning_rate;
      }
      report.clipped_norm = std::sqrt(clipped);
    });
  }

  StepReport step_part(std::string_view tag, std::span<S> parameters, std::span<const S> gradient) override {
    const auto part = std::ranges::find(parts_, tag, &Part::tag);
    if (part == parts_.end() || parameters.size() != this->size() || gradient.size() != this->size())
      return BoundOptimizer<S>::step_part(tag, parameters, gradient);  // which says what is wrong
    return part->step(parameters, gradient);
  }

  std::int64_t updates() const override { return parts_.front().optimizer->updates(); }
  std::int64_t skipped() const override {
    std::int64_t all = BoundOptimizer<S>::skipped();
    for (const Part& part : parts_) all += part.optimizer->skipped();
    return all;
  }
  void set_updates(std::int64_t updates) override {
    const double whole = std::max(real(parts_.front().horizon.updates), 1.0);
    for (const Part& part : parts_) {
      const double share = part.horizon.updates > 0 ? real(part.horizon.updates) / whole : 1;
      part.optimizer->set_updates(&part == parts_.data() ? updates : std::llround(real(updates) * share));
    }
  }

  void reset(const Block& block) override {
    with_part_of(block, [](Optimizer<S>& optimizer, const Block& own) { optimizer.reset(own); });
  }
  void restart_clock(const Block& block) override {
    with_part_of(block, [](Optimizer<S>& optimizer, const Block& own) { optimizer.restart_clock(own); });
  }
  using BoundOptimizer<S>::reset;
  using BoundOptimizer<S>::restart_clock;
  void evaluation_point(std::span<const S> parameters, std::span<S> out) const override {
    for (const Part& part : parts_)
      part.optimizer->evaluation_point(parameters.subspan(part.first, part.size), out.subspan(part.first, part.size));
  }

 private:
  struct Part {
    std::string tag;
    std::size_t first, size;  // where it lies in the whole vector
    Horizon horizon;
    Optimizer<S>* optimizer;

    StepReport step(std::span<S> parameters, std::span<const S> gradient) const {
      return optimizer->step(parameters.subspan(first, size), gradient.subspan(first, size));
    }
  };

  void update(std::span<S>, const ClippedGradient<S>&, StepReport&) override {}

  template <class F>
  void with_part_of(const Block& block, F&& f) {
    for (const Part& part : parts_) {
      const auto first = static_cast<Eigen::Index>(part.first), end = first + static_cast<Eigen::Index>(part.size);
      if (block.offset < first || block.offset + block.size() > end) continue;
      Block own = block;
      own.offset -= first;
      f(*part.optimizer, own);
    }
  }

  std::vector<Part> parts_;
};

}  // namespace

template <class S>
std::unique_ptr<Optimizer<S>> bind_in_parts(const Rule& rule, const Layout& layout,
                                            const std::vector<NetworkPart>& parts) {
  return std::make_unique<InParts<S>>(layout, rule, parts);
}

template std::unique_ptr<Optimizer<float>> bind_in_parts(const Rule&, const Layout&, const std::vector<NetworkPart>&);
template std::unique_ptr<Optimizer<double>> bind_in_parts(const Rule&, const Layout&, const std::vector<NetworkPart>&);

}  // namespace cairn::optim
