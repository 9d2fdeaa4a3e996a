#include "apps/studies/study_picture.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include "render/drawing/rule_colors.h"

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

render::Series named(const std::string& name, std::vector<double> values, int color) {
  return curve(name, std::move(values), color);
}

TEST_F(StudyPicture, RulesHaveTheirOwnColours) {
  const render::Chart one{.series = {named("SGD", {1, 2, 3}, 0), named("Adam", {3, 2, 1}, 1), named("", {3, 2, 1}, 1)},
                          .reference_lines = {{.at = 1, .color = render::series_color(1)}, {.at = 2}}};
  const render::Chart other{.series = {named("Adam, slower", {1, 5, 9}, 1)}};
  comparison::IntervalChart rows;
  rows.rows = {{"SGD", {}, 0}, {"a third", {}, 2}};
  const std::vector<Chart> shown = as_shown({one, other, rows});
  const std::vector<int> colors = render::rule_colors(std::vector<std::string>{"SGD", "Adam", "a third"});
  const auto is = [](render::Color color, int number) {
    const render::Color wanted = render::series_color(number);
    return color.r == wanted.r && color.g == wanted.g && color.b == wanted.b;
  };
  const auto& first = std::get<render::Chart>(shown[0]);
  EXPECT_TRUE(is(first.series[0].color, colors[0]));
  EXPECT_TRUE(is(first.series[1].color, colors[1]));
  EXPECT_TRUE(is(first.series[2].color, colors[1])) << "what shared a colour still does";
  EXPECT_TRUE(is(first.reference_lines[0].color, colors[1]));
  EXPECT_TRUE(is(std::get<render::Chart>(shown[1]).series[0].color, colors[1])) << "in every chart of the picture";
  EXPECT_EQ(std::get<comparison::IntervalChart>(shown[2]).rows[1].color, colors[2]);
}

TEST_F(StudyPicture, HidesNoLine) {
  const std::vector<double> rising{0, 1, 2, 3}, nearly{0, 1.001, 2, 3}, falling{3, 2, 1, 0};
  const render::Chart chart{
      .series = {named("a", rising, 0), named("b", falling, 1), named("c", nearly, 2), named("d", rising, 3)}};
  const std::vector<Chart> charts = as_shown({chart});
  const auto& shown = std::get<render::Chart>(charts[0]);
  EXPECT_GT(shown.series[0].width, shown.series[2].width) << "two lie on it";
  EXPECT_GT(shown.series[2].width, shown.series[3].width) << "one lies on it";
  EXPECT_EQ(shown.series[1].width, shown.series[3].width) << "none does";
}

}  // namespace
}  // namespace cairn::apps
