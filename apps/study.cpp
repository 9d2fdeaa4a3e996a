#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "apps/command_line/errors.h"
#include "apps/command_line/options.h"
#include "apps/comparison/study.h"
#include "apps/subcommands.h"

namespace cairn::apps {

namespace {

const std::vector<Option> options = {
    {"json", "", "for scripts", false},
    {"help", "", "this text", false},
};

const char* text_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::holds:
      return "holds";
    case Verdict::holds_in_part:
      return "holds in part";
    case Verdict::does_not_hold:
      return "does not hold";
  }
  return "";
}

std::string range_of(const Finding& finding) {
  if (!std::isfinite(finding.low)) return fmt::format("at most {:.6g}", finding.high);
  if (!std::isfinite(finding.high)) return fmt::format("at least {:.6g}", finding.low);
  return fmt::format("{:.6g} to {:.6g}", finding.low, finding.high);
}

/// Runs one and says what it found. True where every figure lay in its accepted range.
bool run(const Study& study, nlohmann::ordered_json* json) {
  const std::vector<Finding> findings = study.run();
  bool held = true;
  if (json == nullptr) fmt::print("{}\n  claim    {}\n  paper    {}\n", study.name, study.claim, study.paper);
  nlohmann::ordered_json measured = nlohmann::ordered_json::array();
  for (const Finding& finding : findings) {
    held = held && finding.holds();
    if (json == nullptr)
      fmt::print("  {} {}: {:.6g}, accepted {}\n", finding.holds() ? "  ✓     " : "  ✗ FAIL", finding.what,
                 finding.measured, range_of(finding));
    measured.push_back({{"what", finding.what},
                        {"measured", finding.measured},
                        {"accepted", range_of(finding)},
                        {"holds", finding.holds()}});
  }
  if (json == nullptr)
    fmt::print("  verdict  {}\n\n", !held ? "open: a figure left its accepted range"
                                    : study.verdict_because.empty()
                                        ? text_of(study.verdict)
                                        : text_of(study.verdict) + (": " + study.verdict_because));
  else
    json->push_back({{"name", study.name},
                     {"claim", study.claim},
                     {"paper", study.paper},
                     {"findings", measured},
                     {"verdict", held ? text_of(study.verdict) : "open"},
                     {"because", study.verdict_because}});
  return held;
}

}  // namespace

int study(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, options, 2);
  if (arguments.flag("help")) {
    fmt::print(
        "cairn study list\ncairn study run NAME|all [--json]\n\nRuns claims of the adaptive-optimizer literature as "
        "experiments, and says whether they hold. Exit status 1 where a\nfigure left the range that it was accepted "
        "in.\n\n{}",
        help_for(options));
    return 0;
  }
  const std::vector<Study> studies = optimizer_studies();
  const std::vector<std::string>& words = arguments.words();
  if (words.empty() || (words[0] != "list" && words[0] != "run"))
    throw UsageError("What to do is missing or unknown. Allowed: list, run NAME, run all.");
  const bool json = arguments.flag("json");
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  if (words[0] == "list") {
    if (words.size() > 1) throw UsageError("Stray word '" + words[1] + "' behind 'list'.");
    for (const Study& one : studies) {
      out.push_back({{"name", one.name}, {"claim", one.claim}, {"paper", one.paper}});
      if (!json) fmt::print("{:26}{} ({})\n", one.name, one.claim, one.paper);
    }
    if (json) fmt::print("{}\n", out.dump(2));
    return 0;
  }
  if (words.size() < 2) throw UsageError("Which study to run is missing: a name from 'cairn study list', or all.");
  bool known = false, held = true;
  std::vector<std::string> names{"all"};
  for (const Study& one : studies) {
    names.push_back(one.name);
    if (words[1] != "all" && words[1] != one.name) continue;
    known = true;
    held = run(one, json ? &out : nullptr) && held;
  }
  if (!known) throw unknown("study", words[1], names);
  if (json) fmt::print("{}\n", out.dump(2));
  return held ? 0 : 1;
}

}  // namespace cairn::apps
