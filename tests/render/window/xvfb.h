#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>

#include "envs/canvas.h"

namespace cairn::render {

/// A real X server without a screen, until it is killed or this process ends; DISPLAY names it. SFML keeps its
/// connection until the process ends and takes the server's end before that for a fatal error.
class Xvfb {
 public:
  /// Throws std::runtime_error where it does not start.
  Xvfb();
  Xvfb(const Xvfb&) = delete;
  Xvfb& operator=(const Xvfb&) = delete;

  const std::string& name() const { return name_; }
  void kill();

  /// What xdotool does with these words: real key events.
  void xdotool(const std::string& words) const;

  /// The screen's pixel.
  envs::Color pixel(int x, int y) const;

 private:
  bool answers() const;

  pid_t process_ = 0;
  std::string name_;
};

/// Calls `step` until `done` or twenty seconds have passed, for busy machines; returns whether it is done.
template <class Step, class Done>
bool until(Step&& step, Done&& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    step();
  }
  return true;
}

}  // namespace cairn::render
