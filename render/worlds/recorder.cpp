#include "render/worlds/recorder.h"

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

#include "render/drawing/picture_canvas.h"

namespace cairn::render {

namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

using Words = std::vector<std::string>;

/// A file as ffmpeg is told of it: a name that begins with '-' would be an option, one with a colon, as in `12:30.mp4`,
/// a protocol. An absolute path is neither.
std::string named(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).string();
}

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

const Words silent = {"ffmpeg", "-nostdin", "-hide_banner", "-loglevel", "error", "-y"};
const Words exact = {"-fflags", "+bitexact", "-flags:v", "+bitexact", "-map_metadata", "-1"};  // no version, no date

Words raw_pixels(int width, int height, int frames_a_second) {
  return {"-f",
          "rawvideo",
          "-pixel_format",
          "rgb0",
          "-framerate",
          std::to_string(frames_a_second),
          "-video_size",
          std::to_string(width) + "x" + std::to_string(height),
          "-i",
          "pipe:0"};
}

// Pixels with a quarter of the colours (4:2:0) are what every player takes; they need even sizes.
const Words as_mp4 = {"-vf",
                      "crop=trunc(iw/2)*2:trunc(ih/2)*2,scale=out_color_matrix=bt709:out_range=tv,format=yuv420p",
                      "-colorspace",
                      "bt709",
                      "-color_primaries",
                      "bt709",
                      "-color_trc",
                      "bt709",
                      "-c:v",
                      "libx264",
                      "-preset",
                      "medium",
                      "-crf",
                      "18",
                      "-movflags",
                      "+faststart",
                      "-f",
                      "mp4"};

// A .gif's colours are chosen when all are known, and it is a fifth as large with one choice for all frames. So frames
// go to a draft first, which loses nothing, and that is then read twice: memory stays small however long it is.
const Words as_draft = {"-c:v", "libx264rgb", "-preset", "ultrafast", "-qp", "0", "-f", "matroska"};
const Words as_gif = {"-filter_complex",
                      "[0]palettegen=stats_mode=diff[p];[1][p]paletteuse=dither=none:diff_mode=rectangle", "-f", "gif"};

}  // namespace

bool is_recording(const std::filesystem::path& path) {
  return path.extension() == ".mp4" || path.extension() == ".gif";
}

float video_scale(const std::filesystem::path& path) {
  return path.extension() == ".gif" ? 1 : 2;
}

Recorder::Recorder(const std::filesystem::path& path, int width, int height, int frames_a_second)
    : path_(is_recording(path)
                ? path
                : throw std::invalid_argument("A recording's name ends in .mp4 or .gif, not '" + path.string() + "'.")),
      page_(width, height),
      file_(path) {
  if (path.extension() == ".gif") {
    draft_ = file_.temporary();
    draft_ += ".draft";
  }
  // A socket in a pipe's place: writing to it when the reader is gone can be told not to raise SIGPIPE.
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error("Cannot record '" + path_.string() + "': " + reason(errno) + ".");
  complaints_.reset(std::tmpfile());
  pipe_ = ends[0];
  const Words raw = joined(silent, raw_pixels(width, height, frames_a_second));
  const int error = start(draft_.empty() ? joined(joined(raw, as_mp4), joined(exact, {named(file_.temporary())}))
                                         : joined(joined(raw, as_draft), {named(draft_)}),
                          ends[1]);
  ::close(ends[1]);
  if (error == 0) return;
  ::close(pipe_);
  throw std::runtime_error("Cannot record '" + path_.string() + "': " +
                           (error == ENOENT ? "ffmpeg is not installed (Debian's package ffmpeg)."
                                            : "ffmpeg cannot be started: " + reason(error) + "."));
}

/// Starts a process; `input`: what it reads as standard input, -1 for nothing. Returns why it did not start, or 0.
int Recorder::start(std::vector<std::string> words, int input) {
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  const auto use = [&](int as, int descriptor, int mode) {
    if (descriptor >= 0)
      posix_spawn_file_actions_adddup2(&files, descriptor, as);
    else
      posix_spawn_file_actions_addopen(&files, as, "/dev/null", mode, 0);
  };
  use(STDIN_FILENO, input, O_RDONLY);
  use(STDOUT_FILENO, -1, O_WRONLY);
  use(STDERR_FILENO, complaints_ ? ::fileno(complaints_.get()) : -1, O_WRONLY);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);  // an interrupt from the keyboard is not ffmpeg's
  posix_spawnattr_setpgroup(&attributes, 0);
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const int error = ::posix_spawnp(&process_, arguments[0], &files, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&files);
  if (error != 0) process_ = 0;
  return error;
}

Recorder::~Recorder() {
  if (process_ > 0) ::kill(process_, SIGKILL);
  wait();
  std::error_code ignored;
  if (!draft_.empty()) std::filesystem::remove(draft_, ignored);
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
  if (complaints_) {
    std::rewind(complaints_.get());
    char line[1024];
    if (std::fgets(line, sizeof line, complaints_.get()) != nullptr)
      said = line;  // the first one; others follow from it
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
  if (status_ == 0 && !draft_.empty()) {
    const std::string draft = named(draft_);
    status_ = start(joined(joined(silent, {"-f", "matroska", "-i", draft, "-f", "matroska", "-i", draft}),
                           joined(joined(as_gif, exact), {named(file_.temporary())})),
                    -1);
    wait();
  }
  if (status_ != 0) give_up();
  file_.commit();
}

}  // namespace cairn::render
