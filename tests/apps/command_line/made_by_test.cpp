#include "apps/command_line/made_by.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "apps/command_line/build_info.h"
#include "tests/files.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

TEST(MadeBy, SaysHowThisBuildAndMachineDiffer) {
  const std::string made = made_here("crc32c:01234567");
  EXPECT_EQ(difference_from_here(made), "");
  EXPECT_EQ(demonstrations_digest_in(made), "crc32c:01234567");
  EXPECT_EQ(demonstrations_digest_in(made_here("")), "");
  for (const char* key : {"source", "compiler", "simd", "cpu"}) {
    auto json = nlohmann::json::parse(made);
    json[key] = "another";
    EXPECT_THAT(difference_from_here(json.dump()), HasSubstr(std::string("its ") + key + " is 'another', here '"));
  }
  for (const char* key : {"version", "commit"}) {
    auto json = nlohmann::json::parse(made);
    json[key] = "another";
    EXPECT_EQ(difference_from_here(json.dump()), "") << "the same sources give the same bits";
  }
  for (const char* text : {"", "7", "[]", "{", R"({"cpu": 7, "went_on": 3})"})
    EXPECT_THAT(difference_from_here(text), HasSubstr("its source is 'not known'")) << text;
}

TEST(MadeBy, RemembersWhereARunWentOn) {
  auto json = nlohmann::json::parse(made_here(""));
  json["cpu"] = "another";
  const std::string went_on = went_on_here(json.dump(), 4096);
  EXPECT_EQ(difference_from_here(went_on), "") << "what counts is where it was last";
  json = nlohmann::json::parse(went_on);
  EXPECT_EQ(json["cpu"], "another");
  EXPECT_EQ(json["went_on"][0]["steps"], 4096);
  EXPECT_EQ(json["went_on"][0]["cpu"], build_info().cpu);
}

TEST(MadeBy, IsReadFromAConfiguration) {
  const auto path = std::filesystem::temp_directory_path() / ("cairn_made_by_" + std::to_string(::getpid()));
  write_file(path, R"({"steps": 7, "made_by": {"cpu": "a"}})");
  EXPECT_EQ(nlohmann::json::parse(read_made_by(path)), nlohmann::json::parse(R"({"cpu": "a"})"));
  write_file(path, "{}");
  EXPECT_EQ(read_made_by(path), "");
  std::filesystem::remove(path);
  EXPECT_EQ(read_made_by(path), "");
}

TEST(BuildInfo, HasAHashOfTheSources) {
  EXPECT_THAT(build_info().source, testing::MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(build_info().source.size(), 16U);
}

}  // namespace
}  // namespace cairn::apps
