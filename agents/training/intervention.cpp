#include "agents/training/intervention.h"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "agents/learner/updater.h"

namespace cairn::agents {

namespace {

// The words by which a log is read back.
constexpr std::string_view rate_deed = "a person set the rate to ", rule_deed = "a person swapped the optimizer for ",
                           consequence = "; from here the run is no longer reproducible from its configuration.";

std::string short_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

std::string rate_label(std::string_view factor) {
  return "rate x " + std::string(factor);
}

/// A rule's name, out of its description without schedule and clip.
std::string rule_label(std::string_view bare) {
  return std::string(bare.substr(0, bare.find_first_of(":;")));
}

/// Whether the text begins with these words; takes them away.
bool skip(std::string_view& text, std::string_view words) {
  if (!text.starts_with(words)) return false;
  text.remove_prefix(words.size());
  return true;
}

/// Takes a number from the text's beginning.
std::optional<std::int64_t> take_count(std::string_view& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return count;
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
    const std::string factor = short_text(updater->rate_factor());
    note.label = rate_label(factor);
    deed = std::string(rate_deed) + factor + " times what the optimizer and its schedule say";
    if (updater->rate() > 0) deed += ", " + short_text(updater->rate()) + " now";
  } else {
    try {
      updater->swap(intervention.rule);
    } catch (const std::invalid_argument& error) {
      note.sentence = at + "the optimizer stays as it is. " + error.what();
      return note;
    }
    note.label = rule_label(intervention.rule.bare().description());
    deed = std::string(rule_deed) + intervention.rule.description();
  }
  note.sentence = at + deed + std::string(consequence);
  return note;
}

std::vector<InterventionNote> read_interventions(const std::filesystem::path& log) {
  std::vector<InterventionNote> notes;
  std::ifstream file(log);
  for (std::string line; std::getline(file, line);) {
    std::string_view rest = line;
    if (skip(rest, resumption)) {
      if (const auto steps = take_count(rest))
        std::erase_if(notes, [&](const InterventionNote& note) { return note.steps > *steps; });
      continue;
    }
    if (!skip(rest, "step ")) continue;
    const auto steps = take_count(rest);
    if (!steps || !skip(rest, ": ")) continue;
    if (skip(rest, rate_deed)) {
      notes.push_back({*steps, rate_label(rest.substr(0, rest.find(' '))), line});
    } else if (skip(rest, rule_deed)) {
      skip(rest, "scheduled:rule=(");
      notes.push_back({*steps, rule_label(rest), line});
    }
  }
  return notes;
}

}  // namespace cairn::agents
