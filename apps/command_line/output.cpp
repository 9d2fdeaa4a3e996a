#include "apps/command_line/output.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include "agents/training/standard_error.h"

namespace cairn::apps {

namespace {

// The first failure. A stream forgets what it could not write, so its last flush alone would say that all is well.
int first_error = 0;

std::string called = "cairn";

void note_failure() {
  if (first_error == 0) first_error = errno != 0 ? errno : EIO;
}

constexpr std::size_t columns = 80;  // of a terminal

/// Where the last column of a line begins, of those that leave half of the width; 0: it is plain words.
std::size_t last_column(std::string_view line) {
  std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
  for (std::size_t gap = begin; (gap = line.find("  ", gap)) < columns / 2;)
    begin = gap = std::min(line.find_first_not_of(' ', gap), line.size());
  return begin;
}

}  // namespace

const std::string& program_name() {
  return called;
}
void set_program_name(std::string name) {
  called = std::move(name);
}

std::string as_called(std::string text) {
  constexpr std::string_view ours = "cairn ";
  if (called == "cairn") return text;
  for (std::size_t at = 0; (at = text.find(ours, at)) != std::string::npos; at += called.size()) {
    const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n' || text[at - 1] == '\'';
    if (begins) text.replace(at, ours.size() - 1, called);
  }
  return text;
}

std::string fitted(std::string_view text) {
  std::string fits;
  while (!text.empty()) {
    std::string line(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    for (std::size_t last = line.size(); last > columns && last_column(line) == 0;) {
      const std::string_view next = text.substr(0, text.find('\n'));
      if (next.empty() || last_column(next) > 0) break;
      text.remove_prefix(std::min(next.size() + 1, text.size()));
      (line += ' ') += next;
      last = next.size();
    }
    (fits += agents::broken_line(line, columns, last_column(line))) += '\n';
  }
  return fits;
}

void write_text(std::string_view text) {
  if (::isatty(STDOUT_FILENO) != 1) return write_out(text);
  const auto width = static_cast<std::size_t>(agents::terminal_columns(STDOUT_FILENO));
  std::string lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines += agents::broken_line(line, width, last_column(line));
    if (line.size() < text.size()) lines += '\n';
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  write_out(lines);
}

void write_out(std::string_view text) {
  if (first_error != 0) return;
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) note_failure();
}

void flush_out() {
  if (first_error != 0) return;
  errno = 0;
  if (std::fflush(stdout) != 0) note_failure();
}

bool out_is_lost() {
  return first_error != 0;
}

std::string out_trouble() {
  if (first_error == 0 || first_error == EPIPE) return "";
  return "Standard output cannot be written: " + std::generic_category().message(first_error) + ".";
}

void begin_out() {
  first_error = 0;
}

}  // namespace cairn::apps
