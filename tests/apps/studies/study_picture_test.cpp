#include "apps/studies/study_picture.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

namespace cairn::apps {
namespace {

class StudyPicture : public testing::Test {
 protected:
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("cairn_study_picture_" + std::to_string(::getpid()));
  StudyPicture() { std::filesystem::create_directories(folder); }
  ~StudyPicture() override { std::filesystem::remove_all(folder); }

  std::string written(const char* name, const Measured& measured) const {
    write_study_picture(folder / name, {"x", "Water is wet.", "Anon 1", Verdict::holds, "", nullptr}, measured);
    std::ifstream file(folder / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
};

TEST_F(StudyPicture, HasEveryChart) {
  const render::Chart first{.title = "a", .series = {curve("falling", {3, 2, 1}, 0)}};
  const comparison::IntervalChart second{.title = "b", .label = "c", .rows = {{"one", {1, {0, 2}}, 0}}};
  const std::string one = written("one.svg", {{}, {first}}), both = written("both.svg", {{}, {first, second}}),
                    three = written("three.svg", {{}, {first, second, first}}),
                    pixels = written("a.png", {{}, {first}});
  EXPECT_TRUE(one.starts_with("<?xml"));
  EXPECT_GT(both.size(), one.size());
  EXPECT_THAT(three, testing::HasSubstr("width=\"1860\""));
  EXPECT_EQ(pixels.substr(1, 3), "PNG");
}

TEST_F(StudyPicture, SaysSoWhereAFigureLeftItsRange) {
  const render::Chart chart{.series = {curve("", {1, 2}, 0)}};
  EXPECT_NE(written("in.svg", {{{"x", 1, 0, 2}}, {chart}}), written("out.svg", {{{"x", 3, 0, 2}}, {chart}}));
}

}  // namespace
}  // namespace cairn::apps
