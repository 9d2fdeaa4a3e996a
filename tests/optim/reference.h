#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace cairn::optim {

/// A CSV file of numbers by column name; empty cells are NaN.
inline std::map<std::string, std::vector<double>> read_columns(const std::string& name) {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/optim/" + name);
  if (!file) throw std::runtime_error("no reference file " + name);
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

}  // namespace cairn::optim
