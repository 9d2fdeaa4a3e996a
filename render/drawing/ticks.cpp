#include "render/drawing/ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace cairn::render {

namespace {

struct Unit {
  double size;
  const char* suffix;
};

Unit unit_for(double largest) {
  if (largest >= 1e9) return {1e9, "G"};
  if (largest >= 1e6) return {1e6, "M"};
  if (largest >= 1e4) return {1e3, "k"};
  return {1, ""};
}

std::string exponent(double value) {
  const int power = static_cast<int>(std::floor(std::log10(std::abs(value)) + 1e-9));
  return fmt::format("{:.3g}e{}", value / std::pow(10.0, power), power);
}

}  // namespace

std::vector<double> ticks(double low, double high, int about) {
  std::vector<double> found;
  const double span = high - low;
  if (!(span > 0) || !std::isfinite(span) || about < 1) return found;
  const double rough = span / about, power = std::pow(10.0, std::floor(std::log10(rough)));
  const double share = rough / power;
  const double step = power * (share < 1.5 ? 1 : share < 3.5 ? 2 : share < 7.5 ? 5 : 10);
  const double slack = 1e-9 * span;  // a tick on the border counts
  const double first = std::ceil((low - slack) / step);
  const auto count = static_cast<int>(std::floor((high + slack) / step) - first) + 1;
  for (int i = 0; i < count; ++i) found.push_back((first + i) * step + 0.0);  // no negative zero
  return found;
}

std::vector<double> log_ticks(double low, double high, int about) {
  std::vector<double> found;
  if (!(low > 0) || !(high > low) || about < 1) return found;
  const auto first = static_cast<int>(std::ceil(std::log10(low) - 1e-9));
  const auto last = static_cast<int>(std::floor(std::log10(high) + 1e-9));
  if (last <= first) return ticks(low, high, about);
  const int every = (last - first + about) / about;  // at most `about` of the last - first + 1 powers
  const int round =
      first + (every - first % every) % every;  // a multiple; else from the first on where that shows more
  const int begin = (last - round) / every < (last - first) / every ? first : round;
  for (int power = begin; power <= last; power += every) found.push_back(std::pow(10.0, power));
  return found;
}

std::vector<std::string> tick_labels(std::span<const double> ticks, bool log) {
  std::vector<std::string> labels;
  double largest = 0, step = 0;
  for (const double tick : ticks) largest = std::max(largest, std::abs(tick));
  if (ticks.size() > 1) step = ticks[1] - ticks[0];
  const Unit unit = unit_for(largest);
  for (const double tick : ticks) {
    if (log) {
      labels.push_back(tick >= 1e-3 && tick < 1e4 ? fmt::format("{:g}", tick) : exponent(tick));
    } else if (tick != 0 && largest < 1e-3) {
      labels.push_back(exponent(tick));
    } else if (ticks.size() == 1) {
      labels.push_back(fmt::format("{:.3g}{}", tick / unit.size, unit.suffix));
    } else {
      const double apart = step / unit.size;
      const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(apart) + 1e-9)), 0, 9);
      labels.push_back(tick == 0 ? "0" : plain_number(tick / unit.size, decimals) + unit.suffix);
    }
  }
  return labels;
}

std::string short_number(double value) {
  if (!std::isfinite(value)) return "–";
  const double size = std::abs(value);
  if (size != 0 && size < 1e-3) return exponent(value);
  const Unit unit = unit_for(size);
  const double share = size / unit.size;
  const int decimals = size == 0 || share >= 100 ? 0
                       : share >= 10             ? 1
                       : share >= 1              ? 2
                       : share >= 0.1            ? 3
                       : share >= 0.01           ? 4
                                                 : 5;
  return plain_number(value / unit.size, decimals) + unit.suffix;
}

std::string short_count(std::int64_t count) {
  std::string text = short_number(static_cast<double>(count));
  if (const std::size_t point = text.find('.'); point != std::string::npos) {
    const std::size_t unit = text.find_first_not_of("0123456789.");
    const std::size_t last = text.find_last_not_of('0', unit == std::string::npos ? unit : unit - 1);
    const std::size_t keep = last == point ? point : last + 1;
    text.erase(keep, unit == std::string::npos ? unit : unit - keep);
  }
  return text;
}

std::string plain_number(double value, int decimals, bool plus) {
  std::string text = plus ? fmt::format("{:+.{}f}", value, decimals) : fmt::format("{:.{}f}", value, decimals);
  if (text.find_first_not_of("+-0.") == std::string::npos && !std::isdigit(static_cast<unsigned char>(text[0])))
    text.erase(0, 1);
  return text;
}

}  // namespace cairn::render
