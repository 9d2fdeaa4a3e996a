#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace cairn::agents {

/// Prints to standard error what goes there. That nobody can read it (it was closed, or its disk is full) ends no run.
template <class... Arguments>
void print_aside(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  std::fputs(fmt::format(format, std::forward<Arguments>(arguments)...).c_str(), stderr);
}

}  // namespace cairn::agents
