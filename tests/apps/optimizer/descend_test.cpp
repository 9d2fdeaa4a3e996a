#include <cmath>

#include "tests/apps/optimizer/scratch.h"
#include "tests/optim/reference.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

class DescendCommand : public OptimizerCommand {
 protected:
  Outcome descend(const std::string& problem, const std::string& optimizer, const std::string& out,
                  std::vector<std::string> more = {}) const {
    std::vector<std::string> line = {"descend", "--problem", problem, "--optimizer", optimizer, "--out", path(out)};
    line.insert(line.end(), more.begin(), more.end());
    return run(line);
  }
};

TEST_F(DescendCommand, WritesThePathAndItsLoss) {
  ASSERT_EQ(descend("quadratic:dimensions=2,condition=1", "sgd:lr=0.5", "path.csv", {"--steps", "2"}).status, 0);
  EXPECT_EQ(contents("path.csv"), "step,lr,loss,x0,x1\n0,0,1,1,1\n1,0.5,0.25,0.5,0.5\n2,0.5,0.0625,0.25,0.25\n");
}

TEST_F(DescendCommand, StartsWhereItIsTold) {
  ASSERT_EQ(descend("saddle", "adam:lr=0.05", "path.csv", {"--start", "-1/-0.5", "--steps", "300"}).status, 0);
  auto columns = optim::read_columns_of(path("path.csv"));
  EXPECT_EQ(columns["x0"].front(), -1);
  EXPECT_NEAR(columns["x1"].back(), -1, 1e-2) << "the basin on its own side";
  EXPECT_EQ(columns["step"].size(), 301U);
}

TEST_F(DescendCommand, ShowsTheEvaluationPoint) {
  const std::string rule = "schedule_free_sgd:lr=0.3";
  ASSERT_EQ(descend("quadratic:dimensions=3,condition=2", rule, "path.csv", {"--steps", "400"}).status, 0);
  auto columns = optim::read_columns_of(path("path.csv"));
  EXPECT_LT(columns["loss"].back(), 1e-3);
}

TEST_F(DescendCommand, DrawsTwoParametersAsAPicture) {
  ASSERT_EQ(descend("canyon", "adam:lr=0.1", "path.svg", {"--steps", "200"}).status, 0);
  const std::string svg = contents("path.svg");
  EXPECT_THAT(svg, testing::StartsWith("<?xml"));
  EXPECT_THAT(svg, HasSubstr("<svg"));
  EXPECT_THAT(svg, HasSubstr("</svg>"));
  ASSERT_EQ(descend("canyon", "adam:lr=0.1", "again.svg", {"--steps", "200"}).status, 0);
  EXPECT_EQ(contents("again.svg"), svg);
  const Outcome diverged = descend("canyon", "sgd:lr=5", "diverges.svg", {"--steps", "100"});
  ASSERT_EQ(diverged.status, 0) << "what leaves the picture is cut off";
  EXPECT_THAT(diverged.errors, HasSubstr("The descent diverged: after step"));
}

TEST_F(DescendCommand, RefusesWrongUse) {
  struct Case {
    Outcome outcome;
    const char* says;
  };
  for (const Case& wrong :
       {Case{descend("cnyon", "adam", "a.csv"), "Did you mean 'canyon'?"},
        {descend("canyon:a1=0", "adam", "a.csv"), "Option 'a1' of problem 'canyon' cannot be '0'. Allowed: (0,inf)."},
        {descend("reddi:large=1", "adam", "a.csv"), "large must exceed"},
        {descend("quadratic", "adam", "a.svg"), "has 20 parameters and not 2"},
        {descend("canyon", "adam", "a.csv", {"--steps", "0"}), "'--steps' cannot be '0'"},
        {descend("canyon", "adam", "a.csv", {"--start", "1"}), "has 1 numbers"},
        {descend("canyon", "adam", "a.csv", {"--start", "1/x"}), "cannot be 'x'"},
        {descend("canyon", "adam", "."), "is a folder"}}) {
    EXPECT_EQ(wrong.outcome.status, 2) << wrong.outcome.errors;
    EXPECT_THAT(wrong.outcome.errors, HasSubstr(wrong.says));
  }
  EXPECT_FALSE(exists("a.csv") || exists("a.svg"));
}

}  // namespace
}  // namespace cairn::apps
