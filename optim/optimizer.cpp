#include "optim/optimizer.h"

#include <stdexcept>

namespace cairn::optim {

Rule::Rule(std::string description, Bind<float> bind32, Bind<double> bind64)
    : description_(std::move(description)), bind32_(std::move(bind32)), bind64_(std::move(bind64)) {}

Rule Rule::with_schedule(Schedule schedule) const {
  if (!schedule.is_constant() && !schedule_.is_constant())
    throw std::invalid_argument("The optimizer has the schedule " + schedule_.description() +
                                " already, and cannot take " + schedule.description() + " too.");
  Rule rule = *this;
  if (!schedule.is_constant()) rule.schedule_ = std::move(schedule);
  return rule;
}

Rule Rule::with_clip(Clip clip) const {
  if (clip.kind != Clip::Kind::none && clip_.kind != Clip::Kind::none)
    throw std::invalid_argument("The optimizer has the clip " + clip_.description + " already, and cannot take " +
                                clip.description + " too.");
  Rule rule = *this;
  if (clip.kind != Clip::Kind::none) rule.clip_ = std::move(clip);
  return rule;
}

Rule Rule::bare() const {
  return {description_, bind32_, bind64_};
}

std::string Rule::description() const {
  if (schedule_.is_constant() && clip_.kind == Clip::Kind::none) return description_;
  return "scheduled:rule=(" + description_ + "),schedule=(" + schedule_.description() + "),clip=(" + clip_.description +
         ")";
}

template <>
std::unique_ptr<Optimizer<float>> Rule::bind(const Layout& layout, Horizon horizon) const {
  if (!bind32_) throw std::logic_error("An empty optimizer rule cannot be bound.");
  return bind32_(layout, {description(), schedule_, clip_, horizon});
}

template <>
std::unique_ptr<Optimizer<double>> Rule::bind(const Layout& layout, Horizon horizon) const {
  if (!bind64_) throw std::logic_error("An empty optimizer rule cannot be bound.");
  return bind64_(layout, {description(), schedule_, clip_, horizon});
}

}  // namespace cairn::optim
