#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace cairn::apps {

/// What messages call the program, as people type it.
const std::string& program_name();
/// What the program is called from now on.
void set_program_name(std::string name);
/// The text with this program's name where it says `cairn COMMAND`.
std::string as_called(std::string text);

// Standard output, as every command uses it. Text that cannot be written ends no command, so that what it computed
// still reaches its files; Program::run says at the end what was lost.

/// Writes to standard output; where that fails, the program says so when it ends.
void write_out(std::string_view text);
/// Likewise what fmt makes of it.
template <class... Arguments>
void print_out(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_out(fmt::format(format, std::forward<Arguments>(arguments)...));
}
/// The text in lines of at most 80 characters. A longer line of plain words goes on in the next one, as a paragraph;
/// one that is indented, or has columns with two spaces or more between them, goes on below its last column. What has
/// no space to break at stays whole.
std::string fitted(std::string_view text);
/// Sentences and tables for people: where standard output is a terminal, lines that are too long for it are broken as
/// `fitted` breaks them, each by itself; elsewhere they stay whole, for programs that look for them.
void write_text(std::string_view text);
/// Likewise what fmt makes of it.
template <class... Arguments>
void print_text(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}
/// Help, which calls the program `cairn`, with its own name, and fits a terminal.
template <class... Arguments>
void print_help(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_out(fitted(as_called(fmt::format(format, std::forward<Arguments>(arguments)...))));
}
/// Hands what was printed so far to the system, as before a window opens or a study takes its time.
void flush_out();

/// Whether text was lost: nothing that follows is written either, and a command that does nothing but print may stop.
bool out_is_lost();
/// A sentence that says why text was lost. Empty where none was, and where its reader went away by itself (`| head`).
std::string out_trouble();
/// Forgets earlier trouble: a program's beginning.
void begin_out();

}  // namespace cairn::apps
