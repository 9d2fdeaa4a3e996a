#include "render/window/recording.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "render/window/display.h"
#include "render/window/window.h"
#include "render/window/window_thread.h"

namespace cairn::render {

Recording::~Recording() {
  if (running()) say(finish());
}

std::string Recording::start_or_stop(const std::filesystem::path& path, const Picture& picture) {
  if (running()) return finish();
  try {
    path_ = unused_path(path);
    recorder_.emplace(path_, picture.width_pixels(), picture.height_pixels(), recording_rate);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  since_ = Clock::now();
  before_display_is_lost([this] { say(finish()); });
  return "Recording; R ends it";
}

std::string Recording::add(const Picture& picture) {
  if (!running()) return "";
  const double seconds = std::chrono::duration<double>(Clock::now() - since_).count();
  try {
    const std::int64_t due = 1 + std::llround(seconds * recording_rate) - recorder_->frames();
    for (std::int64_t i = 0; i < std::min<std::int64_t>(due, recording_rate); ++i) recorder_->add(picture);
  } catch (const std::runtime_error& error) {
    forget();
    return error.what();
  }
  return "";
}

std::string Recording::finish() {
  std::string outcome = "Saved " + path_.string();
  try {
    recorder_->finish();
  } catch (const std::runtime_error& error) {
    outcome = error.what();
  }
  forget();
  return outcome;
}

void Recording::forget() {
  recorder_.reset();
  before_display_is_lost(nullptr);
}

}  // namespace cairn::render
