#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace cairn::agents {

/// Whether standard error is a terminal on which a line can be written over: TERM says which one, and not `dumb`.
bool renews_lines();
/// Width of the terminal at this descriptor (2: standard error) in columns: what it says itself, else COLUMNS, else 80.
int terminal_columns(int descriptor = 2);

/// Columns that UTF-8 text takes, one a character.
std::size_t text_width(std::string_view text);
/// The line, broken at spaces so that no part has more than `columns` characters; what has no space to break at stays
/// whole. Parts after the first are indented as far as the byte `begin`, before which nothing is broken.
std::string broken_line(std::string_view line, std::size_t columns, std::size_t begin = 0);

/// Prints to standard error what goes there. That nobody can read it (it was closed, or its disk is full) ends no run.
template <class... Arguments>
void print_aside(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  std::fputs(fmt::format(format, std::forward<Arguments>(arguments)...).c_str(), stderr);
}

/// Prints a message and ends its line. On a terminal it takes the place of a line that renews itself, and is broken
/// between words; elsewhere it is one line, for programs that look for it.
void print_message(std::string_view message);

}  // namespace cairn::agents
