#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "apps/command_line/errors.h"
#include "apps/command_line/json.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/optimizer/parts.h"
#include "apps/optimizer/recorded.h"
#include "apps/optimizer/replay.h"

namespace cairn::apps {

namespace {

const std::vector<Option> check_options = {
    {"traces", "DIR", "recorded traces, as installed in share/cairn/optimizer_traces", false},
    {"case", "NAME", "only this one of them", false},
    {"optimizer", "SPEC", "this rule in place of the case's own; needs --case", false},
    {"json", "", "the results as JSON on standard output", false},
    {"help", "", "this text", false},
};

/// How far a rule went from what was recorded.
struct Comparison {
  double error = 0;   // the largest |a - b| / max(1, |b|) so far
  std::string first;  // where it first was more than is allowed, or the rate was another
};

template <class S>
Comparison compared(const optim::Rule& rule, const optim::Layout& layout, const RecordedTrace& trace,
                    const std::vector<std::vector<double>>& recorded, double allowed) {
  constexpr double rate_allowed = 1e-7;  // relative; rates were recorded by other programs' arithmetic
  Comparison result;
  const auto note = [&](std::size_t step, const std::string& what, double value, double wanted) {
    if (result.first.empty())
      result.first = fmt::format("step {}: {} is {:.9g}, not {:.9g}", step, what, value, wanted);
  };
  follow<S>(rule, layout, trace.gradients,
            [&](std::size_t step, const optim::StepReport& report, std::span<const S> parameters) {
              const double rate = trace.rates[step - 1];
              if (!(std::abs(report.learning_rate - rate) <= rate_allowed * std::abs(rate)))
                note(step, "the learning rate", report.learning_rate, rate);
              for (std::size_t i = 0; i < parameters.size(); ++i) {
                const double wanted = recorded[step - 1][i], value = static_cast<double>(parameters[i]),
                             error = std::abs(value - wanted) / std::max(1.0, std::abs(wanted));
                if (!(error <= allowed)) note(step, fmt::format("parameter {}", i), value, wanted);
                if (!(error <= result.error)) result.error = error;
              }
            });
  return result;
}

struct Checked {
  const RecordedCase* what;
  Comparison in_float64{}, in_float32{};
  std::string refused{};  // why this program has no such rule
  bool agrees() const { return refused.empty() && in_float64.first.empty() && in_float32.first.empty(); }
};

Checked checked(const RecordedCase& one, const std::filesystem::path& folder, const std::string& optimizer) {
  Checked result{.what = &one};
  const RecordedTrace trace = read_recorded_trace(folder, one.name);
  try {
    Arguments arguments;
    if (!optimizer.empty()) arguments.set("optimizer", optimizer, "command line");
    const Arguments recorded = parse_arguments(one.arguments, rule_options(), 0);
    for (const Option& option : rule_options())
      if (recorded.has(option.name)) arguments.set(option.name, recorded.text(option.name), "the case");
    const optim::Rule rule = as_usage([&] { return replayed_rule(arguments); });
    const std::size_t size = trace.gradients.start.size();
    const optim::Layout layout = parse_blocks(arguments.text("blocks", std::to_string(size)), size);
    as_usage([&] {
      result.in_float64 = compared<double>(rule, layout, trace, trace.in_float64, one.float64_allowed);
      result.in_float32 = compared<float>(rule, layout, trace, trace.in_float32, one.float32_allowed);
      return 0;
    });
  } catch (const UsageError& error) {
    if (!optimizer.empty()) throw;
    result.refused = error.what();
  }
  return result;
}

void print_table(const std::vector<Checked>& results) {
  std::size_t width = 4;
  for (const Checked& one : results) width = std::max(width, one.what->name.size());
  print_out("{:{}}  float64  allowed  float32  allowed\n", "case", width);
  for (const Checked& one : results) {
    if (!one.refused.empty()) {
      print_out("{:{}}  {}\n", one.what->name, width, one.refused);
      continue;
    }
    print_out("{:{}}  {:7.1e}  {:7.0e}  {:7.1e}  {:7.1e}\n", one.what->name, width, one.in_float64.error,
              one.what->float64_allowed, one.in_float32.error, one.what->float32_allowed);
    for (const auto& [type, comparison] : {std::pair{"float64", &one.in_float64}, {"float32", &one.in_float32}})
      if (!comparison->first.empty()) print_out("  differs in {} from {}\n", type, comparison->first);
  }
}

void print_json(const std::vector<Checked>& results) {
  Json list = Json::array();
  for (const Checked& one : results) {
    Json entry = {{"case", one.what->name}, {"agrees", one.agrees()}};
    if (!one.refused.empty()) {
      entry["refused"] = one.refused;
    } else {
      entry["float64"] = {{"error", one.in_float64.error}, {"allowed", one.what->float64_allowed}};
      entry["float32"] = {{"error", one.in_float32.error}, {"allowed", one.what->float32_allowed}};
    }
    list.push_back(std::move(entry));
  }
  print_out("{}", indented(list));
}

}  // namespace

int check_traces(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, check_options, 0);
  if (arguments.flag("help")) {
    print_help(
        "cairn optimizer check --traces DIR [options]\n\n"
        "Follows rules through recorded gradients and compares their parameters with the\nrecorded ones: "
        "|a - b| / max(1, |b|), the largest of a trace. Status 1 where one\ndiffers by more than is allowed.\n\n{}",
        help_for(check_options));
    return 0;
  }
  require_options(arguments, check_options, {"traces"});
  if (arguments.has("optimizer") && !arguments.has("case"))
    throw UsageError("Option '--optimizer' needs '--case': which trace the rule is to be compared with.");
  const std::filesystem::path folder = arguments.text("traces");
  const std::vector<RecordedCase> cases = read_recorded_cases(folder);
  if (arguments.has("case") && std::ranges::find(cases, arguments.text("case"), &RecordedCase::name) == cases.end()) {
    std::vector<std::string> names;
    names.reserve(cases.size());
    for (const RecordedCase& one : cases) names.push_back(one.name);
    throw unknown("case of " + folder.string(), arguments.text("case"), names);
  }

  std::vector<Checked> results;
  std::size_t left_out = 0;
  for (const RecordedCase& one : cases) {
    if (arguments.has("case") && one.name != arguments.text("case")) continue;
    if (one.arguments.empty() && !arguments.has("optimizer"))
      ++left_out;
    else
      results.push_back(checked(one, folder, arguments.text("optimizer")));
  }
  const auto agreeing = static_cast<std::size_t>(std::ranges::count_if(results, &Checked::agrees));
  if (arguments.flag("json")) {
    print_json(results);
  } else {
    print_table(results);
    print_out("\n{} of {} agree", agreeing, results.size());
    if (left_out > 0)
      print_out("; {} {} not compared: options cannot say {} rule", left_out, left_out == 1 ? "was" : "were",
                left_out == 1 ? "its" : "their");
    print_out(".\n");
  }
  return agreeing == results.size() && !results.empty() ? 0 : 1;
}

}  // namespace cairn::apps
