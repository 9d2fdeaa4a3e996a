#include "agents/export/export.h"

#include <fmt/format.h>

#include <filesystem>

#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/command_line/saved_policy.h"
#include "apps/subcommands.h"

namespace cairn::apps {

namespace {

const std::vector<Option> export_options = {
    {"format", "FORMAT", "onnx, safetensors or cpp (a header that needs nothing)", false},
    {"out", "FILE", "what to write", false},
    {"env", "SPEC", "the world (default: the one it was trained in); names inputs and outputs", false},
    {"help", "", "this text", false},
};

}  // namespace

int export_policy(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, export_options, 1);
  if (arguments.flag("help")) {
    print_help(
        "cairn export RUN|CHECKPOINT --format onnx|safetensors|cpp --out FILE\n\nA run's last checkpoint is "
        "written; RUN/checkpoints/best.safetensors names the best. The\nfile says which run, step and commit it comes "
        "from; "
        "'cairn eval' and 'cairn watch' read the safetensors.\n\n{}",
        help_for(export_options));
    return 0;
  }
  if (arguments.words().empty()) throw UsageError("What to export is missing: a run folder or a checkpoint.");
  require_options(arguments, export_options, {"format", "out"});
  agents::ExportFormat format{};
  read_value({"Option '--format'", "onnx|safetensors|cpp"}, arguments.text("format"), format);
  const std::filesystem::path out = arguments.text("out");
  if (std::filesystem::is_directory(out)) throw UsageError("Option '--out': " + out.string() + " is a folder.");

  const SavedPolicy saved = read_policy(arguments.words()[0]);
  const std::string environment = arguments.text("env", saved.environment);
  if (environment.empty())
    throw UsageError("Option '--env' is missing: " + saved.file.string() + " does not say which world.");
  const MadeEnvironment world = make_environment(parse_component(environment, "--env"));
  require_fit(saved, world.spec);
  agents::export_policy(saved.policy, world.spec, format, out, saved.origin);
  print_out("Wrote {}: the policy of {}.\n", out.string(), saved.file.string());
  return 0;
}

}  // namespace cairn::apps
