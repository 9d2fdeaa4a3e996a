#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::apps {

/// What Gymnasium, Stable-Baselines3 or CleanRL call a thing, and what it is here. The page `coming_from.md` shows
/// this table; a name that is refused and stands in it is answered by ours.
struct ForeignName {
  /// What is called so.
  enum class Kind {
    world,   ///< `ours`: what `--env` takes
    agent,   ///< what `--agent` takes
    option,  ///< an option of the program where it begins with `--`, else a key of an agent
    rule,    ///< a key of an optimizer
  };
  Kind kind;                        ///< what is called so
  std::vector<std::string> theirs;  ///< in any case and version, `-` and `_` alike
  std::vector<std::string> ours;    ///< the first that is allowed where the name was met is shown
  std::string from;                 ///< who calls it so
};
/// The whole table.
std::span<const ForeignName> foreign_names();

/// A sentence that names ours for `word`, or nothing. `kind` is as in `unknown` (`environment`, `option of agent
/// 'ppo'`, …); `allowed`: the names that may stand there.
std::string answer_to_foreign(std::string_view kind, std::string_view word, std::span<const std::string> allowed);

}  // namespace cairn::apps
