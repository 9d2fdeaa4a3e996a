#pragma once

#include <span>
#include <string>
#include <vector>

namespace cairn::apps {

// Each takes the words after its name and returns the exit status. Wrong use throws UsageError; what fails while
// running throws any other std::exception.
/// What there is, by kind or in detail.
int list(const std::vector<std::string>& line);
/// One run.
int train(const std::vector<std::string>& line);
/// The return of a policy on fresh episodes.
int evaluate(const std::vector<std::string>& line);
/// A policy or a run in a window, or recorded.
int watch(const std::vector<std::string>& line);
/// A person flies.
int play(const std::vector<std::string>& line);
/// Optimizers side by side.
int race(const std::vector<std::string>& line);
/// Rules that descend a function of two parameters.
int landscape(const std::vector<std::string>& line);
/// Many runs and a report.
int compare(const std::vector<std::string>& line);
/// Trials of options, then a comparison.
int tune(const std::vector<std::string>& line);
/// Which method solves which world.
int suite_command(const std::vector<std::string>& line);
/// Claims of the literature, tried.
int study(const std::vector<std::string>& line);
/// A policy for other programs.
int export_policy(const std::vector<std::string>& line);
/// Rules without a run.
int optimizer(const std::vector<std::string>& line);
/// A script for the shell.
int completion(const std::vector<std::string>& line);
/// The manual page.
int manual(const std::vector<std::string>& line);

/// A word behind `cairn`.
struct Subcommand {
  const char* name;                             ///< the word
  const char* about;                            ///< one line of help
  int (*run)(const std::vector<std::string>&);  ///< takes the words behind it, returns the exit status
};
/// All of the above, in the order in which help lists them.
std::span<const Subcommand> subcommands();
/// The parts of `optimizer`.
std::span<const Subcommand> optimizer_parts();

/// A command that reads options of its own, as `train` or `optimizer replay`.
struct OptionReader {
  std::string name, about;                      ///< the words that call it, and one line of help
  int (*run)(const std::vector<std::string>&);  ///< as in Subcommand
};
/// All of them.
std::vector<OptionReader> option_readers();

}  // namespace cairn::apps
