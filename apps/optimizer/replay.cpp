#include <fmt/format.h>

#include <filesystem>

#include "agents/archive/atomic_file.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/optimizer/parts.h"
#include "apps/optimizer/replay.h"
#include "optim/restart.h"

namespace cairn::apps {

namespace {

const std::vector<Option> replay_options = [] {
  std::vector<Option> options = rule_options();
  options.insert(options.end(),
                 {{"dtype", "TYPE", "float64 or float32 (default float64)", false},
                  {"in", "FILE", "CSV step,g0,…: row 0 the initial parameters, each further row one gradient", false},
                  {"out", "FILE", "CSV step,lr,p0,…: the parameters after each step", false},
                  {"help", "", "this text", false}});
  return options;
}();

enum class Precision { float64, float32 };
bool parse(std::string_view text, Precision& precision) {
  precision = text == "float32" ? Precision::float32 : Precision::float64;
  return text == "float32" || text == "float64";
}

/// The rows of the output, each number with as many digits as it takes to read back the same.
template <class S>
std::string replayed(const optim::Rule& rule, const optim::Layout& layout, const GradientTrace& trace) {
  constexpr int digits = std::numeric_limits<S>::max_digits10;
  std::string text = "step,lr";
  for (std::size_t i = 0; i < trace.start.size(); ++i) text += fmt::format(",p{}", i);
  text += '\n';
  follow<S>(rule, layout, trace, [&](std::size_t step, const optim::StepReport& report, std::span<const S> parameters) {
    text += fmt::format("{},{:.{}g}", step, report.learning_rate, digits);
    for (const S parameter : parameters) text += fmt::format(",{:.{}g}", parameter, digits);
    text += '\n';
  });
  return text;
}

}  // namespace

const std::vector<Option>& rule_options() {
  static const std::vector<Option> options = {
      {"optimizer", "SPEC", "the update rule, as in adam:lr=1e-3", false},
      {"schedule", "SPEC", "of the rate; an omitted horizon is the whole file", false},
      {"clip", "SPEC", "of the gradient, as in global_norm:max=0.5, or none", false},
      {"restart", "clock|state", "bias correction alone, or the moments too", false},
      {"restart-every", "N", "steps between restarts", false},
      {"blocks", "BLOCKS", "shapes of the parameter blocks, as in 2x4 or 4,4 (default: one vector)", false},
  };
  return options;
}

optim::Rule replayed_rule(const Arguments& arguments) {
  optim::Rule rule =
      make_rule(parse_component(arguments.text("optimizer"), "--optimizer"))
          .with_schedule(make_schedule(parse_component(arguments.text("schedule", "constant"), "--schedule")))
          .with_clip(make_clip(parse_component(arguments.text("clip", "none"), "--clip")));
  if (arguments.has("restart") != arguments.has("restart-every"))
    throw UsageError("Options '--restart' and '--restart-every' need each other.");
  if (!arguments.has("restart")) return rule;
  optim::RestartOptions restart{.rule = rule, .on = optim::RestartOn::update};
  read_value({"Option '--restart'", "clock|state"}, arguments.text("restart"), restart.what);
  restart.every = arguments.count("restart-every", "[1,1000000000000]", 1);
  return optim::restart(restart);
}

int replay(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, replay_options, 0);
  if (arguments.flag("help")) {
    print_help("cairn optimizer replay --optimizer SPEC --in FILE --out FILE [options]\n\n{}",
               help_for(replay_options));
    return 0;
  }
  require_options(arguments, replay_options, {"optimizer", "in", "out"});
  const std::filesystem::path out = arguments.text("out");
  if (std::filesystem::is_directory(out)) throw UsageError("Option '--out': " + out.string() + " is a folder.");
  const optim::Rule rule = as_usage([&] { return replayed_rule(arguments); });
  Precision precision{};
  read_value({"Option '--dtype'", "float64|float32"}, arguments.text("dtype", "float64"), precision);

  const GradientTrace trace = read_gradient_trace(arguments.text("in"));
  const optim::Layout layout =
      parse_blocks(arguments.text("blocks", std::to_string(trace.start.size())), trace.start.size());
  const std::string rows = as_usage([&] {
    return precision == Precision::float64 ? replayed<double>(rule, layout, trace)
                                           : replayed<float>(rule, layout, trace);
  });
  agents::write_file(out, rows);
  return 0;
}

}  // namespace cairn::apps
