#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <optional>

#include "agents/archive/folder_lock.h"
#include "agents/training/standard_error.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/json.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/studies/study.h"
#include "apps/studies/study_picture.h"
#include "apps/subcommands.h"

namespace cairn::apps {

namespace {

const std::vector<Option> study_options = {
    {"out", "DIR", "folder for a picture of each study, NAME.svg", false},
    {"format", "svg|png", "of the pictures (default svg)", false},
    {"json", "", "for scripts", false},
    {"help", "", "this text", false},
};

std::string range_of(const Finding& finding) {
  if (!std::isfinite(finding.low)) return fmt::format("at most {:.6g}", finding.high);
  if (!std::isfinite(finding.high)) return fmt::format("at least {:.6g}", finding.low);
  return fmt::format("{:.6g} to {:.6g}", finding.low, finding.high);
}

/// Says what a study found, on standard output or in `json`.
void report(const Study& study, const Measured& measured, Json* json) {
  const bool held = measured.holds();
  if (json == nullptr) print_text("{}\n  claim    {}\n  paper    {}\n", study.name, study.claim, study.paper);
  Json findings = Json::array();
  for (const Finding& finding : measured.findings) {
    if (json == nullptr)
      print_text("  {} {}: {:.6g}, accepted {}\n", finding.holds() ? "  ✓     " : "  ✗ FAIL", finding.what,
                 finding.measured, range_of(finding));
    findings.push_back({{"what", finding.what},
                        {"measured", finding.measured},
                        {"accepted", range_of(finding)},
                        {"holds", finding.holds()}});
  }
  if (json == nullptr)
    print_text("  verdict  {}\n\n", !held ? "open: a figure left its accepted range"
                                          : fmt::format("{}: {}", to_string(study.verdict), study.verdict_because));
  else
    json->push_back({{"name", study.name},
                     {"claim", study.claim},
                     {"paper", study.paper},
                     {"findings", findings},
                     {"verdict", held ? to_string(study.verdict) : "open"},
                     {"because", study.verdict_because}});
}

}  // namespace

int study(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, study_options, 2);
  if (arguments.flag("help")) {
    print_help(
        "cairn study list [--json]\ncairn study run NAME|all [--out DIR] [--json]\n\n"
        "Runs claims of the adaptive-optimizer literature as experiments, and says whether they hold. Exit status 1 "
        "where a\nfigure left the range that it was accepted in.\n\n{}",
        help_for(study_options));
    return 0;
  }
  const std::vector<Study> studies = optimizer_studies();
  const std::vector<std::string>& words = arguments.words();
  if (words.empty() || (words[0] != "list" && words[0] != "run"))
    throw UsageError("What to do is missing or unknown. Allowed: list, run NAME, run all.");
  const bool json = arguments.flag("json");
  Json out = Json::array();
  if (arguments.has("format") && !arguments.has("out"))
    throw UsageError("Option '--format' is of pictures; say where they go with '--out'.");
  if (words[0] == "list") {
    if (arguments.has("out")) throw UsageError("Option '--out' belongs to 'run'.");
    if (words.size() > 1) throw UsageError("Stray word '" + words[1] + "' behind 'list'.");
    for (const Study& one : studies) {
      out.push_back({{"name", one.name}, {"claim", one.claim}, {"paper", one.paper}});
      if (!json) write_out(fitted(fmt::format("{:26}{} ({})\n", one.name, one.claim, one.paper)));
    }
    if (json) print_out("{}", indented(out));
    return 0;
  }
  if (words.size() < 2) throw UsageError("Which study to run is missing: a name from 'cairn study list', or all.");
  const std::string format = arguments.text("format", "svg");
  if (format != "svg" && format != "png")
    throw UsageError(fmt::format("Option '--format' cannot be '{}'. Allowed: svg, png.", format));
  std::vector<std::string> names{"all"};
  for (const Study& one : studies) names.push_back(one.name);
  if (std::ranges::find(names, words[1]) == names.end()) throw unknown("study", words[1], names);
  const std::filesystem::path folder = arguments.text("out");
  std::optional<agents::FolderLock> lock;
  if (!folder.empty()) {
    std::filesystem::create_directories(folder);
    if (const std::string& caveat = lock.emplace(folder).caveat(); !caveat.empty()) agents::print_message(caveat);
  }

  bool held = true;
  for (const Study& one : studies) {
    if (words[1] != "all" && words[1] != one.name) continue;
    const Measured measured = one.run();
    held = held && measured.holds();
    report(one, measured, json ? &out : nullptr);
    flush_out();
    if (!folder.empty()) write_study_picture(folder / (one.name + "." + format), one, measured);
  }
  if (json) print_out("{}", indented(out));
  return held ? 0 : 1;
}

}  // namespace cairn::apps
