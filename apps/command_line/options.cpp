#include "apps/command_line/options.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cctype>
#include <iterator>
#include <sstream>
#include <utility>

#include "apps/command_line/errors.h"
#include "apps/command_line/fields.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): not every unistd.h declares it

namespace cairn::apps {

namespace po = boost::program_options;

namespace {

constexpr std::string_view prefix = "CAIRN_";

std::string variable(std::string name) {
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return std::string(prefix) + name;
}

// Options of all commands: a variable for one of them is no mistake where another command runs.
constexpr std::string_view all_options =
    " agent agents blocks bonus budget case check checkpoint-every clip clips config curriculum demo demos dtype env "
    "envs episodes evaluate-every evaluation-episodes evaluations format halving help in jobs json json-lines "
    "list-runs lr merge methods no-window on-close only optimizer optimizers out pace policy preset problem quick "
    "quiet record report restart restart-every resume schedule schedules seed seeds selection-seeds shard sheet "
    "start steps stochastic swap-to tasks threads traces trials tune tuned until untuned watch within ";

// See options_of.
thread_local bool options_asked = false;
struct OptionsAnswer {
  std::vector<Option> options;
};

/// Refuses variables that look like one of this command's options misspelt, which would change nothing in silence.
/// Names that resemble none are left to others, as CAIRN_ROOT is.
void refuse_misspelt_variables(const std::vector<Option>& options) {
  std::vector<std::string> known;
  for (const Option& option : options)
    if (option.environment) known.push_back(variable(option.name));
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string name(text.substr(0, text.find('=')));
    if (!name.starts_with(prefix) || text.size() <= name.size() + 1 || std::ranges::find(known, name) != known.end())
      continue;
    std::string word = name.substr(prefix.size());
    for (char& c : word) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (all_options.find(' ' + word + ' ') != std::string_view::npos) continue;
    std::vector<std::string> words;
    for (const Option& option : options)
      if (option.environment) words.push_back(option.name);
    const std::string near = nearest(word, words);
    if (near.empty() || near.front() != word.front()) continue;
    throw UsageError("Unknown variable '" + name + "'. Did you mean '" + variable(near) +
                     "'? Allowed: " + joined(known) + ".");
  }
}

UsageError unknown_option(std::string name, const std::vector<Option>& options) {
  const bool one_dash = name.starts_with('-') && !name.starts_with("--");
  name.erase(0, std::min(name.find_first_not_of('-'), name.size()));
  if (one_dash && std::ranges::find(options, name.substr(0, name.find('=')), &Option::name) != options.end()) {
    UsageError needs_two("Option '-" + name + "' needs two dashes: '--" + name + "'.");
    return needs_two;
  }
  std::vector<std::string> names;
  names.reserve(options.size());
  for (const Option& option : options) names.push_back("--" + option.name);
  return unknown("option", "--" + name.substr(0, name.find('=')), names);
}

}  // namespace

std::string Arguments::text(const std::string& name, const std::string& otherwise) const {
  return has(name) ? values_.at(name).text : otherwise;
}

std::vector<std::string> Arguments::list(const std::string& name, const std::string& otherwise) const {
  std::istringstream all(text(name, otherwise));
  return {std::istream_iterator<std::string>(all), {}};
}

std::string Arguments::named(const std::string& name) const {
  if (!has(name) || typed(name)) return "Option '--" + name + "'";
  const std::string& layer = values_.at(name).layer;
  return layer == "environment" ? "Variable " + variable(name) : "'" + name + "' in " + layer;
}

std::int64_t Arguments::count(const std::string& name, const std::string& interval, std::int64_t otherwise) const {
  if (has(name)) read_value({named(name), interval}, text(name), otherwise);
  return otherwise;
}

double Arguments::real(const std::string& name, const std::string& interval, double otherwise) const {
  if (has(name)) read_value({named(name), interval}, text(name), otherwise);
  return otherwise;
}

void Arguments::set(const std::string& name, const std::string& value, const std::string& layer) {
  values_.try_emplace(name, Value{value, layer});
}

std::vector<Option> options_of(int (*command)(const std::vector<std::string>&)) {
  options_asked = true;
  try {
    command({});
  } catch (const OptionsAnswer& answer) {
    return answer.options;
  } catch (...) {
    options_asked = false;
    throw;
  }
  options_asked = false;
  return {};
}

