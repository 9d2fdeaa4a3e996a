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
  std::string help;
};

/// Where a value stands, for error messages: `Option 'gamma' of agent 'ppo'`.
struct Place {
  std::string name;
  std::string allowed;
};

// One for each type of field; throws UsageError naming the place, the value and what is allowed. Counts may be written
// 1e6. Nested components are read by registry.h, which knows them by name.
void read_value(const Place& place, std::string_view text, bool& value);
void read_value(const Place& place, std::string_view text, int& value);
void read_value(const Place& place, std::string_view text, std::int64_t& value);
void read_value(const Place& place, std::string_view text, std::uint64_t& value);
void read_value(const Place& place, std::string_view text, float& value);
void read_value(const Place& place, std::string_view text, double& value);
void read_value(const Place& place, std::string_view text, std::vector<int>& value);          ///< `64/64`
void read_value(const Place& place, std::string_view text, std::vector<std::string>& value);  ///< `x/vx`
void read_value(const Place& place, std::string_view text, std::string& value);               ///< a word
template <class E>
requires requires(E& value) {
  parse(std::string_view(), value);
}
void read_value(const Place& place, std::string_view text, E& value);

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
  const char *key, *allowed, *help;
  void* value;
  std::string (*write)(const void* value);
  void (*read)(const Place& place, std::string_view text, void* value);
};
template <class Value>
std::string write_slot(const void* value) {
  return optim::text_of(*static_cast<const Value*>(value));
}
template <class Value>
void read_slot(const Place& place, std::string_view text, void* value) {
  read_value(place, text, *static_cast<Value*>(value));
}
template <class Options>
std::vector<Slot> slots_of(Options& options) {
  std::vector<Slot> slots;
  options.fields([&]<class Value>(const char* key, Value& value, const char* allowed, const char* help) {
    slots.push_back({key, allowed, help, &value, write_slot<Value>, read_slot<Value>});
  });
  return slots;
}

std::vector<Field> fields_of(const std::vector<Slot>& slots);
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
