#include "apps/command_line/entries.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>

namespace cairn::apps {

std::string class_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &status),
                                                    &std::free);
  return status == 0 ? name.get() : type.name();
}

void require_new_name(std::string_view kind, const std::string& name, const std::vector<std::string>& names) {
  const auto in_names = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  if (name.empty()) throw UsageError("The program adds " + std::string(kind) + " '', which has an empty name.");
  if (!std::ranges::all_of(name, in_names))
    throw UsageError(std::string(kind) + " '" + name +
                     "' cannot be called so: a name has lower-case letters, digits, '_' and '-'.");
  if (std::ranges::find(names, name) != names.end())
    throw UsageError(std::string(kind) + " '" + name + "' is registered twice.");
}

void require_own_description(std::string_view kind, const std::string& name, std::string_view description) {
  if (description == name || description.starts_with(name + ':')) return;
  throw UsageError(std::string(kind) + " '" + name + "' describes itself as '" + std::string(description) +
                   "', by which no run could make it again.");
}

}  // namespace cairn::apps
