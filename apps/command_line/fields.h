#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/command_line/errors.h"
#include "apps/command_line/spec.h"
#include "optim/optimizer.h"

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

// One pair for each type of field; reading throws UsageError naming the place, the value and what is allowed. Numbers
// must be finite and within the interval; counts may be written 1e6.
void read_value(const Place& place, std::string_view text, bool& value);
void read_value(const Place& place, std::string_view text, int& value);
void read_value(const Place& place, std::string_view text, std::int64_t& value);
void read_value(const Place& place, std::string_view text, std::uint64_t& value);
void read_value(const Place& place, std::string_view text, float& value);
void read_value(const Place& place, std::string_view text, double& value);
void read_value(const Place& place, std::string_view text, std::vector<int>& value);  ///< `64/64`
void read_value(const Place& place, std::string_view text, std::string& value);       ///< a word
// Nested specs.
void read_value(const Place& place, std::string_view text, optim::Rule& value);
void read_value(const Place& place, std::string_view text, optim::Schedule& value);
void read_value(const Place& place, std::string_view text, optim::Clip& value);
template <class E>
requires requires(E& value) {
  parse(std::string_view(), value);
}
void read_value(const Place& place, std::string_view text, E& value);

std::string write_value(bool value);
std::string write_value(std::int64_t value);
std::string write_value(std::uint64_t value);
std::string write_value(int value);
std::string write_value(float value);
std::string write_value(double value);
std::string write_value(const std::vector<int>& value);
std::string write_value(const std::string& value);
std::string write_value(const optim::Rule& value);
std::string write_value(const optim::Schedule& value);
std::string write_value(const optim::Clip& value);
template <class E>
requires requires(const E& value) {
  to_string(value);
}
std::string write_value(const E& value) {
  return std::string(to_string(value));
}

[[noreturn]] void refuse_value(const Place& place, std::string_view text);
[[noreturn]] void refuse_key(std::string_view kind, std::string_view component, std::string_view key,
                             const std::vector<Field>& fields);

template <class E>
requires requires(E& value) {
  parse(std::string_view(), value);
}
void read_value(const Place& place, std::string_view text, E& value) {
  if (!parse(text, value)) refuse_value(place, text);
}

/// Every field of `options` with its present value, in the struct's order.
template <class Options>
std::vector<Field> fields_of(Options options) {
  std::vector<Field> fields;
  options.fields([&](const char* key, const auto& value, const char* allowed, const char* help) {
    fields.push_back({key, write_value(value), allowed, help});
  });
  return fields;
}

/// Sets the fields that `component` names. Throws UsageError for a key that is none. `kind`: `environment`, `agent`, …
/// Options with `open(key)` take any key.
template <class Options>
void set_fields(std::string_view kind, const ComponentText& component, Options& options) {
  if constexpr (requires { options.open(std::string_view()); })
    for (const ComponentText::Setting& setting : component.settings) options.open(setting.key);
  const std::vector<Field> fields = fields_of(options);
  for (const ComponentText::Setting& setting : component.settings) {
    bool known = false;
    options.fields([&](const char* key, auto& value, const char* allowed, const char*) {
      if (setting.key != key) return;
      known = true;
      read_value({"Option '" + setting.key + "' of " + std::string(kind) + " '" + component.name + "'", allowed},
                 setting.value, value);
    });
    if (!known) refuse_key(kind, component.name, setting.key, fields);
  }
}

/// `name:key=value,…` with every field spelled out.
template <class Options>
std::string spelled_out(const std::string& name, const Options& options) {
  ComponentText component{name, {}};
  for (const Field& field : fields_of(options)) component.settings.push_back({field.key, field.value});
  return component.text();
}

}  // namespace cairn::apps
