#include "apps/command_line/json.h"

namespace cairn::apps {

Json read_json(std::istream& in, bool throws) {
  return Json::parse(in, nullptr, throws);
}

std::string compact(const Json& value) {
  return value.dump();
}

std::string indented(const Json& value) {
  return value.dump(2) + "\n";
}

}  // namespace cairn::apps
