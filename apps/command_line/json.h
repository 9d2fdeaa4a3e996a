#pragma once

#include <istream>
#include <nlohmann/json.hpp>
#include <string>

namespace cairn::apps {

/// Keys stay in the order in which they came.
using Json = nlohmann::ordered_json;

// Code that reads and writes JSON takes long to compile: the program's files call these functions, compiled once.

/// Throws Json::parse_error for what is no JSON; with `throws` false, returns a value that is_discarded() instead.
Json read_json(std::istream& in, bool throws = true);
// JSON is UTF-8: bytes of a text that are none, as names of files may have, are written as U+FFFD.
/// On one line, without a line's end.
std::string compact(const Json& value);
std::string indented(const Json& value);  ///< with a line's end
/// Whether JSON can hold the text as it is.
bool is_utf8(const std::string& text);

}  // namespace cairn::apps
