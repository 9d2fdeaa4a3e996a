#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "agents/archive/archive.h"

namespace cairn::agents {

/// What a checkpoint's metadata says under `format`. It changes with what the names in the file mean.
inline constexpr std::string_view checkpoint_format = "cairn checkpoint 2";

/// Throws std::runtime_error where an archive, read from `path`, is no checkpoint of this format; it names both.
void require_format(const Archive& archive, const std::filesystem::path& path);
/// Reads last.safetensors, best.safetensors or what a person saved. Throws std::runtime_error where the file is damaged
/// or of another format, which it names beside this one.
Archive read_checkpoint(const std::filesystem::path& path);

/// A whole number from a checkpoint; throws std::runtime_error where it is not in [low, high].
std::int64_t read_count(const Archive& archive, const std::string& name, std::int64_t low, std::int64_t high);

}  // namespace cairn::agents
