#include "agents/training/intervention.h"

#include <charconv>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "agents/learner/updater.h"

namespace cairn::agents {

namespace {

constexpr std::string_view consequence = "; from here the run is no longer reproducible from its configuration.";

std::string_view to_string(Intervention::Kind kind) {
  switch (kind) {
    case Intervention::Kind::rate:
      return "rate";
    case Intervention::Kind::rule:
      return "rule";
    case Intervention::Kind::checkpoint:
      return "checkpoint";
    case Intervention::Kind::stop:
      return "stop";
  }
  return "";
}

std::string short_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

/// The shortest that reads back the same.
std::string exact_text(double value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

/// A rule's name, out of its description without schedule and clip.
std::string rule_label(std::string_view bare) {
  return std::string(bare.substr(0, bare.find_first_of(":;")));
}

}  // namespace

InterventionNote change_learning(Agent& agent, const Intervention& intervention) {
  InterventionNote note{.steps = agent.steps(), .kind = intervention.kind, .value = {}, .label = {}, .sentence = {}};
  const std::string at = "step " + std::to_string(note.steps) + ": ";
  Updater* updater = agent.updater();
  if (updater == nullptr) {
    note.sentence = at + "this agent has no optimizer that a person could change.";
    return note;
  }
  std::string done;
  if (intervention.kind == Intervention::Kind::rate) {
    updater->set_rate_factor(updater->rate_factor() * intervention.factor);
    const std::string factor = short_text(updater->rate_factor());
    note.value = exact_text(updater->rate_factor());
    note.label = "rate x " + factor;
    done = "a person set the rate to " + factor + " times what the optimizer and its schedule say";
    if (updater->rate() > 0) done += ", " + short_text(updater->rate()) + " now";
  } else {
    try {
      updater->swap(intervention.rule);
    } catch (const std::invalid_argument& error) {
      note.sentence = at + "the optimizer stays as it is. " + error.what();
      return note;
    }
    note.value = intervention.rule.description();
    note.label = rule_label(intervention.rule.bare().description());
    done = "a person swapped the optimizer for " + note.value;
  }
  note.sentence = at + done + std::string(consequence);
  return note;
}

void write_intervention(Table& table, const InterventionNote& note) {
  table.cell(note.steps);
  for (const std::string_view text : {to_string(note.kind), std::string_view(note.value), std::string_view(note.label)})
    table.cell(text);
  table.end_row();
}

std::vector<InterventionNote> read_interventions(const std::filesystem::path& path) {
  std::vector<InterventionNote> notes;
  std::ifstream file(path, std::ios::binary);
  for (std::string line; std::getline(file, line) && !file.eof();) {
    const std::vector<std::string> cells = split_row(line);
    if (cells.size() != intervention_columns.size()) continue;
    InterventionNote note{.value = cells[2], .label = cells[3], .sentence = {}};
    const char* end = cells[0].data() + cells[0].size();
    const auto [last, error] = std::from_chars(cells[0].data(), end, note.steps);
    if (error != std::errc() || last != end || note.steps < 0) continue;  // of the head, too
    for (const Intervention::Kind kind : {Intervention::Kind::rate, Intervention::Kind::rule}) {
      if (cells[1] != to_string(kind)) continue;
      note.kind = kind;
      notes.push_back(note);
    }
  }
  return notes;
}

}  // namespace cairn::agents
