#include "apps/optimizer/recorded.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "agents/training/table.h"
#include "apps/command_line/json.h"

namespace cairn::apps {

namespace {

constexpr double float64_allowed = 1e-12;       // unless the case says otherwise
constexpr double float32_allowed_least = 2e-6;  // or four times how far the recorded float32 itself is from float64

using Columns = std::map<std::string, std::vector<double>>;

/// Columns KIND0, KIND1, … from row `first` on, a vector for each row.
std::vector<std::vector<double>> rows_of(const std::filesystem::path& file, const Columns& columns, char kind,
                                         std::size_t size, std::size_t first) {
  std::vector<std::vector<double>> rows(columns.at("step").size() - first, std::vector<double>(size));
  for (std::size_t i = 0; i < size; ++i) {
    const std::string name = fmt::format("{}{}", kind, i);
    const auto column = columns.find(name);
    if (column == columns.end()) throw std::runtime_error(fmt::format("{} has no column '{}'.", file.string(), name));
    for (std::size_t row = first; row < column->second.size(); ++row) {
      if (!std::isfinite(column->second[row]))
        throw std::runtime_error(
            fmt::format("{}: column '{}' has no finite number at step {}.", file.string(), name, row));
      rows[row - first][i] = column->second[row];
    }
  }
  return rows;
}

}  // namespace

std::vector<RecordedCase> read_recorded_cases(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "manifest.json";
  std::ifstream file(path);
  if (!file) throw std::runtime_error(fmt::format("Cannot read {}: {}.", path.string(), std::strerror(errno)));
  std::vector<RecordedCase> cases;
  try {
    const Json manifest = read_json(file);
    for (const Json& entry : manifest.at("optimizers")) {
      RecordedCase one{.name = entry.at("name"), .arguments = {}};
      if (!entry.at("arguments").is_null()) one.arguments = entry.at("arguments").get<std::vector<std::string>>();
      one.float64_allowed = entry.value("f64_allowed", float64_allowed);
      one.float32_allowed = std::max(4 * entry.at("f32_error").get<double>(), float32_allowed_least);
      if (one.name.empty() || one.name.find('/') != std::string::npos)
        throw std::runtime_error(fmt::format("{}: '{}' cannot name a case.", path.string(), one.name));
      cases.push_back(std::move(one));
    }
  } catch (const Json::exception& error) {
    throw std::runtime_error(fmt::format("{} describes no traces: {}.", path.string(), error.what()));
  }
  if (cases.empty()) throw std::runtime_error(fmt::format("{} lists no optimizers.", path.string()));
  return cases;
}

RecordedTrace read_recorded_trace(const std::filesystem::path& folder, const std::string& name) {
  const std::filesystem::path file = folder / "traces" / (name + ".csv");
  const Columns columns = agents::read_columns(file);
  std::size_t size = 0;
  while (columns.contains(fmt::format("g{}", size))) ++size;
  if (!columns.contains("step") || !columns.contains("lr") || size == 0 || columns.at("step").size() < 2)
    throw std::runtime_error(
        fmt::format("{} is no trace: columns step, lr, g0, … and two rows are due.", file.string()));
  RecordedTrace trace;
  trace.gradients.gradients = rows_of(file, columns, 'g', size, 1);
  trace.gradients.start = rows_of(file, columns, 'd', size, 0).front();
  trace.in_float64 = rows_of(file, columns, 'd', size, 1);
  trace.in_float32 = rows_of(file, columns, 'f', size, 1);
  trace.rates.assign(columns.at("lr").begin() + 1, columns.at("lr").end());
  return trace;
}

}  // namespace cairn::apps
