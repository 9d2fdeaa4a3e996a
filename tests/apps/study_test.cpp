// `cairn study` as people call it.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "calls.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

using StudyCommand = Calls;

TEST_F(StudyCommand, ListsAndRunsClaims) {
  const Outcome list = cairn("study list --json");
  ASSERT_EQ(list.status, 0) << list.errors;
  EXPECT_GE(nlohmann::json::parse(list.out).size(), 18U);
  const Outcome ran = cairn("study run bias_correction");
  EXPECT_EQ(ran.status, 0) << ran.out << ran.errors;
  for (const char* part : {"claim", "paper", "accepted", "verdict  holds: "}) EXPECT_THAT(ran.out, HasSubstr(part));
  const auto one = nlohmann::json::parse(cairn("study run cliff --json").out);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0]["name"], "cliff");
  EXPECT_FALSE(one[0]["findings"].empty());
}

TEST_F(StudyCommand, DrawsWhatItMeasured) {
  ASSERT_EQ(cairn("study run cliff --out new/pictures").status, 0);
  EXPECT_THAT(contents(folder / "new/pictures/cliff.svg"), HasSubstr("<svg"));
  ASSERT_EQ(cairn("study run cliff --out pictures --format png").status, 0);
  EXPECT_GT(std::filesystem::file_size(folder / "pictures/cliff.png"), 10'000U);
  EXPECT_FALSE(std::filesystem::exists(folder / "pictures/cliff.svg"));
}

TEST_F(StudyCommand, RefusesWrongUse) {
  EXPECT_THAT(cairn("study run clif --out pictures").errors, HasSubstr("Did you mean 'cliff'?"));
  EXPECT_FALSE(std::filesystem::exists(folder / "pictures"));
  for (const char* line : {"", "run", "list all", "walk", "run clif", "run cliff --out a --format bmp",
                           "run cliff --format png", "list --out a"})
    EXPECT_EQ(cairn(std::string("study ") + line).status, 2) << line;
}

}  // namespace
}  // namespace cairn::apps
