#include "apps/optimizer/trace.h"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstring>
#include <fstream>
#include <optional>
#include <stdexcept>

#include "apps/command_line/errors.h"

namespace cairn::apps {

namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> cells;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find(at, begin);
    cells.push_back(text.substr(begin, end - begin));
  }
  return cells;
}

template <class Number>
std::optional<Number> number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

GradientTrace read_gradient_trace(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path))
    throw std::runtime_error(fmt::format("Cannot read {}: it is a folder.", path.string()));
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("Cannot read {}: {}.", path.string(), std::strerror(errno)));
  int line_number = 0;
  std::string line;
  const auto next = [&] {
    if (!std::getline(file, line)) return false;
    ++line_number;
    if (line.ends_with('\r')) line.pop_back();
    return !line.empty() || file.peek() != std::ifstream::traits_type::eof();  // an empty last line does not count
  };
  const auto refuse = [&](const std::string& why) {
    throw std::runtime_error(fmt::format("{}, line {}: {}.", path.string(), line_number, why));
  };

  if (!next()) throw std::runtime_error(fmt::format("{} is empty; its header should be step,g0,g1,…", path.string()));
  const std::vector<std::string_view> header = split(line, ',');
  if (header.size() < 2 || header[0] != "step") refuse("the header should be step,g0,g1,…");
  for (std::size_t i = 1; i < header.size(); ++i)
    if (header[i] != fmt::format("g{}", i - 1))
      refuse(fmt::format("the header has '{}' where 'g{}' should stand", header[i], i - 1));
  const std::size_t size = header.size() - 1;

  GradientTrace trace;
  for (std::int64_t step = 0; next(); ++step) {
    const std::vector<std::string_view> cells = split(line, ',');
    if (cells.size() != size + 1) refuse(fmt::format("{} cells where the header has {}", cells.size(), size + 1));
    if (number<std::int64_t>(cells[0]) != step) refuse(fmt::format("step '{}' where {} is due", cells[0], step));
    std::vector<double> row(size);
    for (std::size_t i = 0; i < size; ++i) {
      const std::optional<double> value = number<double>(cells[i + 1]);
      if (!value || !std::isfinite(*value))
        refuse(fmt::format("'{}' in column g{} is no finite number", cells[i + 1], i));
      row[i] = *value;
    }
    if (step == 0)
      trace.start = std::move(row);
    else
      trace.gradients.push_back(std::move(row));
  }
  if (file.bad()) throw std::runtime_error(fmt::format("Cannot read {}: {}.", path.string(), std::strerror(errno)));
  if (trace.start.empty())
    throw std::runtime_error(fmt::format("{} has no row 0, the initial parameters.", path.string()));
  return trace;
}

optim::Layout parse_blocks(std::string_view text, std::size_t size) {
  constexpr Eigen::Index most = 1'000'000'000;
  optim::Layout layout;
  for (const std::string_view part : split(text, ',')) {
    const std::vector<std::string_view> sides = split(part, 'x');
    const auto rows = number<Eigen::Index>(sides[0]);
    const auto cols = sides.size() == 2 ? number<Eigen::Index>(sides[1]) : std::optional<Eigen::Index>(1);
    if (sides.size() > 2 || !rows || !cols || *rows < 1 || *cols < 1 || *rows > most || *cols > most)
      throw UsageError(fmt::format(
          "Option '--blocks' cannot be '{}': '{}' is neither ROWS nor ROWSxCOLUMNS. Allowed: as in 2x4 or 4,4.", text,
          part));
    const std::string name = fmt::format("block{}", layout.blocks.size());
    layout.add(name, *rows, *cols, {sides.size() == 2 ? "weight" : "bias", name});
    if (layout.size > most) break;
  }
  if (layout.size != static_cast<Eigen::Index>(size))
    throw UsageError(fmt::format("Option '--blocks': {} holds {} parameters, the file {}.", text, layout.size, size));
  return layout;
}

}  // namespace cairn::apps
