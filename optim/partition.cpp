#include "optim/partition.h"

#include "optim/bound.h"
#include "optim/options.h"

namespace cairn::optim {

namespace {

std::string tags_of(const Layout& layout) {
  std::vector<std::string> tags;
  for (const Block& block : layout.blocks)
    for (const std::string& tag : block.tags)
      if (std::ranges::find(tags, tag) == tags.end()) tags.push_back(tag);
  std::string text;
  for (const std::string& tag : tags) text += (text.empty() ? "" : ", ") + tag;
  return text;
}

template <class S>
class Partition final : public BoundOptimizer<S> {
 public:
  Partition(const Layout& layout, const Rule::Binding& binding, const PartitionOptions& options)
      : BoundOptimizer<S>(layout, binding, 0), masked_(this->size()) {
    for (const PartitionOptions::Part& given : options.parts) parts_.push_back({.tag = given.tag});
    for (const Block& block : layout.blocks) {
      auto part = std::ranges::find_if(parts_, [&](const Part& each) { return block.has_tag(each.tag); });
      if (part == parts_.end()) part = std::ranges::find(parts_, "rest", &Part::tag);
      if (part == parts_.end())
        throw std::invalid_argument("partition: no part takes '" + block.name + "'; rest=(…) takes what is left.");
      part->add(block);
    }
    for (Part& part : parts_) part.layout.tags_elsewhere = layout.tags_elsewhere;
    for (std::size_t k = 0; k < parts_.size(); ++k) {
      Part& part = parts_[k];
      if (part.blocks.empty()) {
        if (part.tag != "rest" && !layout.has_tag_elsewhere(part.tag))
          throw std::invalid_argument("partition: no parameters are left for the tag '" + part.tag +
                                      "'. There are: " + tags_of(layout) + ".");
        continue;
      }
      const Rule& rule = options.parts[k].rule;
      part.optimizer =
          &this->adopt(part.tag, (rule.schedule().is_constant() ? rule.with_schedule(binding.schedule) : rule)
                                     .template bind<S>(part.layout, binding.horizon));
      for (auto* scratch : {&part.parameters, &part.gradient})
        scratch->resize(static_cast<std::size_t>(part.layout.size));
    }
    std::erase_if(parts_, [](const Part& part) { return part.blocks.empty(); });
  }

  StepReport step_part(std::string_view tag, std::span<S> parameters, std::span<const S> gradient) override {
    const auto part = std::ranges::find(parts_, tag, &Part::tag);
    if (part == parts_.end()) return BoundOptimizer<S>::step_part(tag, parameters, gradient);
    if (gradient.size() != masked_.size()) return this->step(parameters, gradient);  // which says what is wrong
    std::ranges::fill(masked_, S(0));
    for (const Stretch& s : part->blocks) std::copy_n(gradient.begin() + s.whole, s.size, masked_.begin() + s.whole);
    return this->attempt(parameters, masked_, [&](const ClippedGradient<S>& clipped, StepReport& report) {
      report.learning_rate = part->step(parameters, clipped).learning_rate;
    });
  }

  void reset(const Block& block) override {
    with_part_of(block, [](Optimizer<S>& optimizer, const Block& own) { optimizer.reset(own); });
  }
  void restart_clock(const Block& block) override {
    with_part_of(block, [](Optimizer<S>& optimizer, const Block& own) { optimizer.restart_clock(own); });
  }
  void evaluation_point(std::span<const S> parameters, std::span<S> out) const override {
    for (const Part& part : parts_) {
      std::vector<S> from(part.parameters.size()), to(part.parameters.size());
      for (const Stretch& s : part.blocks) std::copy_n(parameters.begin() + s.whole, s.size, from.begin() + s.own);
      part.optimizer->evaluation_point(from, to);
      for (const Stretch& s : part.blocks) std::copy_n(to.begin() + s.own, s.size, out.begin() + s.whole);
    }
  }

 private:
  /// Where a block of a part lies in the whole vector and in the part's own.
  struct Stretch {
    std::ptrdiff_t whole, own, size;
  };
  struct Part {
    std::string tag;
    Layout layout{};
    std::vector<Stretch> blocks{};
    Optimizer<S>* optimizer = nullptr;
    std::vector<S> parameters{}, gradient{};

    void add(const Block& block) {
      const Eigen::Index own = layout.add(block.name, block.rows, block.cols, block.tags);
      blocks.push_back({block.offset, own, block.size()});
    }
    /// A part's blocks lie scattered; gathered, any rule can work on them.
    StepReport step(std::span<S> whole, const ClippedGradient<S>& clipped) {
      for (const Stretch& s : blocks)
        for (std::ptrdiff_t i = 0; i < s.size; ++i) {
          const auto to = static_cast<std::size_t>(s.own + i), from = static_cast<std::size_t>(s.whole + i);
          parameters[to] = whole[from];
          gradient[to] = clipped[from];
        }
      const StepReport report = optimizer->step(parameters, gradient);
      for (const Stretch& s : blocks) std::copy_n(parameters.begin() + s.own, s.size, whole.begin() + s.whole);
      return report;
    }
  };

  void update(std::span<S> parameters, const ClippedGradient<S>& gradient, StepReport& report) override {
    for (Part& part : parts_) {
      const StepReport own = part.step(parameters, gradient);
      if (&part == parts_.data()) report.learning_rate = own.learning_rate;
    }
  }

  template <class F>
  void with_part_of(const Block& block, F&& f) {
    for (const Part& part : parts_)
      for (const Stretch& s : part.blocks)
        if (block.offset >= s.whole && block.offset + block.size() <= s.whole + s.size) {
          Block own = block;
          own.offset += s.own - s.whole;
          f(*part.optimizer, own);
        }
  }

  std::vector<Part> parts_;
  std::vector<S> masked_;  // the gradient of one part, zero elsewhere
};

}  // namespace

Rule partition(const PartitionOptions& options) {
  if (options.parts.empty())
    throw std::invalid_argument("partition: name at least one part, as in partition:critic=(adam),rest=(sgd).");
  for (const PartitionOptions::Part& part : options.parts)
    if (part.rule.empty()) throw std::invalid_argument("partition: the part '" + part.tag + "' has no rule.");
  return bound_rule<Partition>(describe("partition", options), options);
}

}  // namespace cairn::optim
