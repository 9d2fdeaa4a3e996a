#pragma once

#include <filesystem>

#include "apps/command_line/options.h"

namespace cairn::apps {

// Whether a command shows what it does in a window, in a file, or not at all.

/// Where `--record` wants it; empty where it is not given. Throws UsageError for a name that says neither picture
/// (.png, .svg) nor video (.mp4, .gif), and for a folder.
std::filesystem::path record_option(const Arguments& arguments);

/// The same where only a video will do; empty where it is not given. Throws std::runtime_error for what cannot be
/// recorded, so that nothing is trained for it first.
std::filesystem::path video_option(const Arguments& arguments);

/// Whether a command with `--record` and `--no-window` is to open one: neither was given. Throws UsageError in a build
/// without windows.
bool wants_window(const Arguments& arguments);

/// Throws std::runtime_error where no window can be opened.
void require_display();

}  // namespace cairn::apps
