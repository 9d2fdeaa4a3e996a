#include "apps/command_line/spec.h"

#include <algorithm>
#include <cctype>

#include "apps/command_line/errors.h"

namespace cairn::apps {

namespace {

constexpr std::string_view grammar =
    "A component is written name:key=value,key=value; nested ones stand in parentheses";

constexpr int deepest = 8;  // parentheses; rules within rules take time by their power

bool is_name(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

/// What may stand for a component's name, right or wrong: which names there are is for the registry to say.
bool is_component(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '/' || c == '.';
  });
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What people mean by `hidden=64,64`, `hidden=[64,64]` and `hidden=(64,64)`: `64/64`. Nothing for what is no list of
/// counts.
std::string list_meant(std::string_view value) {
  std::string list;
  for (const char c : value)
    if (c == ',')
      list += '/';
    else if (std::string_view("[]() ").find(c) == std::string_view::npos)
      list += c;
  const std::size_t slash = list.find('/');
  return is_number(std::string_view(list).substr(0, slash)) && slash != std::string::npos ? list : "";
}

/// A key may be a parameter's tag, as in `head/value`.
bool is_key(std::string_view text) {
  const std::size_t slash = text.find('/');
  return is_name(text.substr(0, slash)) && (slash == std::string_view::npos || is_key(text.substr(slash + 1)));
}

/// Cuts at commas outside parentheses.
std::vector<std::string_view> parts(std::string_view text, const auto& refuse) {
  std::vector<std::string_view> out;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(' && ++depth > deepest) refuse("parentheses stand too deep within each other");
    if (text[i] == ')' && --depth < 0) refuse("a ')' without '('");
    if (text[i] == ',' && depth == 0) {
      out.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (depth > 0) refuse("a '(' without ')'");
  out.push_back(text.substr(begin));
  return out;
}

}  // namespace

const std::string* ComponentText::find(std::string_view key) const {
  const auto found = std::ranges::find(settings, key, &Setting::key);
  return found == settings.end() ? nullptr : &found->value;
}

void ComponentText::override_with(const ComponentText& above) {
  for (const Setting& setting : above.settings) {
    const auto found = std::ranges::find(settings, setting.key, &Setting::key);
    if (found == settings.end())
      settings.push_back(setting);
    else
      found->value = setting.value;
  }
}

std::string ComponentText::text() const {
  std::string out = name;
  for (const Setting& setting : settings) {
    const bool nested = setting.value.find_first_of(":,=") != std::string::npos;
    out += (&setting == settings.data() ? ":" : ",") + setting.key + '=';
    out += nested ? '(' + setting.value + ')' : setting.value;
  }
  return out;
}

ComponentText parse_component(std::string_view text, std::string_view what) {
  const auto refuse = [&](const std::string& why) {
    throw UsageError(std::string(what) + " '" + std::string(text) + "': " + why + ". " + std::string(grammar) + ".");
  };
  const std::size_t colon = text.find(':');
  ComponentText component{.name = std::string(text.substr(0, colon)), .settings = {}};
  if (component.name.empty()) refuse("the name is missing");
  if (!is_component(component.name)) refuse("'" + component.name + "' is no name");
  if (colon == std::string_view::npos) return component;

  for (const std::string_view part : parts(text.substr(colon + 1), refuse)) {
    if (part.empty()) refuse("a key is missing");
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos) {
      if (!component.settings.empty()) {
        const ComponentText::Setting& last = component.settings.back();
        if (const std::string list = list_meant(last.value + ',' + std::string(part)); !list.empty())
          refuse("a list is written with slashes, as in " + last.key + "=" + list);
      }
      refuse("'" + std::string(part) + "' has no '=value'");
    }
    const std::string key(part.substr(0, equals));
    std::string_view value = part.substr(equals + 1);
    if (!is_key(key)) refuse("'" + key + "' is no key");
    if (value.empty()) refuse("'" + key + "' has no value");
    if (const std::string list = list_meant(value); value.find(',') != std::string_view::npos && !list.empty())
      refuse(std::string("a list is written with slashes, as in ").append(key).append("=").append(list));
    if (value.front() == '(' && value.back() == ')') value = value.substr(1, value.size() - 2);
    if (component.find(key)) refuse("'" + key + "' is given twice");
    component.settings.push_back({key, std::string(value)});
  }
  return component;
}

}  // namespace cairn::apps
