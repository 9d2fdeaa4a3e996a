#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "render/drawing/picture.h"
#include "render/worlds/gamepad.h"

namespace cairn::render {

/// What a person did. Letters and digits are their own lower-case characters.
struct Event {
  /// What kind of thing.
  enum class Kind { closed, resized, pressed, released, clicked, let_go, moved, turned, unfocused };
  /// Keys that are no characters.
  enum Key : int { none = 0, enter = '\r', escape = 27, tab = '\t', space = ' ', left = 256, right, up, down };
  Kind kind;         ///< what happened
  int key = none;    ///< which key, where one was pressed or released
  int x = 0, y = 0;  ///< pixels, where the mouse was clicked, let go, moved to, or its wheel turned
  float turns = 0;   ///< of its wheel, away from the person
};

inline constexpr int frame_rate = 60;  ///< a second
/// Between two frames.
inline constexpr std::chrono::microseconds frame_time{1'000'000 / frame_rate};

/// A window that shows pictures, by SFML. All calls from one thread, the one that made it; only where display_trouble()
/// has nothing to say.
class Window {
 public:
  /// Opens it; sizes in pixels, 0: as much as leaves room for others, 80 % of the desktop.
  explicit Window(const std::string& title, int width = 0, int height = 0);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  int width() const;   ///< pixels
  int height() const;  ///< pixels
  /// The next thing that happened since the last call, if any. Keys that repeat while held are given once. F, which
  /// fills the screen and goes back, is only told as another size.
  std::optional<Event> poll();
  /// The first one that is there; at rest where there is none. As of the last poll.
  Gamepad gamepad() const;
  /// Shows the picture, one pixel of it a pixel of the window.
  void show(const Picture& picture);

 private:
  void open(bool full);
  struct Sfml;
  std::unique_ptr<Sfml> sfml_;
};

/// For all the window's pixels, with as many to a unit as let `width` x `height` units fit.
Picture picture_for(const Window& window, float width, float height);
/// Where the mouse was, in units of the picture that the window shows.
Point in_units(const Event& event, const Picture& picture);

/// `path`, or where such a file exists, the first free name with -1, -2, … before the ending.
std::filesystem::path unused_path(const std::filesystem::path& path);

/// Writes the picture as PNG, over nothing that is there, and returns what to tell the person.
std::string save_screenshot(const Picture& picture, const std::filesystem::path& path);

}  // namespace cairn::render
