#include "apps/command_line/output.h"
#include "apps/optimizer/parts.h"

#include <fmt/format.h>

#include "apps/command_line/errors.h"
#include "apps/subcommands.h"

namespace cairn::apps {

namespace {

constexpr Subcommand own_parts[] = {
    {"replay", "follow a rule through recorded gradients", &replay},
    {"check", "compare rules with recorded traces", &check_traces},
    {"schedule", "print a schedule's rates", &print_schedule},
    {"descend", "follow a rule down a problem, as numbers or as a picture", &descend},
};

}  // namespace

std::span<const Subcommand> optimizer_parts() {
  return own_parts;
}

int optimizer(const std::vector<std::string>& line) {
  std::vector<std::string> names;
  std::string help = "cairn optimizer PART [options]      cairn optimizer PART --help says which\n\n";
  for (const Subcommand& part : own_parts) {
    names.emplace_back(part.name);
    help += fmt::format("  {:10}{}\n", part.name, part.about);
  }
  if (line.empty()) throw UsageError("What the optimizer should do is missing. Allowed: " + joined(names) + ".");
  if (line[0] == "--help") {
    print_help("{}", help);
    return 0;
  }
  for (const Subcommand& part : own_parts)
    if (line[0] == part.name) return part.run({line.begin() + 1, line.end()});
  throw unknown("part of 'cairn optimizer'", line[0], names);
}

}  // namespace cairn::apps
