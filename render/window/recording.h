#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "render/worlds/recorder.h"

namespace cairn::render {

inline constexpr int recording_rate = 30;  ///< frames a second

/// What a person records of a window: the frames as they are shown, as .mp4. Whatever ends it (the person, the window's
/// end, the loss of its display), the video is finished with what it has. On the window's own thread; all return what
/// to tell the person.
class Recording {
 public:
  Recording() = default;
  /// Finishes what is under way, and says so on standard error.
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// Whether one is under way.
  bool running() const { return recorder_.has_value(); }
  /// Begins one in `path`, or ends the one under way. `picture`: for its size.
  std::string start_or_stop(const std::filesystem::path& path, const Picture& picture);
  /// A frame as it is shown: more than once where frames come late, not at all where they come sooner than the video's,
  /// so that time goes on in it as it did. Nothing to tell while all is well.
  std::string add(const Picture& picture);

 private:
  using Clock = std::chrono::steady_clock;
  std::string finish();
  void forget();

  std::filesystem::path path_;
  std::optional<Recorder> recorder_;
  Clock::time_point since_;
};

}  // namespace cairn::render
