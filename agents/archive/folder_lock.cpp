#include "agents/archive/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "agents/archive/atomic_file.h"

namespace cairn::agents {

namespace {

constexpr const char* lock_name = "lock";
constexpr auto between_tries = std::chrono::milliseconds(50);
// A killed process may take a moment to die, and its children some more.
constexpr auto until_died = std::chrono::milliseconds(1000), until_children_died = std::chrono::milliseconds(5000);

std::string reason(int error) {
  return std::generic_category().message(error);
}

/// `1234 host`, as the holder wrote it.
std::string holder_text() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return std::to_string(::getpid()) + " " + host.data() + "\n";
}

/// `process 1234 on host`, out of the file.
std::string holder_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  long process = 0;
  std::string host;
  if (!(file >> process >> host)) return "another process";
  return "process " + std::to_string(process) + " on " + host;
}

/// Whether the open file is the one that lies at the path: its last holder may have removed it in between.
bool lies_at(int descriptor, const std::filesystem::path& path) {
  struct stat open {
  }, there{};
  return ::fstat(descriptor, &open) == 0 && ::stat(path.c_str(), &there) == 0 && open.st_ino == there.st_ino &&
         open.st_dev == there.st_dev;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, Children children, Flock flock)
    : folder_(folder), path_(folder / lock_name), children_(children) {
  if (flock == nullptr) flock = &::flock;
  const auto until = std::chrono::steady_clock::now() + (children == Children::hold ? until_children_died : until_died);
  const int inherited = children == Children::hold ? 0 : O_CLOEXEC;
  while (descriptor_ < 0) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | inherited, 0666);
    if (descriptor_ < 0) throw std::runtime_error("Cannot write '" + path_.string() + "': " + reason(errno) + ".");
    const int error = flock(descriptor_, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (error == 0 && lies_at(descriptor_, path_)) break;
    ::close(std::exchange(descriptor_, -1));
    if (error == EWOULDBLOCK) {
      if (std::chrono::steady_clock::now() >= until)
        throw std::runtime_error("'" + folder_.string() + "' is in use: " + holder_of(path_) +
                                 " is writing it, and one process at a time may.");
      std::this_thread::sleep_for(between_tries);
    } else if (error != 0 && error != EINTR) {  // ENOLCK, EOPNOTSUPP: of some network disks
      ::unlink(path_.c_str());
      caveat_ = "The disk of '" + folder_.string() + "' has no file locks (" + reason(error) +
                "): nothing keeps another process from writing that folder at the same time.";
      return;
    }
  }
  const std::string text = holder_text();
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const int error = errno;
    ::close(descriptor_);
    throw std::runtime_error("Cannot write '" + path_.string() + "': " + reason(error) + ".");
  }
  remove_leftovers(folder_);
}

FolderLock::~FolderLock() {
  if (descriptor_ < 0) return;
  if (children_ == Children::none && lies_at(descriptor_, path_)) ::unlink(path_.c_str());
  ::close(descriptor_);
}

bool holds_nothing(const std::filesystem::path& folder) {
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) return false;
  return std::ranges::all_of(std::filesystem::directory_iterator(folder), [](const auto& entry) {
    return entry.path().filename() == lock_name || is_temporary(entry.path());
  });
}

}  // namespace cairn::agents
