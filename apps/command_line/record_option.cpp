#include "apps/command_line/record_option.h"

#include "apps/command_line/errors.h"
#include "render/picture.h"
#include "render/recorder.h"

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

}  // namespace cairn::apps
