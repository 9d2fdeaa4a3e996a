#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace cairn {

/// All bytes of a file; empty where there is none.
inline std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Writes a whole file, and before it the folders that it lies in.
inline void write_file(const std::filesystem::path& path, const std::string& text) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace cairn
