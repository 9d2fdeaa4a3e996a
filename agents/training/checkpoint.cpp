#include "agents/training/checkpoint.h"

#include <stdexcept>

namespace cairn::agents {

void require_format(const Archive& archive, const std::filesystem::path& path) {
  const auto format = archive.metadata.find("format");
  if (format == archive.metadata.end() || format->second != checkpoint_format)
    throw std::runtime_error(path.string() +
                             (format == archive.metadata.end() ? " does not say which format it has"
                                                               : " has the format '" + format->second + "'") +
                             "; this program reads '" + std::string(checkpoint_format) + "'.");
}

Archive read_checkpoint(const std::filesystem::path& path) {
  Archive archive = read_archive(path);
  require_format(archive, path);
  return archive;
}

std::int64_t read_count(const Archive& archive, const std::string& name, std::int64_t low, std::int64_t high) {
  const auto count = archive.get_value<std::int64_t>(name);
  if (count < low || count > high)
    throw std::runtime_error("The checkpoint's '" + name + "' is " + std::to_string(count) + ", not in [" +
                             std::to_string(low) + "," + std::to_string(high) + "].");
  return count;
}

}  // namespace cairn::agents
