#include "agents/learner/traced_updater.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "agents/archive/archive.h"
#include "agents/networks/finite.h"
#include "optim/error_step.h"

namespace cairn::agents {

TracedUpdater::TracedUpdater(const optim::Rule& rule, const optim::Layout& layout, optim::Horizon horizon,
                             int max_nonfinite)
    : updater_(rule, layout, horizon, max_nonfinite), traces_(Eigen::VectorXf::Zero(layout.size)) {
  std::ranges::copy_if(layout.blocks, std::back_inserter(norms_),
                       [](const optim::Block& block) { return block.has_tag("norm"); });
}

void TracedUpdater::step(std::span<float> parameters, std::span<float> gradient, double error, double keep,
                         std::int64_t steps) {
  if (!std::isfinite(error))
    throw Diverged("The error of the values is not finite after " + std::to_string(steps) + " steps.");
  // LayerNorm keeps gain 1 and offset 0: without a gradient they count in no trace and no bound.
  for (const optim::Block& block : norms_)
    std::ranges::fill(gradient.subspan(static_cast<std::size_t>(block.offset), static_cast<std::size_t>(block.size())),
                      0.0F);
  if (auto* const by_error = dynamic_cast<optim::ErrorStep<float>*>(&updater_.optimizer())) {
    by_error->tell(error, keep);
  } else if (all_finite(std::span<const float>(gradient))) {  // else it is counted, and leaves the traces alone
    Eigen::Map<Eigen::VectorXf> descent(gradient.data(), traces_.size());
    traces_ = static_cast<float>(keep) * traces_ - descent;
    descent = -static_cast<float>(error) * traces_;
  }
  updater_.step(parameters, gradient, steps);
}

void TracedUpdater::end_traces() {
  if (auto* const by_error = dynamic_cast<optim::ErrorStep<float>*>(&updater_.optimizer()))
    by_error->end_traces();
  else
    traces_.setZero();
}

void TracedUpdater::save(Archive& archive, const std::string& name) const {
  updater_.save(archive, name);
  require_finite(name + "/agent_traces", view(traces_));
  archive.put(name + "/agent_traces", view(traces_));
}

void TracedUpdater::load(const Archive& archive, const std::string& name) {
  updater_.load(archive, name);
  archive.get_into<float>(name + "/agent_traces", {traces_.data(), static_cast<std::size_t>(traces_.size())});
  if (!traces_.allFinite()) throw std::runtime_error("'" + name + "/agent_traces' holds a number that is not finite.");
}

}  // namespace cairn::agents
