#include "apps/command_line/fields.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace cairn::apps {

namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class Real>
void read_real(const Place& place, std::string_view text, Real& value) {
  const std::optional<double> read = number(text);
  // The number as it is kept is what must be allowed: 1e-60 is zero in single precision.
  if (!read || !optim::within(place.allowed, static_cast<Real>(*read))) refuse_value(place, text);
  value = static_cast<Real>(*read);
}

template <class Integer>
void read_integer(const Place& place, std::string_view text, Integer& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size()) {
    if (!optim::within(place.allowed, value)) refuse_value(place, text);
    return;
  }
  // 1e6 is what people type for a million; it must be whole and small enough for a double to be exact.
  const std::optional<double> read = number(text);
  constexpr double exact = 9007199254740992.0;
  const double limit = std::min(exact, static_cast<double>(std::numeric_limits<Integer>::max()));
  if (!read || *read != std::floor(*read) || *read < 0 || *read > limit || !optim::within(place.allowed, *read))
    refuse_value(place, text);
  value = static_cast<Integer>(*read);
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
  if (!optim::is_alternative("true|false", text)) refuse_value(place, text);
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
void read_value(const Place& place, std::string_view text, std::vector<std::string>& value) {
  std::vector<std::string> read;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find('/', begin);
    read_value(place, text.substr(begin, end - begin), read.emplace_back());
  }
  value = read;
}
void read_value(const Place& place, std::string_view text, std::string& value) {
  if (!optim::is_alternative(place.allowed, text)) refuse_value(place, text);
  value = text;
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

}  // namespace cairn::apps
