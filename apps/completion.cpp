// `cairn completion`: scripts for shells, made from the same tables as --help.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cctype>
#include <map>

#include "apps/command_line/entries.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/command_line/registry.h"
#include "apps/subcommands.h"

namespace cairn::apps {

namespace {

const std::vector<Option> completion_options = {
    {"help", "", "this text", false},
};

/// Names that can follow an option, by the option's name.
std::map<std::string, std::vector<std::string>> names_by_option() {
  const Registry& all = registry();
  std::map<std::string, std::vector<std::string>> names;
  names["env"] = names["tasks"] = names_of(all.environments);
  names["agent"] = names["agents"] = names_of(all.agents);
  names["optimizer"] = names["optimizers"] = names["swap-to"] = names_of(all.rules);
  names["schedule"] = names["schedules"] = names_of(all.schedules);
  names["clip"] = names["clips"] = names_of(all.clips);
  names["bonus"] = names_of(all.bonuses);
  names["curriculum"] = names_of(all.curricula);
  names["problem"] = names_of(all.problems);
  names["preset"] = names_of(presets());
  for (const char* more : {"none", "auto"}) names["preset"].emplace_back(more);
  return names;
}

/// Whether an option's value is a file or a folder.
bool is_path(const Option& option) {
  return option.metavar.find("FILE") != std::string::npos || option.metavar.find("DIR") != std::string::npos ||
         option.metavar.find("RUN") != std::string::npos;
}

/// A name for a shell's function.
std::string function_name() {
  std::string name = "_" + program_name();
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
}

std::vector<std::string> commands() {
  std::vector<std::string> names;
  for (const Subcommand& one : subcommands()) names.emplace_back(one.name);
  return names;
}
std::vector<std::string> parts() {
  std::vector<std::string> names;
  for (const Subcommand& one : optimizer_parts()) names.emplace_back(one.name);
  return names;
}

std::string for_bash() {
  const std::string function = function_name();
  std::string text = fmt::format(
      "# Completes {0} in bash:  source <({0} completion bash)\n"
      "{1}() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command=${{COMP_WORDS[1]}}\n"
      "  COMPREPLY=()\n"
      "  if ((COMP_CWORD == 1)); then COMPREPLY=($(compgen -W \"{2}\" -- \"$word\")); return; fi\n"
      "  if [[ $command == optimizer ]]; then\n"
      "    if ((COMP_CWORD == 2)); then COMPREPLY=($(compgen -W \"{3}\" -- \"$word\")); return; fi\n"
      "    command=\"optimizer ${{COMP_WORDS[2]}}\"\n"
      "  fi\n"
      "  case $before in\n",
      program_name(), function, fmt::join(commands(), " "), fmt::join(parts(), " "));
  for (const auto& [option, names] : names_by_option())
    text += fmt::format("    --{}) COMPREPLY=($(compgen -W \"{}\" -- \"$word\")); return;;\n", option,
                        fmt::join(names, " "));
  text += "  esac\n  if [[ $word == -* ]]; then\n    case $command in\n";
  for (const OptionReader& reader : option_readers()) {
    std::vector<std::string> words;
    for (const Option& option : options_of(reader.run)) words.push_back("--" + option.name);
    text += fmt::format("      \"{}\") COMPREPLY=($(compgen -W \"{}\" -- \"$word\"));;\n", reader.name,
                        fmt::join(words, " "));
  }
  return text + fmt::format(
                    "    esac\n  else\n    COMPREPLY=($(compgen -f -- \"$word\"))\n  fi\n}}\n"
                    "complete -o filenames -F {} {}\n",
                    function, program_name());
}

/// Within '…' and _arguments' brackets.
std::string in_brackets(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (c == '[' || c == ']' || c == ':' || c == '\\')
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

std::string for_zsh() {
  const std::string function = function_name();
  std::string text = fmt::format(
      "#compdef {0}\n# Completes {0} in zsh:  {0} completion zsh > a folder of $fpath/_{0}\n{1}() {{\n"
      "  local -a commands\n  commands=(\n",
      program_name(), function);
  for (const Subcommand& one : subcommands()) text += fmt::format("    '{}:{}'\n", one.name, in_brackets(one.about));
  text += fmt::format(
      "  )\n  if (( CURRENT == 2 )); then _describe command commands; return; fi\n"
      "  local command=$words[2]\n"
      "  if [[ $command == optimizer ]]; then\n"
      "    if (( CURRENT == 3 )); then compadd {}; return; fi\n"
      "    command=\"optimizer $words[3]\"\n  fi\n  case $command in\n",
      fmt::join(parts(), " "));
  const auto names = names_by_option();
  for (const OptionReader& reader : option_readers()) {
    text += fmt::format("    \"{}\") _arguments", reader.name);
    for (const Option& option : options_of(reader.run)) {
      std::string value;
      if (!option.metavar.empty()) {
        const auto found = names.find(option.name);
        const std::string what = found != names.end() ? fmt::format("({})", fmt::join(found->second, " "))
                                 : is_path(option)    ? "_files"
                                                      : "";
        value = ":" + in_brackets(option.metavar) + ":" + what;
      }
      text += fmt::format(" \\\n      '--{}[{}]{}'", option.name, in_brackets(option.help), value);
    }
    text += " \\\n      '*:file:_files';;\n";
  }
  return text + fmt::format(
                    "  esac\n}}\n"
                    "if [[ $zsh_eval_context[-1] == loadautofunc ]]; then {0} \"$@\"; else compdef {0} {1}; fi\n",
                    function, program_name());
}

}  // namespace

int completion(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, completion_options, 1);
  if (arguments.flag("help")) {
    print_help(
        "cairn completion bash|zsh\n\nPrints a script that completes commands, options, and the names of worlds, "
        "agents, optimizers and presets:\n  source <(cairn completion bash)\n\n{}",
        help_for(completion_options));
    return 0;
  }
  const std::string shell = arguments.words().empty() ? "" : arguments.words()[0];
  if (shell != "bash" && shell != "zsh")
    throw UsageError(
        fmt::format("The shell {}. Allowed: bash, zsh.", shell.empty() ? "is missing" : "cannot be '" + shell + "'"));
  write_out(shell == "bash" ? for_bash() : for_zsh());
  return 0;
}

}  // namespace cairn::apps
