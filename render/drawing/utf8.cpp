#include "render/drawing/utf8.h"

namespace cairn::render {

std::string valid_utf8(std::string_view text) {
  std::string valid;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    bool whole = (lead < 0x80 || lead >= 0xC2) && lead < 0xF5 && lead != 0 && i + length <= text.size();
    for (std::size_t k = 1; whole && k < length; ++k) whole = (static_cast<unsigned char>(text[i + k]) & 0xC0) == 0x80;
    if (whole && length > 2) {  // neither an overlong form nor a surrogate nor past the last code point
      const auto second = static_cast<unsigned char>(text[i + 1]);
      whole = (lead != 0xE0 || second >= 0xA0) && (lead != 0xED || second < 0xA0) && (lead != 0xF0 || second >= 0x90) &&
              (lead != 0xF4 || second < 0x90);
    }
    valid += whole ? std::string(text.substr(i, length)) : "?";
    i += whole ? length : 1;
  }
  return valid;
}

}  // namespace cairn::render
