#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace cairn::apps {

/// The program was called wrongly: exit status 2. The text is one sentence or two that name the thing, the value and
/// what is allowed.
struct UsageError : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

/// Calls make() and turns std::invalid_argument into UsageError: what is made of a person's options finds out whether
/// they fit together, and if not, the call was wrong.
template <class F>
auto as_usage(F&& make) {
  try {
    return make();
  } catch (const UsageError&) {
    throw;
  } catch (const std::invalid_argument& error) {
    throw UsageError(error.what());
  }
}

/// The candidate that a person most likely meant by what was typed, in whichever case, or empty when none is near.
std::string nearest(std::string_view typed, std::span<const std::string> candidates);

/// `Unknown KIND 'WORD'. Did you mean 'X'? Allowed: a, b, c.`, the middle only where something is near; where other
/// libraries call a thing so, `Here that is 'X'.` in its place (foreign_names.h).
UsageError unknown(std::string_view kind, std::string_view word, const std::vector<std::string>& allowed);

/// `a, b, c`
std::string joined(std::span<const std::string> words);

}  // namespace cairn::apps
