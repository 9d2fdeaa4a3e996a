#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::apps {

/// An option of a subcommand, `--name`.
struct Option {
  std::string name;         ///< without its dashes
  std::string metavar;      ///< what its value is called in help; empty: a flag
  std::string help;         ///< a phrase
  bool environment = true;  ///< `CAIRN_NAME` sets it too
  bool many = false;        ///< takes one word or more, as `--seeds 1 2 3`
};

/// What a person asked for, from all layers. A later layer never replaces an earlier one: the command line is stored
/// first, then the environment, then a file.
class Arguments {
 public:
  /// Whether any layer says something of it.
  bool has(const std::string& name) const { return values_.contains(name); }
  /// Whether a flag is set.
  bool flag(const std::string& name) const { return has(name) && values_.at(name).text != "false"; }
  /// The value, or `otherwise`.
  std::string text(const std::string& name, const std::string& otherwise = "") const;
  /// The words of an option that takes many, or of `otherwise`.
  std::vector<std::string> list(const std::string& name, const std::string& otherwise = "") const;
  /// Whether the command line itself said so.
  bool typed(const std::string& name) const { return has(name) && values_.at(name).layer == "command line"; }
  /// Where the value was said, for error messages: `Option '--steps'`, `Variable CAIRN_STEPS`, `'steps' in FILE`.
  std::string named(const std::string& name) const;
  /// Throws UsageError where the value is no number in the interval.
  std::int64_t count(const std::string& name, const std::string& interval, std::int64_t otherwise) const;
  /// Likewise a number that need not be whole.
  double real(const std::string& name, const std::string& interval, double otherwise) const;

  /// `layer`: `command line`, `environment`, or the file that says so.
  void set(const std::string& name, const std::string& value, const std::string& layer);
  const std::vector<std::string>& words() const { return words_; }  ///< what is no option

 private:
  friend Arguments parse_arguments(const std::vector<std::string>&, const std::vector<Option>&, int);
  struct Value {
    std::string text, layer;
  };
  std::map<std::string, Value> values_;
  std::vector<std::string> words_;
};

/// Reads the command line by Boost.Program_options, without its guessing of abbreviations and with at most `words`
/// words beside options, then `CAIRN_*` variables, of which those that are misspelt are refused. `-h` is `--help`.
/// Throws UsageError naming the option, with a suggestion.
Arguments parse_arguments(const std::vector<std::string>& line, const std::vector<Option>& options, int words);

/// The options that a command reads: it is called without words, and ends at its call of parse_arguments.
std::vector<Option> options_of(int (*command)(const std::vector<std::string>&));

/// Throws UsageError for the first of `names` that `arguments` do not say, with what its entry in `options` says of it.
void require_options(const Arguments& arguments, const std::vector<Option>& options,
                     std::initializer_list<std::string_view> names);

/// The options in two columns.
std::string help_for(const std::vector<Option>& options);

}  // namespace cairn::apps
