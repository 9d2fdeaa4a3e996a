#include "agents/training/intervention.h"

#include <cstdio>
#include <stdexcept>

#include "agents/training/updater.h"

namespace cairn::agents {

namespace {

std::string short_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

}  // namespace

InterventionNote change_learning(Agent& agent, const Intervention& intervention) {
  InterventionNote note{.steps = agent.steps(), .label = {}, .sentence = {}};
  const std::string at = "step " + std::to_string(note.steps) + ": ";
  Updater* updater = agent.updater();
  if (updater == nullptr) {
    note.sentence = at + "this agent has no optimizer that a person could change.";
    return note;
  }
  std::string deed;
  if (intervention.kind == Intervention::Kind::rate) {
    updater->set_rate_factor(updater->rate_factor() * intervention.factor);
    note.label = "rate x " + short_text(updater->rate_factor());
    deed = "set the rate to " + short_text(updater->rate_factor()) + " times what the optimizer and its schedule say";
    if (updater->rate() > 0) deed += ", " + short_text(updater->rate()) + " now";
  } else {
    try {
      updater->swap(intervention.rule);
    } catch (const std::invalid_argument& error) {
      note.sentence = at + "the optimizer stays as it is. " + error.what();
      return note;
    }
    const std::string bare = intervention.rule.bare().description();
    note.label = bare.substr(0, bare.find(':'));
    deed = "swapped the optimizer for " + intervention.rule.description();
  }
  note.sentence = at + "a person " + deed + "; from here the run is no longer reproducible from its configuration.";
  return note;
}

}  // namespace cairn::agents
