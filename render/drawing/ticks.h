#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cairn::render {

/// Round numbers (1, 2 or 5 times a power of ten apart) from `low` to `high`, about as many as asked for.
std::vector<double> ticks(double low, double high, int about);
/// Powers of ten from `low` to `high` (both positive), at most about as many as asked for; of a range within one power,
/// round numbers.
std::vector<double> log_ticks(double low, double high, int about);
/// What to write beside them: no more digits than tell them apart, thousands as k, M or G. `log`: each by itself.
std::vector<std::string> tick_labels(std::span<const double> ticks, bool log = false);
/// A number for people: three significant digits, thousands as k, M or G.
std::string short_number(double value);
/// The same of something counted, without zeros that say nothing: `50k`.
std::string short_count(std::int64_t count);
/// A number with so many decimals; zero is without a sign, also where it is rounded to it. `plus`: with its sign where
/// it is positive.
std::string plain_number(double value, int decimals, bool plus = false);

}  // namespace cairn::render
