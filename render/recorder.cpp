#include "render/recorder.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "render/picture_canvas.h"

extern char** environ;

namespace cairn::render {

namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

/// What ffmpeg is called with: raw pixels from standard input, one file out, and nothing in it that depends on anything
/// but the pixels.
std::vector<std::string> command(const std::filesystem::path& path, const std::filesystem::path& out, int width,
                                 int height, int frames_a_second) {
  std::vector<std::string> words = {"ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"};
  const auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
  add({"-f", "rawvideo", "-pixel_format", "rgb0", "-framerate", std::to_string(frames_a_second)});
  add({"-video_size", std::to_string(width) + "x" + std::to_string(height), "-i", "pipe:0"});
  if (path.extension() == ".mp4")
    // Pixels with a quarter of the colours (4:2:0) are what every player takes; they need even sizes.
    add({"-vf", "crop=trunc(iw/2)*2:trunc(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
         "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-c:v", "libx264", "-preset",
         "medium", "-crf", "18", "-movflags", "+faststart", "-f", "mp4"});
  else
    // A palette for each frame: one for all would have to keep every frame in memory until the last has come.
    add({"-filter_complex", "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1:dither=none", "-f",
         "gif"});
  add({"-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1", out.string()});
  return words;
}

}  // namespace

bool is_recording(const std::filesystem::path& path) {
  return path.extension() == ".mp4" || path.extension() == ".gif";
}

Recorder::Recorder(const std::filesystem::path& path, int width, int height, int frames_a_second)
    : path_(is_recording(path)
                ? path
                : throw std::invalid_argument("A recording's name ends in .mp4 or .gif, not '" + path.string() + "'.")),
      page_(width, height),
      file_(path) {
  // A socket in a pipe's place: writing to it when the reader is gone can be told not to raise SIGPIPE.
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("Cannot record '" + path_.string() + "': " + reason(errno) + ".");
  complaints_ = std::tmpfile();

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  if (complaints_ != nullptr)
    posix_spawn_file_actions_adddup2(&files, ::fileno(complaints_), STDERR_FILENO);
  else
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // an interrupt from the keyboard is not ffmpeg's
  posix_spawnattr_setpgroup(&attributes, 0);

  std::vector<std::string> words = command(path_, file_.temporary(), width, height, frames_a_second);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int error = ::posix_spawnp(&process_, "ffmpeg", &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);
  if (error == 0) {
    pipe_ = ends[0];
    return;
  }
  ::close(ends[0]);
  if (complaints_ != nullptr) std::fclose(complaints_);
  throw std::runtime_error("Cannot record '" + path_.string() + "': " +
                           (error == ENOENT ? "ffmpeg is not installed (Debian's package ffmpeg)."
                                            : "ffmpeg cannot be started: " + reason(error) + "."));
}

Recorder::~Recorder() {
  if (process_ > 0) ::kill(process_, SIGKILL);
  wait();
  if (complaints_ != nullptr) std::fclose(complaints_);
}

/// Tells ffmpeg that this was all, and waits for its end.
void Recorder::wait() {
  if (pipe_ >= 0) ::close(std::exchange(pipe_, -1));
  if (process_ <= 0) return;
  while (::waitpid(process_, &status_, 0) < 0 && errno == EINTR) {
  }
  process_ = 0;
}

void Recorder::give_up() {
  wait();
  std::string said;
  if (complaints_ != nullptr) {
    std::rewind(complaints_);
    char line[1024];
    if (std::fgets(line, sizeof line, complaints_) != nullptr) said = line;  // the first one; others follow from it
    while (!said.empty() && (said.back() == '\n' || said.back() == '.' || said.back() == '\r')) said.pop_back();
  }
  if (said.empty())
    said = WIFSIGNALED(status_) ? "it was ended by signal " + std::to_string(WTERMSIG(status_))
                                : "it ended with status " + std::to_string(WEXITSTATUS(status_));
  throw std::runtime_error("ffmpeg could not record '" + path_.string() + "': " + said + ".");
}

void Recorder::add(const Picture& picture) {
  const bool same = picture.width_pixels() == page_.width_pixels() && picture.height_pixels() == page_.height_pixels();
  if (!same) {
    const Box whole{0, 0, page_.width(), page_.height()};
    page_.fill(whole, envs::palette::sky);
    page_.paste(picture, fitted(whole, picture.width() / picture.height()));
  }
  (same ? picture : page_).copy_rgba(pixels_);
  const std::uint8_t* next = pixels_.data();
  for (std::size_t left = pixels_.size(); left > 0;) {
    const ssize_t sent = ::send(pipe_, next, left, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) give_up();
    next += sent;
    left -= static_cast<std::size_t>(sent);
  }
  ++frames_;
}

void Recorder::finish() {
  if (frames_ == 0) throw std::runtime_error("Nothing was recorded for '" + path_.string() + "'.");
  wait();
  if (status_ != 0) give_up();
  file_.commit();
}

}  // namespace cairn::render
