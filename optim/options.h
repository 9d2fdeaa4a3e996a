#pragma once

// What checks and writes the options of every component: rules, schedules, clips, problems, worlds, agents. Standard
// library only, because worlds, which know nothing else of optim, include it.
//
// An option struct lists its fields once, for any visitor:
//
//     template <class V>
//     void fields(V&& v) {
//       v("lr", lr, "[0,inf)", "learning rate");
//       v("decay", decay, "all|weights", "which parameters shrink");
//     }
//
// The third argument says which values are allowed:
//
//     [0,1)  (-inf,inf)      an interval, for numbers and for each number of a list; a bracket includes its end
//     all|weights            alternatives; one in capitals, as in `all|TAG`, stands for any word
//     optimizer  schedule    of a field that is a component itself, which was checked when it was made

#include <charconv>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace cairn::optim {

/// A value that is a component: a rule, a schedule, a clip.
template <class T>
concept Described = requires(const T& value) {
  value.description();
}
|| requires(const T& value) {
  std::string_view(value.description);
};

/// A value as the command line's grammar writes it: `0.001`, `64/64`, `dense`, `cosine:t_max=9500`. A number has the
/// fewest digits that read back the same.
template <class T>
std::string text_of(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_arithmetic_v<T>) {
    char digits[64];
    return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (requires { value.description(); }) {
    return value.description();
  } else if constexpr (Described<T>) {
    return value.description;
  } else {
    return std::string(to_string(value));
  }
}
/// A list, its values parted by slashes.
template <class T>
std::string text_of(const std::vector<T>& list) {
  std::string text;
  for (const T& value : list) text += (&value == list.data() ? "" : "/") + text_of(value);
  return text;
}

/// The ends of an interval. Throws std::logic_error for text that is none.
inline std::pair<double, double> ends_of(std::string_view interval) {
  double low = 0, high = 0;
  const auto reads = [](std::string_view text, double& end) {
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), end);
    return error == std::errc() && rest == text.data() + text.size();
  };
  const std::size_t comma = interval.find(',');
  if (comma == std::string_view::npos || interval.find_first_of("[(") != 0 ||
      interval.find_first_of("])") != interval.size() - 1 || !reads(interval.substr(1, comma - 1), low) ||
      !reads(interval.substr(comma + 1, interval.size() - comma - 2), high))
    throw std::logic_error("'" + std::string(interval) + "' is no interval.");
  return {low, high};
}

/// Whether `value` lies in an interval such as `[0,1)`. NaN lies in none, infinity where a bracket includes it. The
/// ends are rounded to the value's precision, so that 0.1F lies in `[0,0.1]`.
template <class Number>
bool within(std::string_view interval, Number value) {
  // Whole numbers beyond 2^53, which double rounds, are told apart as long double.
  using Real = std::conditional_t<std::is_floating_point_v<Number>, Number, long double>;
  const auto ends = ends_of(interval);
  const Real x = static_cast<Real>(value), low = static_cast<Real>(ends.first), high = static_cast<Real>(ends.second);
  return (interval.front() == '[' ? x >= low : x > low) && (interval.back() == ']' ? x <= high : x < high);
}

/// Whether `text` is one of alternatives such as `dense|sparse`. A word is what the grammar can hold as a value.
inline bool is_alternative(std::string_view alternatives, std::string_view text) {
  const bool word = !text.empty() && text.find_first_of("(),:=") == std::string_view::npos;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = alternatives.find('|', begin);
    const std::string_view one = alternatives.substr(begin, end - begin);
    const bool any_word = !one.empty() && one.front() >= 'A' && one.front() <= 'Z';
    if (any_word ? word : text == one) return true;
  }
  return false;
}

/// Whether a field of which `allowed` is said may have this value.
template <class T>
bool is_allowed(std::string_view allowed, const T& value) {
  if constexpr (Described<T>)
    return true;
  else if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
    return within(allowed, value);
  else
    return is_alternative(allowed, text_of(value));
}

/// Visits fields and throws std::invalid_argument at the first whose value is not allowed:
/// `adam: 'beta2' cannot be 2; allowed: [0,1).`
struct FieldChecker {
  std::string_view component;  ///< the name that the sentence begins with

  /// Checks one field.
  template <class T>
  void operator()(const char* key, const T& value, const char* allowed, const char*) const {
    if (!is_allowed(allowed, value)) refuse(key, text_of(value), allowed);
  }
  /// Checks each number or word of a list.
  template <class T>
  void operator()(const char* key, const std::vector<T>& list, const char* allowed, const char*) const {
    for (const T& value : list)
      if (!is_allowed(allowed, value)) refuse(key, text_of(list), allowed);
  }

 private:
  [[noreturn]] void refuse(const char* key, const std::string& value, const char* allowed) const {
    throw std::invalid_argument(std::string(component) + ": '" + key + "' cannot be " + value +
                                "; allowed: " + allowed + ".");
  }
};

/// Visits fields and appends them to a component's name.
struct FieldWriter {
  std::string text;      ///< so far, at first the component's name
  char separator = ':';  ///< in front of the next field

  /// Appends `key=value`; a component stands in parentheses.
  template <class T>
  void operator()(const char* key, const T& value, const char*, const char*) {
    text += std::exchange(separator, ',');
    text += key;
    text += '=';
    text += Described<T> ? '(' + text_of(value) + ')' : text_of(value);
  }
};

/// Hands on options whose values are all allowed; throws std::invalid_argument for the first that is not. `component`:
/// the name that the sentence begins with. A copy is visited, because `fields` serves visitors that read options in,
/// too.
template <class Options>
Options checked(std::string_view component, Options options) {
  options.fields(FieldChecker{component});
  return options;
}

/// The component with all its options, `name:key=value,…`, as runs and checkpoints keep it and the command line reads
/// it. Options out of range have no description: throws as `checked` does.
template <class Options>
std::string describe(std::string_view component, Options options) {
  options = checked(component, std::move(options));
  FieldWriter writer{std::string(component)};
  options.fields(writer);
  return writer.text;
}

}  // namespace cairn::optim
