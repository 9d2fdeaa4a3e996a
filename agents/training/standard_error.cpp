#include "agents/training/standard_error.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace cairn::agents {

namespace {

/// The space at which a line is to be broken, behind its first `begin` bytes; 0 where it fits or has none.
std::size_t break_of(std::string_view line, std::size_t columns, std::size_t begin) {
  if (text_width(line) <= columns) return 0;
  std::size_t at = 0;
  for (std::size_t space = begin; (space = line.find(' ', space + 1)) != std::string_view::npos; at = space)
    if (at > 0 && text_width(line.substr(0, space)) > columns) break;
  return at;
}

}  // namespace

bool renews_lines() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr && *terminal != '\0' &&
         std::string_view(terminal) != "dumb";
}

int terminal_columns(int descriptor) {
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* const variable = std::getenv("COLUMNS");
  const std::string_view text = variable == nullptr ? "" : variable;
  int columns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), columns);
  return error == std::errc() && end == text.data() + text.size() && columns > 0 ? columns : 80;
}

std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string broken_line(std::string_view line, std::size_t columns, std::size_t begin) {
  const std::string indent(text_width(line.substr(0, begin)), ' ');
  std::string parts, rest(line);
  while (const std::size_t end = break_of(rest, columns, begin)) {
    parts.append(rest, 0, end) += '\n';
    rest.replace(0, end + 1, indent);
    begin = indent.size();
  }
  return parts + rest;
}

void print_message(std::string_view message) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  std::string text = renews_lines() ? "\r\x1b[K" : "";
  while (true) {  // line by line
    const std::string_view line = message.substr(0, message.find('\n'));
    text += terminal ? broken_line(line, static_cast<std::size_t>(terminal_columns())) : std::string(line);
    text += '\n';
    if (line.size() == message.size()) break;
    message.remove_prefix(line.size() + 1);
  }
  std::fputs(text.c_str(), stderr);
}

}  // namespace cairn::agents
