#include "apps/command_line/fields.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "apps/command_line/registry.h"

namespace cairn::apps {

namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// Whether `value` lies in an interval written `[0,1)`; everything does in an empty text.
bool within(std::string_view interval, double value) {
  if (interval.empty()) return true;
  const std::size_t comma = interval.find(',');
  const auto bound = [](std::string_view text) {
    if (text == "inf") return std::numeric_limits<double>::infinity();
    if (text == "-inf") return -std::numeric_limits<double>::infinity();
    return number(text).value();
  };
  const double low = bound(interval.substr(1, comma - 1));
  const double high = bound(interval.substr(comma + 1, interval.size() - comma - 2));
  return (interval.front() == '[' ? value >= low : value > low) &&
         (interval.back() == ']' ? value <= high : value < high);
}

template <class Real>
void read_real(const Place& place, std::string_view text, Real& value) {
  const std::optional<double> read = number(text);
  if (!read || !within(place.allowed, *read) || !std::isfinite(static_cast<Real>(*read))) refuse_value(place, text);
  value = static_cast<Real>(*read);
}

template <class Integer>
void read_integer(const Place& place, std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (!within(place.allowed, static_cast<double>(value))) refuse_value(place, text);
    return;
  }
  // 1e6 is what people type for a million; it must be whole and small enough for a double to be exact.
  const std::optional<double> read = number(text);
  constexpr double exact = 9007199254740992.0;
  const double limit = std::min(exact, static_cast<double>(std::numeric_limits<Integer>::max()));
  if (!read || *read != std::floor(*read) || *read < 0 || *read > limit || !within(place.allowed, *read))
    refuse_value(place, text);
  value = static_cast<Integer>(*read);
}

template <class Number>
std::string shortest(Number value) {
  char digits[64];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

[[noreturn]] void refuse_key(const std::string& owner, std::string_view key, const std::vector<Slot>& slots) {
  std::vector<std::string> keys;
  keys.reserve(slots.size());
  for (const Slot& slot : slots) keys.emplace_back(slot.key);
  throw unknown("option of " + owner + ":", key, keys);
}

}  // namespace

void refuse_value(const Place& place, std::string_view text) {
  const bool alternatives = place.allowed.find('|') != std::string::npos;
  std::string message = place.name + " cannot be '" + std::string(text) + "'.";
  if (alternatives) {
    std::vector<std::string> words;
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
      end = place.allowed.find('|', begin);
      words.push_back(place.allowed.substr(begin, end - begin));
    }
    if (const std::string near = nearest(text, words); !near.empty()) message += " Did you mean '" + near + "'?";
    message += " Allowed: " + joined(words) + ".";
  } else if (!place.allowed.empty()) {
    message += " Allowed: " + place.allowed + ".";
  }
  throw UsageError(message);
}

void read_value(const Place& place, std::string_view text, bool& value) {
  if (text != "true" && text != "false") refuse_value(place, text);
  value = text == "true";
}
void read_value(const Place& place, std::string_view text, int& value) {
  read_integer(place, text, value);
}
void read_value(const Place& place, std::string_view text, std::int64_t& value) {
  read_integer(place, text, value);
}
void read_value(const Place& place, std::string_view text, std::uint64_t& value) {
  read_integer(place, text, value);
}
void read_value(const Place& place, std::string_view text, float& value) {
  read_real(place, text, value);
}
void read_value(const Place& place, std::string_view text, double& value) {
  read_real(place, text, value);
}
void read_value(const Place& place, std::string_view text, std::vector<int>& value) {
  std::vector<int> read;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find('/', begin);
    read_integer(place, text.substr(begin, end - begin), read.emplace_back());
  }
  value = read;
}
void read_value(const Place& place, std::string_view text, std::string& value) {
  if (text.find_first_of("(),:=") != std::string_view::npos) refuse_value(place, text);
  value = text;
}
void read_value(const Place& place, std::string_view text, optim::Rule& value) {
  value = make_rule(parse_component(text, place.name));
}
void read_value(const Place& place, std::string_view text, optim::Schedule& value) {
  value = make_schedule(parse_component(text, place.name));
}
void read_value(const Place& place, std::string_view text, optim::Clip& value) {
  value = make_clip(parse_component(text, place.name));
}

std::string write_value(bool value) {
  return value ? "true" : "false";
}
std::string write_value(int value) {
  return shortest(value);
}
std::string write_value(std::int64_t value) {
  return shortest(value);
}
std::string write_value(std::uint64_t value) {
  return shortest(value);
}
std::string write_value(float value) {
  return shortest(value);
}
std::string write_value(double value) {
  return shortest(value);
}
std::string write_value(const std::vector<int>& value) {
  std::string text;
  for (const int number : value) text += (text.empty() ? "" : "/") + shortest(number);
  return text;
}
std::string write_value(const std::string& value) {
  return value;
}
std::string write_value(const optim::Rule& value) {
  return value.description();
}
std::string write_value(const optim::Schedule& value) {
  return value.description();
}
std::string write_value(const optim::Clip& value) {
  return value.description;
}

std::vector<Field> fields_of(const std::vector<Slot>& slots) {
  std::vector<Field> fields;
  fields.reserve(slots.size());
  for (const Slot& slot : slots) fields.push_back({slot.key, slot.write(slot.value), slot.allowed, slot.help});
  return fields;
}

void set_fields(std::string_view kind, const ComponentText& component, const std::vector<Slot>& slots) {
  const std::string owner = std::string(kind) + " '" + component.name + "'";
  for (const ComponentText::Setting& setting : component.settings) {
    bool known = false;
    for (const Slot& slot : slots) {
      if (setting.key != slot.key) continue;
      known = true;
      slot.read({"Option '" + setting.key + "' of " + owner, slot.allowed}, setting.value, slot.value);
    }
    if (!known) refuse_key(owner, setting.key, slots);
  }
}

std::string spelled_out(const std::string& name, const std::vector<Slot>& slots) {
  ComponentText component{name, {}};
  for (const Slot& slot : slots) component.settings.push_back({slot.key, slot.write(slot.value)});
  return component.text();
}

}  // namespace cairn::apps
