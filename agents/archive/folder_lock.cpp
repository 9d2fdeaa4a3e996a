#include "agents/archive/folder_lock.h"

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "agents/archive/atomic_file.h"

namespace cairn::agents {

namespace {

constexpr const char* lock_name = "lock";
constexpr auto between_tries = std::chrono::milliseconds(50);

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, std::chrono::milliseconds patience, FileLock::Flock flock)
    : lock_(folder / lock_name, flock) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (lock_.take() == FileLock::State::busy) {
    if (std::chrono::steady_clock::now() >= until)
      throw std::runtime_error("'" + folder.string() + "' is in use: " + lock_.holder() +
                               " is writing it, and one process at a time may.");
    std::this_thread::sleep_for(between_tries);
  }
  if (lock_.state() == FileLock::State::held) remove_leftovers(folder);
}

bool holds_nothing(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return false;
  return std::ranges::all_of(std::filesystem::directory_iterator(folder), [](const auto& entry) {
    return entry.path().filename() == lock_name || is_temporary(entry.path());
  });
}

}  // namespace cairn::agents
