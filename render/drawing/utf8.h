#pragma once

#include <string>
#include <string_view>

namespace cairn::render {

/// The text with `?` for each byte that is not UTF-8: Cairo stops drawing altogether once it was given one.
std::string valid_utf8(std::string_view text);

}  // namespace cairn::render
