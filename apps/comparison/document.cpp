#include "apps/comparison/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "apps/comparison/report_script.h"

namespace cairn::comparison {

namespace {

// Dark or light by the reader's preference, and black on white on paper. Dark, it has the pictures' own colours
// (envs/canvas.h).
constexpr const char* style = R"(
:root { color-scheme: light dark; --page: #fff; --card: #f6f7fa; --line: #d4d8e2; --row: #e6e9f0; --ink: #141824;
  --faint: #5a6274; --blue: #0a6aa8; --orange: #b87800; --green: #007a57; --red: #b04a00; --banner: #fff4da;
  --darken: 28%; }
@media screen and (prefers-color-scheme: dark) { :root { --page: #0b0e17; --card: #101420; --line: #2c3244;
  --row: #1b2030; --ink: #e8eaf0; --faint: #9aa2b6; --blue: #56b4e9; --orange: #e69f00; --green: #00b985;
  --red: #ee7a2a; --banner: #2a2108; --darken: 0%; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI",
  "DejaVu Sans", sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: clamp(1.6rem, 4.5vw, 2.4rem); line-height: 1.15; margin: 0 0 .4rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; margin: 3rem 0 .8rem; padding-top: .9rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.8rem 0 .6rem; color: var(--blue); }
p { max-width: 46rem; margin: .6rem 0; }
h1, h2, h3, p, li { overflow-wrap: anywhere; }
.subtitle { color: var(--faint); margin: 0 0 1.4rem; }
.banner { background: var(--banner); border: 1px solid var(--orange); border-left-width: 5px; border-radius: 6px;
  padding: .7rem 1rem; margin: 1rem 0; max-width: none; }
ul { padding-left: 1.2rem; margin: .6rem 0; max-width: 60rem; }
li { margin: .3rem 0; }
nav { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; font-size: .92rem; }
nav a { color: var(--blue); text-decoration: none; }
nav a:hover { text-decoration: underline; }
.scroll { overflow-x: auto; margin: .8rem 0 1.2rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
.caption { color: var(--faint); font-size: .87rem; max-width: 60rem; margin: -.6rem 0 1.4rem; }
th, td { padding: .42rem .6rem; text-align: right; white-space: nowrap; }
th { color: var(--faint); font-weight: 600; border-bottom: 1px solid var(--line); vertical-align: bottom;
  white-space: normal; }
th.words, td.words { text-align: left; }
td:first-child, th:first-child { position: sticky; left: 0; background: var(--card); max-width: 45vw;
  white-space: normal; overflow-wrap: break-word; }
tbody tr + tr td { border-top: 1px solid var(--row); }
tbody tr:hover td { background: var(--row); }
td.wide { white-space: normal; overflow-wrap: anywhere; min-width: 14rem; }
.better { color: var(--green); font-weight: 600; }
.worse { color: var(--red); font-weight: 600; }
.quiet { color: var(--faint); }
.strong { font-weight: 700; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 1rem;
  margin: 1rem 0; }
figure { margin: 0; }
img { display: block; width: 100%; height: auto; border-radius: 8px; border: 1px solid var(--line); }
code, pre { font: .85rem/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, monospace; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem;
  overflow-wrap: anywhere; white-space: pre-wrap; }
@media (max-width: 600px) { main { padding: 1.5rem .9rem 3rem; } th, td { padding: .4rem .6rem; }
  h2 { margin-top: 2.2rem; } }
.c { --s: color-mix(in srgb, var(--c), black var(--darken)); }
figure { position: relative; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .7rem; }
figure:has(img) { padding: 0; border: 0; }
figcaption { font-weight: 700; margin-bottom: .3rem; }
.legend, .controls { display: flex; flex-wrap: wrap; gap: .25rem .5rem; align-items: center; }
button, .controls label { font: .8rem system-ui, sans-serif; color: var(--ink); background: none; border: 1px solid var(--line);
  border-radius: 5px; padding: .15rem .5rem; cursor: pointer; max-width: 100%; overflow-wrap: anywhere; text-align: left; }
button[aria-pressed="true"] { background: var(--row); }
button[hidden] { display: none; }
.legend button { border: 0; background: none; padding: .1rem .3rem; }
.legend button::before { content: ""; display: inline-block; width: 1.1em; border-top: 3px solid var(--s);
  margin-right: .4em; vertical-align: .25em; }
.legend button.dashed::before { border-top-style: dashed; }
.legend button[aria-pressed="false"] { opacity: .4; text-decoration: line-through; }
.controls input { width: 6rem; vertical-align: middle; }
.plot { position: relative; touch-action: pan-y; user-select: none; }
.plot svg { display: block; width: 100%; height: auto; font: 12px system-ui, "DejaVu Sans", sans-serif; }
.tick { fill: var(--faint); } .name { fill: var(--ink); } .grid { stroke: var(--line); }
.reference { stroke: var(--faint); stroke-dasharray: 4 4; }
.line { stroke: var(--s); stroke-width: 2.2; fill: none; } .seed { stroke: var(--s); stroke-width: 1; opacity: .45; fill: none; }
.line.dashed { stroke-dasharray: 7 4; } .band { fill: var(--s); opacity: .16; } .dot, .bar { fill: var(--s); }
.row .target { fill: transparent; } .row:hover .target { fill: var(--row); }
.zoom { fill: var(--blue); opacity: .2; }
.tip { position: absolute; pointer-events: none; background: var(--page); border: 1px solid var(--line); border-radius: 6px;
  padding: .3rem .5rem; font: .78rem system-ui, sans-serif; font-variant-numeric: tabular-nums; max-width: 90%; z-index: 1; }
.tip .c::before { content: ""; display: inline-block; width: .7em; height: .7em; border-radius: 50%; background: var(--s);
  margin-right: .4em; }
@media print { body { font-size: 10pt; } main { max-width: none; padding: 0; } .controls, nav { display: none; }
  .scroll { overflow: visible; border: 0; } table { font-size: 7.5pt; } th, td { white-space: normal; padding: .2rem .3rem; }
  td:first-child, th:first-child { position: static; } thead { display: table-header-group; }
  tr, figure, .banner { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .figures { grid-template-columns: 1fr 1fr; } }
)";

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  return out;
}

/// `**strong**` to markup.
std::string strong(const std::string& text) {
  std::string out = escaped(text);
  for (bool open = true;; open = !open) {
    const std::size_t at = out.find("**");
    if (at == std::string::npos) return out;
    out.replace(at, 2, open ? "<strong>" : "</strong>");
  }
}

/// Base64 of a file (RFC 4648).
std::string data_of(const std::filesystem::path& path) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("Cannot read " + path.string() + ": " + std::strerror(errno) + ".");
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t word = 0;
    for (std::size_t k = 0; k < 3; ++k) word = word << 8 | (k < have ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= have ? letters[word >> (18 - 6 * k) & 63U] : '=';
  }
  return text;
}

constexpr std::size_t long_text = 60;  // characters of a cell that may break into lines

/// Whether a column holds words, which begin at the left; numbers end at the right.
bool words_in(const Block& block, std::size_t column) {
  return column == 0 || std::all_of(block.rows.begin() + 1, block.rows.end(), [&](const TableRow& row) {
           const char first = row[column].text.empty() ? ' ' : row[column].text.front();
           return (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
         });
}

/// With places to break the line between a spec's options.
std::string breakable(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    out += escaped(text.substr(i, 1));
    if (text[i] == ',' && i + 1 < text.size() && text[i + 1] != ' ') out += "<wbr>";
  }
  return out;
}

std::string html_table(const Block& block) {
  std::string out = "<div class=\"scroll\"><table>";
  for (std::size_t i = 0; i < block.rows.size(); ++i) {
    const std::string tag = i == 0 ? "th" : "td";
    out += i == 0 ? "<thead><tr>" : "<tr>";
    for (std::size_t column = 0; column < block.rows[i].size(); ++column) {
      const TableCell& cell = block.rows[i][column];
      std::string classes = cell.style;
      const auto add = [&](const char* name) { classes += (classes.empty() ? "" : " ") + std::string(name); };
      if (words_in(block, column)) add("words");
      if (i > 0 && cell.text.size() > long_text) add("wide");
      out += classes.empty() ? "<" + tag + ">" : fmt::format("<{} class=\"{}\">", tag, classes);
      out += breakable(cell.text) + "</" + tag + ">";
    }
    out += i == 0 ? "</tr></thead><tbody>\n" : "</tr>\n";
  }
  out += "</tbody></table></div>\n";
  return block.text.empty() ? out : out + "<p class=\"caption\">" + strong(block.text) + "</p>\n";
}

std::string html_block(const Block& block, const std::filesystem::path& folder) {
  std::string out;
  switch (block.kind) {
    case Block::Kind::text:
      return "<p>" + strong(block.text) + "</p>\n";
    case Block::Kind::heading:
      return "<h3>" + escaped(block.text) + "</h3>\n";
    case Block::Kind::banner:
      return "<p class=\"banner\">" + strong(block.text) + "</p>\n";
    case Block::Kind::code:
      return "<pre>" + escaped(block.text) + "</pre>\n";
    case Block::Kind::table:
      return html_table(block);
    case Block::Kind::list:
      for (const std::string& item : block.items) out += "<li>" + strong(item) + "</li>\n";
      return "<ul>\n" + out + "</ul>\n";
    case Block::Kind::figures:
      for (std::size_t i = 0; i < block.items.size(); ++i) {
        std::string picture = fmt::format(R"(<img alt="{}" src="data:image/svg+xml;base64,{}">)",
                                          escaped(block.captions[i]), data_of(folder / block.items[i]));
        if (i < block.data.size() && !block.data[i].empty())
          picture = fmt::format(R"(<script type="application/json">{}</script><noscript>{}</noscript>)", block.data[i],
                                picture);
        out += fmt::format("<figure>{}</figure>\n", picture);
      }
      return "<div class=\"figures\">\n" + out + "</div>\n";
  }
  return out;
}

bool has_data(const Document& document) {
  for (const Section& section : document.sections)
    for (const Block& block : section.blocks)
      if (std::ranges::any_of(block.data, [](const std::string& data) { return !data.empty(); })) return true;
  return false;
}

std::string markdown_cell(const TableCell& cell) {
  std::string text;
  for (const char c : cell.text) text += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell.style == "strong" || cell.style == "better" || cell.style == "worse" ? "**" + text + "**" : text;
}

std::string markdown_block(const Block& block, const std::string& folder) {
  std::string out;
  switch (block.kind) {
    case Block::Kind::text:
      return block.text + "\n\n";
    case Block::Kind::heading:
      return "### " + block.text + "\n\n";
    case Block::Kind::banner:
      return "> " + block.text + "\n\n";
    case Block::Kind::code:
      return "```\n" + block.text + "\n```\n\n";
    case Block::Kind::list:
      for (const std::string& item : block.items) out += "- " + item + "\n";
      return out + "\n";
    case Block::Kind::figures:
      for (std::size_t i = 0; i < block.items.size(); ++i)
        out += fmt::format("![{}]({}/{})\n", block.captions[i], folder, block.items[i]);
      return out + "\n";
    case Block::Kind::table:
      for (std::size_t row = 0; row < block.rows.size(); ++row) {
        out += "|";
        for (const TableCell& cell : block.rows[row]) out += " " + (row == 0 ? cell.text : markdown_cell(cell)) + " |";
        out += "\n";
        if (row == 0) {
          out += "|";
          for (std::size_t i = 0; i < block.rows[0].size(); ++i) out += words_in(block, i) ? "---|" : "---:|";
          out += "\n";
        }
      }
      return out + "\n" + (block.text.empty() ? "" : block.text + "\n\n");
  }
  return out;
}

}  // namespace

std::string to_html(const Document& document, const std::filesystem::path& folder) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width, "
      "initial-scale=1\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n"
      "<h1>{}</h1>\n<p class=\"subtitle\">{}</p>\n<nav>",
      escaped(document.title), style, escaped(document.title), escaped(document.subtitle));
  for (const Section& section : document.sections)
    out += fmt::format("<a href=\"#{}\">{}</a>", section.id, escaped(section.title));
  out += "</nav>\n";
  for (const Section& section : document.sections) {
    out += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", section.id, escaped(section.title));
    for (const Block& block : section.blocks) out += html_block(block, folder);
    out += "</section>\n";
  }
  out += "</main>\n";
  if (has_data(document)) out += fmt::format("<script>{}</script>\n", report_script);
  return out + "</body>\n</html>\n";
}

std::string to_markdown(const Document& document, const std::string& folder) {
  std::string out = "# " + document.title + "\n\n" + document.subtitle + "\n\n";
  for (const Section& section : document.sections) {
    out += "## " + section.title + "\n\n";
    for (const Block& block : section.blocks) out += markdown_block(block, folder);
  }
  return out;
}

}  // namespace cairn::comparison
