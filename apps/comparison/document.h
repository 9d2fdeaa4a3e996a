#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace cairn::comparison {

// A report as plain data, written once as HTML and once as Markdown, so that both say the same.

struct TableCell {
  std::string text;
  std::string style{};  ///< `better`, `worse`, `strong`, `quiet`; empty: plain
};
using TableRow = std::vector<TableCell>;

struct Block {
  enum class Kind { text, heading, banner, list, table, figures, code };
  Kind kind = Kind::text;
  std::string text{};                   ///< of text, heading, banner, code; caption of a table
  std::vector<std::string> items{};     ///< of a list; `**strong**` as in Markdown. Of figures: names of SVG files
  std::vector<std::string> captions{};  ///< of figures, what a reader sees who cannot see them
  std::vector<std::string> data{};      ///< of figures: JSON of chart_data.h, or nothing where there is only a picture
  std::vector<TableRow> rows{};         ///< of a table; the first is its head
};

struct Section {
  std::string id, title;
  std::vector<Block> blocks{};
};

struct Document {
  std::string title, subtitle;
  std::vector<Section> sections{};
};

/// One file that needs no other: styles and script within. Figures with data are drawn by the script, in the reader's
/// theme; pictures (SVG files in `folder`) stand in where there is none, or scripts do not run. Throws
/// std::runtime_error naming a figure that cannot be read.
std::string to_html(const Document& document, const std::filesystem::path& folder);
/// Figures are links relative to `folder`'s parent.
std::string to_markdown(const Document& document, const std::string& folder);

}  // namespace cairn::comparison
