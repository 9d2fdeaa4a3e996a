#include "apps/command_line/made_by.h"

#include <fmt/format.h>

#include <fstream>

#include "apps/command_line/build_info.h"
#include "apps/command_line/json.h"

namespace cairn::apps {

namespace {

constexpr const char* bits_come_from[] = {"source", "compiler", "simd", "cpu"};

Json build_here() {
  const BuildInfo& info = build_info();
  return {{"version", info.version},   {"commit", info.commit}, {"source", info.source},
          {"compiler", info.compiler}, {"simd", info.simd},     {"cpu", info.cpu}};
}

/// The value of a key, where it is a text.
std::string text_in(const Json& object, const char* key) {
  if (!object.is_object()) return "";
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// A JSON object, empty where the text is none.
Json object_of(const std::string& text) {
  Json object = Json::parse(text, nullptr, false);
  return object.is_object() ? object : Json::object();
}

}  // namespace

std::string made_here(const std::string& demonstrations_digest) {
  Json made = build_here();
  if (!demonstrations_digest.empty()) made["demos"] = demonstrations_digest;
  return compact(made);
}

std::string went_on_here(const std::string& made_by, std::int64_t steps) {
  Json made = object_of(made_by);
  Json here = {{"steps", steps}};
  here.update(build_here());
  if (!made.contains("went_on") || !made["went_on"].is_array()) made["went_on"] = Json::array();
  made["went_on"].push_back(here);
  return compact(made);
}

std::string read_made_by(const std::filesystem::path& config) {
  std::ifstream file(config);
  const Json json = read_json(file, false);
  return json.is_object() && json.contains("made_by") ? compact(json["made_by"]) : "";
}

std::string difference_from_here(const std::string& made_by) {
  const Json made = object_of(made_by), here = build_here();
  const bool went_on = made.contains("went_on") && made["went_on"].is_array() && !made["went_on"].empty();
  const Json& last = went_on ? made["went_on"].back() : made;
  std::string text;
  for (const char* key : bits_come_from)
    if (const std::string there = text_in(last, key); there != text_in(here, key))
      text += fmt::format("{}its {} is '{}', here '{}'", text.empty() ? "" : "; ", key,
                          there.empty() ? "not known" : there, text_in(here, key));
  return text;
}

std::string demonstrations_digest_in(const std::string& made_by) {
  return text_in(object_of(made_by), "demos");
}

}  // namespace cairn::apps
