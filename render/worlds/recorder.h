#pragma once

#include <sys/types.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "agents/archive/atomic_file.h"
#include "render/drawing/picture.h"

namespace cairn::render {

/// Whether `path` ends in .mp4 or .gif.
bool is_recording(const std::filesystem::path& path);
/// Pixels a unit of a video: fewer in a .gif, which grows with each.
float video_scale(const std::filesystem::path& path);
inline constexpr int video_rate = 25;  ///< frames a second, where nothing asks for another

/// A video in the making. Pictures go through a pipe to ffmpeg, which runs beside this process: H.264 in an .mp4 that
/// every player takes, or a .gif. The file appears whole, once it is finished, or not at all. The same pictures give
/// the same bytes. All throw std::runtime_error, in one sentence, where the file cannot be written, ffmpeg is missing,
/// or it gives up.
class Recorder {
 public:
  /// Of frames of so many pixels; odd numbers lose a row or a column, as the format asks for. Throws
  /// std::invalid_argument for another ending of the name.
  Recorder(const std::filesystem::path& path, int width, int height, int frames_a_second);
  /// Leaves nothing of what was not finished.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// One more frame. A picture of another size is shown as large as it fits. Waits while ffmpeg is behind.
  void add(const Picture& picture);
  /// Pictures that were added.
  std::int64_t frames() const { return frames_; }
  /// Waits for ffmpeg to end and puts the file in its place; what was there is replaced.
  void finish();

 private:
  int start(std::vector<std::string> words, int input);
  void wait();
  [[noreturn]] void give_up();

  std::filesystem::path path_;
  Picture page_;
  agents::AtomicFile file_;
  std::vector<std::uint8_t> pixels_;
  std::int64_t frames_ = 0;
  std::filesystem::path draft_;  // what a .gif is made from; empty otherwise
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> complaints_{nullptr, &std::fclose};  // what ffmpeg says
  int pipe_ = -1;
  pid_t process_ = 0;
  int status_ = 0;  // with which it ended
};

}  // namespace cairn::render
