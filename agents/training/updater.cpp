#include "agents/training/updater.h"

#include <utility>

#include "agents/files/archive.h"
#include "agents/training/state.h"

namespace cairn::agents {

Updater::Updater(const optim::Rule& rule, optim::Layout layout, optim::Horizon horizon)
    : layout_(std::move(layout)), horizon_(horizon), optimizer_(rule.bind<float>(layout_, horizon)) {}

void Updater::share_work(std::vector<Eigen::Index> cuts, optim::Workers workers) {
  cuts_ = std::move(cuts);
  workers_ = std::move(workers);
  optimizer_->share_work(cuts_, workers_);
}

optim::StepReport Updater::step(std::span<float> parameters, std::span<const float> gradient) {
  if (inspected_) return optimizer_->step(parameters, gradient);
  inspection_ = inspector_.step(*optimizer_, parameters, gradient, blocks_wanted_ ? &blocks_ : nullptr);
  inspected_ = inspection_.report.applied && !inspection_.report.accumulated;
  if (inspection_.report.applied) rate_ = inspection_.report.learning_rate;
  return inspection_.report;
}

optim::StepReport Updater::begin_step(std::span<float> parameters, std::span<const float> gradient) {
  return inspected_ ? optimizer_->begin_step(parameters, gradient) : step(parameters, gradient);
}

void Updater::report(Telemetry& telemetry) {
  report_inspection(telemetry, inspection_);
  telemetry.report("train/skipped_updates", static_cast<double>(optimizer_->skipped()));
  std::swap(telemetry.blocks, blocks_);
  blocks_.clear();
  inspection_ = {};
  inspected_ = false;
}

void Updater::set_rate_factor(double factor) {
  optimizer_->set_rate_factor(factor);
  rate_ *= factor / rate_factor_;
  rate_factor_ = factor;
}

void Updater::swap(const optim::Rule& rule) {
  std::unique_ptr<optim::Optimizer<float>> next = rule.bind<float>(layout_, horizon_);
  next->set_updates(optimizer_->updates());
  if (workers_) next->share_work(cuts_, workers_);
  optimizer_ = std::move(next);
  swapped_ = true;
  rate_ = 0;
  rate_factor_ = 1;
}

void Updater::save(Archive& archive, const std::string& name) const {
  save_optimizer(archive, name, *optimizer_);
  if (swapped_) archive.metadata[name + "/swapped_to"] = optimizer_->description();
}

void Updater::load(const Archive& archive, const std::string& name) {
  load_optimizer(archive, name, *optimizer_);
  rate_factor_ = archive.get_value<double>(name + "/rate_factor");
}

}  // namespace cairn::agents
