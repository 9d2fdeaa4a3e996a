#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace cairn::optim {

/// A CSV file of numbers by column name; empty cells are NaN.
inline std::map<std::string, std::vector<double>> read_columns_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("no file " + path);
  std::string line, cell;
  std::getline(file, line);
  std::vector<std::string> names;
  for (std::istringstream header(line); std::getline(header, cell, ',');) names.push_back(cell);
  std::map<std::string, std::vector<double>> columns;
  while (std::getline(file, line)) {
    std::istringstream row(line);
    for (const std::string& column : names) {
      cell.clear();
      std::getline(row, cell, ',');
      columns[column].push_back(cell.empty() ? std::numeric_limits<double>::quiet_NaN() : std::stod(cell));
    }
  }
  return columns;
}
/// The same for a file of reference data.
inline std::map<std::string, std::vector<double>> read_columns(const std::string& name) {
  return read_columns_of(std::string(CAIRN_TEST_DATA) + "/optim/" + name);
}

/// A schedule's recorded rates.
inline std::vector<double> recorded_rates(const std::string& schedule) {
  std::vector<double> values = read_columns("schedules.csv")[schedule];
  if (schedule != "step") return values;
  // The count and a schedule share this name: two numbers a row.
  std::vector<double> rates;
  for (std::size_t i = 1; i < values.size(); i += 2) rates.push_back(values[i]);
  return rates;
}

}  // namespace cairn::optim
