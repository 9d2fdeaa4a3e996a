#include "agents/learner/updater.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "agents/archive/archive.h"
#include "agents/learner/state.h"

namespace cairn::agents {

Updater::Updater(const optim::Rule& rule, optim::Layout layout, optim::Horizon horizon, int max_nonfinite)
    : layout_(std::move(layout)), horizon_(horizon), max_nonfinite_(max_nonfinite), optimizer_(bound(rule)) {}

Updater::Updater(const optim::Rule& rule, optim::Layout layout, int max_nonfinite,
                 std::vector<optim::NetworkPart> parts)
    : layout_(std::move(layout)), parts_(std::move(parts)), max_nonfinite_(max_nonfinite), optimizer_(bound(rule)) {}

std::unique_ptr<optim::Optimizer<float>> Updater::bound(const optim::Rule& rule) const {
  return parts_.empty() ? rule.bind<float>(layout_, horizon_) : optim::bind_in_parts<float>(rule, layout_, parts_);
}

optim::StepReport Updater::step(std::span<float> parameters, std::span<const float> gradient, std::int64_t steps) {
  optim::StepReport report;
  if (inspected_) {
    report = optimizer_->step(parameters, gradient);
  } else {
    inspection_ = inspector_.step(*optimizer_, parameters, gradient, blocks_wanted_ ? &blocks_ : nullptr);
    report = inspection_.report;
    inspected_ = report.applied && !report.accumulated;
  }
  account(report, steps);
  if (report.applied && !report.accumulated) require_finite_weights(parameters, steps);
  return report;
}

void Updater::account(const optim::StepReport& report, std::int64_t steps) {
  if (report.applied) {
    ++applied_;
    gradient_norms_ += report.gradient_norm;
    clipped_norms_ += report.clipped_norm;
    rate_ = report.learning_rate;
  }
  refuse_too_many(report, steps);
}

void Updater::refuse_too_many(const optim::StepReport& report, std::int64_t steps) const {
  if (report.skipped_in_a_row >= max_nonfinite_)
    throw Diverged("The gradient was not finite in " + std::to_string(report.skipped_in_a_row) +
                   " updates in a row, the last after " + std::to_string(steps) +
                   " steps; the weights are those of the last finite one.");
}

void Updater::begin_update(std::span<const float> parameters) {
  if (!inspected_) inspector_.remember(parameters);
  moved_ = 0;
  squared_norm_ = squared_clipped_norm_ = 0;
}

optim::StepReport Updater::step_part(std::string_view tag, std::span<float> parameters, std::span<const float> gradient,
                                     std::int64_t steps) {
  const optim::StepReport report = optimizer_->step_part(tag, parameters, gradient);
  refuse_too_many(report, steps);
  if (!report.applied) return report;
  if (!report.accumulated) require_finite_weights(parameters, steps);
  if (tag == parts_.front().tag) rate_ = report.learning_rate;
  squared_norm_ += report.gradient_norm * report.gradient_norm;
  squared_clipped_norm_ += report.clipped_norm * report.clipped_norm;
  if (!report.accumulated) ++moved_;
  return report;
}

void Updater::end_update(std::span<const float> parameters) {
  ++applied_;
  gradient_norms_ += std::sqrt(squared_norm_);
  clipped_norms_ += std::sqrt(squared_clipped_norm_);
  if (inspected_ || moved_ < parts_.size()) return;
  inspection_ = inspector_.compare(layout_, parameters, blocks_wanted_ ? &blocks_ : nullptr);
  inspected_ = true;
}

void Updater::report(Telemetry& telemetry) {
  const auto updates = static_cast<double>(std::max<std::int64_t>(applied_, 1));
  telemetry.report("train/gradient_norm", gradient_norms_ / updates);
  telemetry.report("train/gradient_norm_clipped", clipped_norms_ / updates);
  telemetry.report("train/learning_rate", rate_);
  // How far the iteration's first step went, and how differently the parameters.
  telemetry.report("train/update_norm", inspection_.update_norm);
  telemetry.report("train/update_to_weight", inspection_.update_to_weight);
  telemetry.report("train/step_lower_quartile", inspection_.step_quantiles[1]);
  telemetry.report("train/step_median", inspection_.step_quantiles[2]);
  telemetry.report("train/step_upper_quartile", inspection_.step_quantiles[3]);
  telemetry.report("train/step_largest", inspection_.step_quantiles[4]);
  telemetry.report("train/skipped_updates", static_cast<double>(optimizer_->skipped()));
  std::swap(telemetry.blocks, blocks_);
  blocks_.clear();
  inspection_ = {};
  inspected_ = false;
  applied_ = 0;
  gradient_norms_ = clipped_norms_ = 0;
}

void Updater::set_rate_factor(double factor) {
  optimizer_->set_rate_factor(factor);
  rate_ *= factor / rate_factor_;
  rate_factor_ = factor;
}

void Updater::swap(const optim::Rule& rule) {
  std::unique_ptr<optim::Optimizer<float>> next = bound(rule);
  next->set_updates(optimizer_->updates());
  optimizer_ = std::move(next);
  swapped_ = true;
  rate_ = 0;
  rate_factor_ = 1;
}

void Updater::save(Archive& archive, const std::string& name) const {
  save_optimizer(archive, name, *optimizer_);
  archive.put_value(name + "/latest_rate", rate_);
  if (swapped_) archive.metadata[name + "/swapped_to"] = optimizer_->description();
}

void Updater::load(const Archive& archive, const std::string& name) {
  load_optimizer(archive, name, *optimizer_);
  rate_ = archive.get_value<double>(name + "/latest_rate");
  rate_factor_ = archive.get_value<double>(name + "/rate_factor");
}

}  // namespace cairn::agents
