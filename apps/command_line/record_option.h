#pragma once

#include <filesystem>

#include "apps/command_line/options.h"

namespace cairn::apps {

/// Where `--record` wants it; empty where it is not given. Throws UsageError for a name that says neither picture
/// (.png, .svg) nor video (.mp4, .gif), and for a folder.
std::filesystem::path record_option(const Arguments& arguments);

}  // namespace cairn::apps
