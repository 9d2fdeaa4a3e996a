#pragma once

#include <memory>
#include <optional>
#include <string>

#include "render/picture.h"

namespace cairn::render {

/// What a person did. Letters and digits are their own lower-case characters.
struct Event {
  enum class Kind { closed, resized, pressed, released, clicked, unfocused };
  enum Key : int { none = 0, enter = '\r', escape = 27, tab = '\t', space = ' ', left = 256, right, up, down };
  Kind kind;
  int key = none;
  int x = 0, y = 0;  ///< pixels, where it was clicked
};

/// A gamepad's left stick or cross, right and up, in [-1, 1]; its first button counts as up.
struct Stick {
  float x = 0, y = 0;
};

/// A window that shows pictures, by SFML. All calls from one thread, the one that made it; only where display_trouble()
/// has nothing to say.
class Window {
 public:
  Window(const std::string& title, int width, int height);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  int width() const;  ///< pixels
  int height() const;
  /// The next thing that happened since the last call, if any. Keys that repeat while held are given once.
  std::optional<Event> poll();
  /// Of the first gamepad; at rest where there is none. As of the last poll.
  Stick stick() const;
  /// Shows the picture, one pixel of it a pixel of the window.
  void show(const Picture& picture);

 private:
  struct Sfml;
  std::unique_ptr<Sfml> sfml_;
};

}  // namespace cairn::render
