#include "render/drawing/coverage.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace cairn::render {

Coverage::Coverage(int width, int height)
    : width_(width),
      height_(height),
      stride_((width + 3) / 4 * 4),
      mask_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(height)) {}

void Coverage::disc(double x, double y, double radius, double opacity) {
  const auto within = [](double at, int most) { return static_cast<int>(std::clamp<double>(at, 0, most)); };
  const int right = within(x + radius + 1.5, width_), bottom = within(y + radius + 1.5, height_);
  for (int row = within(y - radius - 0.5, height_); row < bottom; ++row)
    for (int column = within(x - radius - 0.5, width_); column < right; ++column) {
      const double away = std::hypot(column + 0.5 - x, row + 0.5 - y);
      const double share = opacity * std::clamp(radius + 0.5 - away, 0.0, 1.0);
      unsigned char& pixel =
          mask_[static_cast<std::size_t>(row) * static_cast<std::size_t>(stride_) + static_cast<std::size_t>(column)];
      pixel = static_cast<unsigned char>(std::lround(pixel + share * (255 - pixel)));
    }
}

}  // namespace cairn::render
