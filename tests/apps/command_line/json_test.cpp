#include "apps/command_line/json.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <sstream>

namespace cairn::apps {
namespace {

TEST(Json, KeepsTheOrderOfKeysAndEndsWithALine) {
  const Json value = {{"z", 1}, {"a", {0.1, nullptr, "text"}}};
  EXPECT_EQ(compact(value), R"({"z":1,"a":[0.1,null,"text"]})");
  EXPECT_EQ(indented(value), "{\n  \"z\": 1,\n  \"a\": [\n    0.1,\n    null,\n    \"text\"\n  ]\n}\n");
}

TEST(Json, ReadsBackWhatItWrote) {
  const Json value = {{"seed", std::numeric_limits<std::uint64_t>::max()}, {"rate", 3e-4}, {"empty", Json::object()}};
  std::istringstream text(indented(value));
  EXPECT_EQ(read_json(text), value);
}

TEST(Json, WritesWhatIsNoUtf8AsAReplacement) {
  const Json value = {{"folder", "caf\xe9"}};
  EXPECT_EQ(compact(value), "{\"folder\":\"caf\xef\xbf\xbd\"}");
  EXPECT_EQ(indented(value), "{\n  \"folder\": \"caf\xef\xbf\xbd\"\n}\n");
  EXPECT_FALSE(is_utf8("caf\xe9"));
  EXPECT_TRUE(is_utf8("caf\xc3\xa9"));
}

TEST(Json, RefusesWhatIsNone) {
  for (const char* text : {"", "{", R"({"a": 1} b)", "nan"}) {
    std::istringstream refused(text), discarded(text);
    EXPECT_THROW(read_json(refused), Json::parse_error) << text;
    EXPECT_TRUE(read_json(discarded, false).is_discarded()) << text;
  }
}

}  // namespace
}  // namespace cairn::apps
