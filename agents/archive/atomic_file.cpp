#include "agents/archive/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace cairn::agents {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw std::runtime_error("Cannot write '" + path.string() + "': " + std::generic_category().message(error) + ".");
}

// The rename itself lasts through a power cut only once the folder that holds the name is on the disk.
void sync_folder(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EACCES) return;  // a folder may be writable and not readable
    fail(path, errno);
  }
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (error != 0 && error != EINVAL && error != ENOTSUP) fail(path, error);  // some file systems cannot sync folders
}

// The file that a path means: what links lead to. A rename would put a file in the place of a device or a pipe.
std::filesystem::path target_of(std::filesystem::path path) {
  constexpr int most_links = 40;  // as the kernel
  std::error_code error;
  for (int i = 0; i < most_links && std::filesystem::is_symlink(path, error); ++i)
    path = path.parent_path() / std::filesystem::read_symlink(path);
  if (std::filesystem::exists(path, error) && !std::filesystem::is_regular_file(path, error))
    throw std::runtime_error("Cannot write '" + path.string() + "': it is a " +
                             (std::filesystem::is_directory(path, error) ? "folder" : "device or a pipe") +
                             ", not a file.");
  return path;
}

// Temporary files are called NAME.PROCESS-NUMBER.tmp, so that no two writers share one.
constexpr std::string_view ending = ".tmp";
std::atomic<unsigned> temporary_files = 0;

/// The process in a temporary file's name; nothing for other names.
std::optional<pid_t> writer_of(std::string_view name) {
  if (!name.ends_with(ending)) return std::nullopt;
  name.remove_suffix(ending.size());
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view writer = name.substr(dot + 1);
  pid_t process = 0;
  unsigned number = 0;
  const char* const last = writer.data() + writer.size();
  const auto [dash, error] = std::from_chars(writer.data(), last, process);
  if (error != std::errc() || process <= 0 || dash == last || *dash != '-') return std::nullopt;
  const auto [end, wrong] = std::from_chars(dash + 1, last, number);
  return wrong == std::errc() && end == last ? std::optional(process) : std::nullopt;
}

}  // namespace

AtomicFile::AtomicFile(std::filesystem::path path) : path_(target_of(std::move(path))) {
  constexpr int most_tries = 1000;  // others' files may lie in the way
  for (int i = 0; descriptor_ < 0; ++i) {
    temporary_ = path_;
    temporary_ += "." + std::to_string(::getpid()) + "-" + std::to_string(temporary_files++);
    temporary_ += ending;
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && (errno != EEXIST || i == most_tries)) fail(path_, errno);
  }
  created_ = true;
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (created_) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      fail(path_, errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::commit(int (*rename)(const char*, const char*)) {
  if (rename == nullptr) rename = &::rename;
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail(path_, errno);  // EINVAL: a special file that cannot be synced
  struct stat written {};
  const bool known = ::fstat(descriptor_, &written) == 0;
  // NFS and quotas may report only here that a write failed.
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail(path_, errno);
  if (rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    // An NFS client that got no answer asks again, and is told that there is no such file where its first try was done.
    struct stat there {};
    if (error != ENOENT || !known || ::stat(path_.c_str(), &there) != 0 || there.st_ino != written.st_ino ||
        there.st_dev != written.st_dev)
      fail(path_, error);
  }
  created_ = false;
  sync_folder(path_);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

bool is_temporary(const std::filesystem::path& path) {
  return writer_of(path.filename().string()).has_value();
}

void remove_leftovers(const std::filesystem::path& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::optional<pid_t> writer = writer_of(entry.path().filename().string());
    if (writer && ::kill(*writer, 0) != 0 && errno == ESRCH) ::unlink(entry.path().c_str());
  }
}

}  // namespace cairn::agents
