#include "agents/archive/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace cairn::agents {

namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

/// `1234 host`, as the holder wrote it.
std::string holder_text() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return std::to_string(::getpid()) + " " + host.data() + "\n";
}

/// Whether the open file is the one that lies at the path: its last holder may have removed it in between.
bool lies_at(int descriptor, const std::filesystem::path& path) {
  struct stat open {
  }, there{};
  return ::fstat(descriptor, &open) == 0 && ::stat(path.c_str(), &there) == 0 && open.st_ino == there.st_ino &&
         open.st_dev == there.st_dev;
}

/// What the disk means by refusing locks altogether; nullptr: it does not.
const char* why_there_are_none(int error) {
  switch (error) {
    case ENOLCK:
      return " Of NFS, its lock service does not answer.";
    case EOPNOTSUPP:
    case ENOSYS:
      return " Of Lustre, it is mounted without '-o flock'.";
    case EINVAL:
      return "";
    default:
      return nullptr;
  }
}

}  // namespace

FileLock::FileLock(std::filesystem::path path, Flock flock)
    : path_(std::move(path)), flock_(flock != nullptr ? flock : &::flock) {}

FileLock::State FileLock::take() {
  while (state_ != State::held) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw std::runtime_error("Cannot write '" + path_.string() + "': " + reason(errno) + ".");
    const int error = flock_(descriptor_, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (error == 0 && lies_at(descriptor_, path_)) {
      state_ = State::held;
      break;
    }
    ::close(std::exchange(descriptor_, -1));
    if (error == EWOULDBLOCK) return state_ = State::busy;
    if (error == 0 || error == EINTR) continue;
    ::unlink(path_.c_str());
    const char* const why = why_there_are_none(error);
    if (why == nullptr) throw std::runtime_error("Cannot lock '" + path_.string() + "': " + reason(error) + ".");
    caveat_ = "The disk of '" + path_.parent_path().string() + "' has no file locks (" + reason(error) + ")." + why +
              " Nothing keeps another process from writing there at the same time: give each a folder of its own.";
    return state_ = State::unsupported;
  }
  const std::string text = holder_text();
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const int error = errno;
    give_back();
    throw std::runtime_error("Cannot write '" + path_.string() + "': " + reason(error) + ".");
  }
  return state_;
}

void FileLock::give_back() {
  state_ = State::free;
  if (descriptor_ < 0) return;
  if (lies_at(descriptor_, path_)) ::unlink(path_.c_str());
  ::close(std::exchange(descriptor_, -1));
}

std::string FileLock::holder() const {
  std::ifstream file(path_);
  long process = 0;
  std::string host;
  if (!(file >> process >> host)) return "another process";
  return "process " + std::to_string(process) + " on " + host;
}

}  // namespace cairn::agents
