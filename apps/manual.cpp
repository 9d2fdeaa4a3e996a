// `cairn man`: a manual page, made from the same tables as --help.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "apps/command_line/build_info.h"
#include "apps/command_line/options.h"
#include "apps/command_line/output.h"
#include "apps/subcommands.h"

namespace cairn::apps {

namespace {

const std::vector<Option> manual_options = {
    {"help", "", "this text", false},
};

/// Text as roff takes it: hyphens that can be copied, no line that begins as a request does, and what is not ASCII by
/// its number.
std::string roff(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0xc0) {  // UTF-8: as many bytes as the first one says
      const std::size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
      unsigned code = c & (0x3fU >> more);
      for (std::size_t k = 0; k < more && i + 1 < text.size(); ++k)
        code = code << 6 | (static_cast<unsigned char>(text[++i]) & 0x3fU);
      out += fmt::format("\\[u{:04X}]", code);
    } else if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else {
      out += text[i];
    }
  }
  return out.starts_with('.') ? "\\&" + out : out;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

std::string page() {
  const std::string& name = program_name();
  std::string text = fmt::format(
      ".TH {} 1 \"\" \"{} {}\"\n"
      ".SH NAME\n{} \\- reinforcement learning on sparse\\-reward worlds with swappable adaptive optimizers\n"
      ".SH SYNOPSIS\n.B {}\n.I COMMAND\n[\\fIoptions\\fR]\n"
      ".SH DESCRIPTION\n"
      "Worlds built on Box2D pay rarely; agents learn in them with any of many optimizers; a window shows the "
      "learning.\n"
      "A component is named by\n.IR name:key=value,... ,\n"
      "with lists a/b/c and nested specs in parentheses. \\fB{} list\\fR shows the names, and what each one takes.\n"
      ".SH COMMANDS\n",
      upper(roff(name)), roff(name), build_info().version, roff(name), roff(name), roff(name));
  for (const OptionReader& reader : option_readers()) {
    text += fmt::format(".SS {}\n{}\n", roff(reader.name), roff(reader.about));
    for (const Option& option : options_of(reader.run)) {
      text += fmt::format(".TP\n\\fB\\-\\-{}\\fR", roff(option.name));
      if (!option.metavar.empty()) text += fmt::format(" \\fI{}\\fR", roff(option.metavar));
      text += "\n" + roff(option.help) + "\n";
    }
  }
  return text +
         ".SH ENVIRONMENT\n"
         "An option \\fB\\-\\-name\\fR can also be said by the variable \\fBCAIRN_NAME\\fR; the command line comes "
         "first.\n\\fBNO_COLOR\\fR and \\fBDISPLAY\\fR as usual.\n"
         ".SH EXIT STATUS\n"
         "0 done, 1 failed while running, 2 wrong use, 3 ended without reaching what was asked; after a checkpoint 128 "
         "+ the signal.\n";
}

}  // namespace

int manual(const std::vector<std::string>& line) {
  const Arguments arguments = parse_arguments(line, manual_options, 0);
  if (arguments.flag("help")) {
    print_help("cairn man\n\nPrints this program's manual page; to read it:  cairn man | man -l -\n\n{}",
               help_for(manual_options));
    return 0;
  }
  write_out(page());
  return 0;
}

}  // namespace cairn::apps
