#include "apps/command_line/showing.h"

#include "apps/command_line/errors.h"
#include "render/drawing/picture.h"
#include "render/worlds/recorder.h"
#ifdef CAIRN_HAS_WINDOW
#include "render/window/display.h"
#endif

namespace cairn::apps {

std::filesystem::path record_option(const Arguments& arguments) {
  std::filesystem::path file = arguments.text("record");
  if (file.empty()) return file;
  if (!render::is_picture(file) && !render::is_recording(file))
    throw UsageError("Option '--record' cannot be '" + file.string() +
                     "'. Allowed: a name ending in .png, .svg, .mp4 or .gif.");
  if (std::filesystem::is_directory(file)) throw UsageError("Option '--record': " + file.string() + " is a folder.");
  return file;
}

std::filesystem::path video_option(const Arguments& arguments) {
  std::filesystem::path file = arguments.text("record");
  if (file.empty()) return file;
  if (!render::is_recording(file))
    throw UsageError("Option '--record' cannot be '" + file.string() +
                     "'. Allowed: a name ending in .mp4 or .gif; 'cairn watch RUN --record' draws pictures.");
  file = record_option(arguments);
  const render::Recorder rehearsal(file, 2, 2, render::video_rate);
  return file;
}

namespace {
constexpr const char* without = " Without one: --record FILE or --no-window.";
#ifndef CAIRN_HAS_WINDOW
constexpr const char* no_sfml = "This build has no window, because SFML was not found.";
#endif
}  // namespace

bool wants_window(const Arguments& arguments) {
  const bool wanted = !arguments.has("record") && !arguments.flag("no-window");
#ifndef CAIRN_HAS_WINDOW
  if (wanted) throw UsageError(std::string(no_sfml) + without);
#endif
  return wanted;
}

void require_display() {
#ifdef CAIRN_HAS_WINDOW
  if (const std::string trouble = render::display_trouble(); !trouble.empty())
    throw std::runtime_error("No window: " + trouble + without);
#else
  throw std::runtime_error(std::string(no_sfml) + without);
#endif
}

}  // namespace cairn::apps