Arguments parse_arguments(const std::vector<std::string>& line, const std::vector<Option>& options, int words) {
  if (std::exchange(options_asked, false)) throw OptionsAnswer{options};
  po::options_description description;
  for (const Option& option : options) {
    if (option.metavar.empty())
      description.add_options()(option.name.c_str(), po::bool_switch());
    else if (option.many)
      description.add_options()(option.name.c_str(), po::value<std::vector<std::string>>()->multitoken());
    else
      description.add_options()(option.name.c_str(), po::value<std::string>());
  }
  description.add_options()("words", po::value<std::vector<std::string>>());
  po::positional_options_description positions;
  positions.add("words", -1);

  std::vector<std::string> words_typed = line;
  std::ranges::replace(words_typed, "-h", "--help");

  Arguments arguments;
  try {
    // Without short options, so that `--steps -1` reaches its range check instead of being taken for an option `-1`.
    const int style = po::command_line_style::allow_long | po::command_line_style::long_allow_adjacent |
                      po::command_line_style::long_allow_next;
    const auto parsed =
        po::command_line_parser(words_typed).options(description).positional(positions).style(style).run();
    for (const auto& option : parsed.options) {
      if (option.position_key >= 0) {
        for (const std::string& word : option.value)
          if (word.starts_with('-')) throw unknown_option(word, options);
        arguments.words_.insert(arguments.words_.end(), option.value.begin(), option.value.end());
        continue;
      }
      if (option.string_key == "words") throw unknown_option("words", options);
      if (arguments.has(option.string_key)) throw UsageError("Option '--" + option.string_key + "' is given twice.");
      std::string value = option.value.empty() ? "true" : option.value.front();
      for (std::size_t i = 1; i < option.value.size(); ++i) value += ' ' + option.value[i];
      if (value.empty()) throw UsageError("Option '--" + option.string_key + "' has an empty value.");
      arguments.set(option.string_key, value, "command line");
    }
  } catch (const po::unknown_option& error) {
    throw unknown_option(error.get_option_name(), options);
  } catch (const po::error_with_option_name& error) {
    throw UsageError("Option '" + error.get_option_name() + "' needs a value, or was given one it does not take.");
  } catch (const po::error& error) {
    throw UsageError(std::string("The command line cannot be read: ") + error.what() + ".");
  }
  if (static_cast<int>(arguments.words_.size()) > words)
    throw UsageError("Stray word '" + arguments.words_[static_cast<std::size_t>(words)] + "': " +
                     (words == 0 ? "this command takes options only."
                                 : "this command takes at most " + std::to_string(words) + " beside options."));

  refuse_misspelt_variables(options);
  for (const Option& option : options) {
    const char* value = option.environment ? std::getenv(variable(option.name).c_str()) : nullptr;
    if (value == nullptr || *value == '\0') continue;
    std::string text = value;
    if (option.metavar.empty()) {
      if (text == "1" || text == "0") text = text == "1" ? "true" : "false";
      if (text != "true" && text != "false")
        throw UsageError("Variable " + variable(option.name) + " cannot be '" + text +
                         "'. Allowed: true, false, 1, 0.");
    }
    arguments.set(option.name, text, "environment");
  }
  return arguments;
}

void require_options(const Arguments& arguments, const std::vector<Option>& options,
                     std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (arguments.has(std::string(name))) continue;
    const auto option = std::ranges::find(options, name, &Option::name);
    throw UsageError(fmt::format("Option '--{}' is missing: {}.", name, option->help));
  }
}

std::string help_for(const std::vector<Option>& options) {
  std::string text;
  std::size_t widest = 0;
  const auto left = [](const Option& option) {
    return "  --" + option.name + (option.metavar.empty() ? "" : " " + option.metavar);
  };
  // Characters, not bytes: "SPEC…" has two bytes more than it is wide.
  const auto width = [](const std::string& row) {
    return static_cast<std::size_t>(std::ranges::count_if(row, [](char c) { return (c & 0xC0) != 0x80; }));
  };
  for (const Option& option : options) widest = std::max(widest, width(left(option)));
  for (const Option& option : options) {
    const std::string row = left(option);
    text += row + std::string(widest + 2 - width(row), ' ') + option.help + '\n';
  }
  return text;
}

}  // namespace cairn::apps
