#pragma once

#include <cmath>
#include <concepts>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "optim/options.h"

namespace cairn::optim {

/// Numbers that an interval leaves out: the nearest beyond each end, and those that are not finite.
template <class Number>
std::vector<Number> outside(std::string_view interval) {
  using Limits = std::numeric_limits<Number>;
  const auto [low, high] = ends_of(interval);
  std::vector<Number> values;
  if constexpr (std::floating_point<Number>) {
    const auto a = static_cast<Number>(low), b = static_cast<Number>(high);
    values = {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()};
    if (std::isfinite(a)) values.push_back(interval.front() == '[' ? std::nextafter(a, -Limits::infinity()) : a);
    if (std::isfinite(b)) values.push_back(interval.back() == ']' ? std::nextafter(b, Limits::infinity()) : b);
  } else {  // whole numbers have brackets at ends that are finite
    if (std::isfinite(low) && low > static_cast<double>(Limits::min())) values.push_back(static_cast<Number>(low) - 1);
    if (std::isfinite(high) && high < static_cast<double>(Limits::max()))
      values.push_back(static_cast<Number>(high) + 1);
  }
  return values;
}

/// Values that a field must refuse; none where every value of its type will do.
template <class T>
std::vector<T> refused(std::string_view allowed, const T&) {
  if constexpr (std::same_as<T, bool>)
    return {};
  else if constexpr (std::integral<T> || std::floating_point<T>)
    return outside<T>(allowed);
  else if constexpr (std::same_as<T, std::string>)
    return {"", "no,word"};
  else
    return {};
}
template <class T>
std::vector<std::vector<T>> refused(std::string_view allowed, const std::vector<T>&) {
  std::vector<std::vector<T>> lists;
  for (const T& value : refused(allowed, T{})) lists.push_back({value});
  return lists;
}

/// Calls f(key, options) with each value that a field must refuse, all other fields as in `defaults`. Returns how
/// often.
template <class Options, class F>
int for_each_out_of_range(Options defaults, F&& f) {
  int calls = 0;
  defaults.fields([&]<class T>(const char* key, T& value, const char* allowed, const char*) {
    for (auto&& bad : refused(allowed, value)) {
      const T good = std::exchange(value, bad);
      f(std::string(key), std::as_const(defaults));
      value = good;
      ++calls;
    }
  });
  return calls;
}

}  // namespace cairn::optim
