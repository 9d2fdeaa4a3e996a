#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/command_line/errors.h"
#include "apps/command_line/spec.h"
#include "optim/options.h"

namespace cairn::apps {

/// One field of an option struct as people see it.
struct Field {
  std::string key, value;  ///< value: its default, or what it was resolved to
  std::string allowed;     ///< `[0,inf)` or `dense|sparse`
  std::string help;        ///< a phrase
};

/// Where a value stands, for error messages: `Option 'gamma' of agent 'ppo'`.
struct Place {
  std::string name;     ///< in the middle of a sentence
  std::string allowed;  ///< as a field says it
};

/// Reads a field's text; there is one for each type of field. Throws UsageError naming the place, the value and what is
/// allowed. Counts may be written 1e6. Nested components are read by registry.h, which knows them by name.
void read_value(const Place& place, std::string_view text, bool& value);
void read_value(const Place& place, std::string_view text, int& value);  ///< A whole number.
void read_value(const Place& place, std::string_view text,
                std::int64_t& value);  ///< A count or another large whole number.
void read_value(const Place& place, std::string_view text,
                std::uint64_t& value);                                      ///< A whole number that is not negative.
void read_value(const Place& place, std::string_view text, float& value);   ///< A number.
void read_value(const Place& place, std::string_view text, double& value);  ///< A number.
void read_value(const Place& place, std::string_view text, std::vector<int>& value);          ///< `64/64`
void read_value(const Place& place, std::string_view text, std::vector<std::string>& value);  ///< `x/vx`
void read_value(const Place& place, std::string_view text, std::string& value);               ///< a word
/// One of the words that `parse` knows.
template <class E>
requires requires(E& value) {
  parse(std::string_view(), value);
}
void read_value(const Place& place, std::string_view text, E& value);

/// Throws the UsageError of a value that is not allowed.
[[noreturn]] void refuse_value(const Place& place, std::string_view text);

template <class E>
requires requires(E& value) {
  parse(std::string_view(), value);
}
void read_value(const Place& place, std::string_view text, E& value) {
  if (!parse(text, value) || !optim::is_alternative(place.allowed, text)) refuse_value(place, text);
}

/// Where a field of an option struct stands, and how it is read and written: what handles fields of any type is
/// compiled once, not for each of the structs.
struct Slot {
  const char* key;                                                       ///< as `fields` says it
  const char* allowed;                                                   ///< likewise
  const char* help;                                                      ///< likewise
  void* value;                                                           ///< the field itself
  std::string (*write)(const void* value);                               ///< its value as text
  void (*read)(const Place& place, std::string_view text, void* value);  ///< throws UsageError
};
/// The value as text, for a field of this type.
template <class Value>
std::string write_slot(const void* value) {
  return optim::text_of(*static_cast<const Value*>(value));
}
/// Reads the value, for a field of this type.
template <class Value>
void read_slot(const Place& place, std::string_view text, void* value) {
  read_value(place, text, *static_cast<Value*>(value));
}
/// All fields of `options`, which must outlive what is returned.
template <class Options>
std::vector<Slot> slots_of(Options& options) {
  std::vector<Slot> slots;
  options.fields([&]<class Value>(const char* key, Value& value, const char* allowed, const char* help) {
    slots.push_back({key, allowed, help, &value, write_slot<Value>, read_slot<Value>});
  });
  return slots;
}

/// The fields with their present values.
std::vector<Field> fields_of(const std::vector<Slot>& slots);
/// As below, of fields of any struct.
void set_fields(std::string_view kind, const ComponentText& component, const std::vector<Slot>& slots);

/// Every field of `options` with its present value, in the struct's order.
template <class Options>
std::vector<Field> fields_of(Options options) {
  return fields_of(slots_of(options));
}

/// Sets the fields that `component` names. Throws UsageError for a key that is none. `kind`: `environment`, `agent`, …
/// Options with `open(key)` take any key.
template <class Options>
void set_fields(std::string_view kind, const ComponentText& component, Options& options) {
  if constexpr (requires { options.open(std::string_view()); })
    for (const ComponentText::Setting& setting : component.settings) options.open(setting.key);
  set_fields(kind, component, slots_of(options));
}

}  // namespace cairn::apps
