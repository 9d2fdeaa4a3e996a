#include "optim/optimizer.h"

#include <stdexcept>

namespace cairn::optim {

Rule::Rule(std::string description, Bind<float> bind32, Bind<double> bind64)
    : description_(std::move(description)), bind32_(std::move(bind32)), bind64_(std::move(bind64)) {}

Rule Rule::with_schedule(Schedule schedule) const {
  Rule rule = *this;
  rule.schedule_ = std::move(schedule);
  return rule;
}

Rule Rule::with_clip(Clip clip) const {
  Rule rule = *this;
  rule.clip_ = std::move(clip);
  return rule;
}

namespace {
std::string whole(const Rule& rule) {
  return rule.description() + " schedule " + rule.schedule().description() + " clip " + rule.clip().description;
}
}  // namespace

template <>
std::unique_ptr<Optimizer<float>> Rule::bind(const Layout& layout, Horizon horizon) const {
  if (!bind32_) throw std::logic_error("An empty optimizer rule cannot be bound.");
  return bind32_(layout, {whole(*this), schedule_, clip_, horizon});
}

template <>
std::unique_ptr<Optimizer<double>> Rule::bind(const Layout& layout, Horizon horizon) const {
  if (!bind64_) throw std::logic_error("An empty optimizer rule cannot be bound.");
  return bind64_(layout, {whole(*this), schedule_, clip_, horizon});
}

}  // namespace cairn::optim
