#pragma once

#include <istream>
#include <nlohmann/json.hpp>
#include <string>

namespace cairn::apps {

/// Keys stay in the order in which they came.
using Json = nlohmann::ordered_json;

// The library's reader and writer are compiled here alone.

/// Throws Json::parse_error for what is none; or, where it `throws` not, returns a value that is_discarded().
Json read_json(std::istream& in, bool throws = true);
std::string compact(const Json& value);
std::string indented(const Json& value);  ///< with a line's end

}  // namespace cairn::apps
