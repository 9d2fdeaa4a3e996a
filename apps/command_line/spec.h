#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cairn::apps {

/// The one grammar for every component:
///
///     SPEC  = name[:key=value,…]
///     value = atom | a/b/c | (SPEC)
///
/// as in `warmup:steps=500,then=(cosine:t_max=9500)`.
struct ComponentText {
  /// One `key=value`.
  struct Setting {
    std::string key, value;  ///< a nested spec without its parentheses
  };
  std::string name;               ///< of the component
  std::vector<Setting> settings;  ///< in the order in which they were written

  /// The value of a key; null where it is not set.
  const std::string* find(std::string_view key) const;
  /// Settings of `above` replace those here one by one; new ones are added.
  void override_with(const ComponentText& above);
  /// The SPEC again.
  std::string text() const;
};

/// `what`: the option that the text came from, as errors name it (`--env`). Throws UsageError for what the grammar does
/// not know, and for a key given twice.
ComponentText parse_component(std::string_view text, std::string_view what);

}  // namespace cairn::apps
