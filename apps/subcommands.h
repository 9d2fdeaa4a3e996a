#pragma once

#include <span>
#include <string>
#include <vector>

namespace cairn::apps {

// Each takes the words after its name and returns the exit status. Wrong use throws UsageError; what fails while
// running throws any other std::exception.
int list(const std::vector<std::string>& line);
int train(const std::vector<std::string>& line);
int evaluate(const std::vector<std::string>& line);
int watch(const std::vector<std::string>& line);
int play(const std::vector<std::string>& line);
int race(const std::vector<std::string>& line);
int landscape(const std::vector<std::string>& line);
int compare(const std::vector<std::string>& line);
int tune(const std::vector<std::string>& line);
int suite_command(const std::vector<std::string>& line);
int study(const std::vector<std::string>& line);
int export_policy(const std::vector<std::string>& line);
int optimizer(const std::vector<std::string>& line);
int completion(const std::vector<std::string>& line);
int manual(const std::vector<std::string>& line);

struct Subcommand {
  const char* name;
  const char* about;
  int (*run)(const std::vector<std::string>&);
};
/// All of the above, in the order in which help lists them.
std::span<const Subcommand> subcommands();
/// The parts of `optimizer`.
std::span<const Subcommand> optimizer_parts();

/// A command that reads options of its own, as `train` or `optimizer replay`.
struct OptionReader {
  std::string name, about;
  int (*run)(const std::vector<std::string>&);
};
/// All of them.
std::vector<OptionReader> option_readers();

}  // namespace cairn::apps
