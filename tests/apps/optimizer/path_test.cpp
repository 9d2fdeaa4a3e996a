#include "apps/optimizer/path.h"

#include <gmock/gmock.h>

#include "apps/command_line/errors.h"
#include "optim/problems/quadratic.h"
#include "optim/problems/saddle.h"
#include "optim/sgd.h"

namespace cairn::apps {
namespace {

TEST(Path, HasARowBeforeTheFirstStepAndOneAfterEach) {
  const optim::Problem bowl = optim::problems::quadratic({.dimensions = 2, .condition = 1});
  const Path path = followed(bowl, optim::sgd({.lr = 0.5}), 2, {8, 4});
  EXPECT_EQ(path.points, (std::vector<std::vector<double>>{{8, 4}, {4, 2}, {2, 1}}));
  EXPECT_EQ(path.losses, (std::vector<double>{40, 10, 2.5}));
  EXPECT_EQ(path.rates, (std::vector<double>{0, 0.5, 0.5}));
  EXPECT_TRUE(path.momenta.empty());
  const Path heavy = followed(bowl, optim::sgd({.lr = 0.5, .momentum = 0.9}), 1, {8, 4});
  EXPECT_EQ(heavy.momenta, (std::vector<std::array<double, 2>>{{0, 0}, {8, 4}}));
  const render::Descent descent = drawn(heavy, bowl);
  EXPECT_EQ(descent.x, (std::vector<double>{8, 4}));
  EXPECT_EQ(descent.momentum_y, (std::vector<double>{0, 4}));
  EXPECT_EQ(descent.gaps, (std::vector<double>{40, 10}));
}

TEST(Path, BeginsWhereItIsTold) {
  const optim::Problem saddle = optim::problems::saddle();
  const auto start = [&](const std::string& text) {
    Arguments arguments;
    if (!text.empty()) arguments.set("start", text, "command line");
    return start_of(arguments, saddle);
  };
  EXPECT_EQ(start("-1/0.5"), (std::vector<double>{-1, 0.5}));
  EXPECT_EQ(start("-1,0.5"), (std::vector<double>{-1, 0.5}));
  EXPECT_TRUE(start("").empty());
  for (const char* wrong : {"1", "1,2,3", "1,", "1,inf", "a,b"}) EXPECT_THROW(start(wrong), UsageError) << wrong;
}

TEST(Path, IsDrawnOnTheProblemsLandscape) {
  const render::DescentSheet sheet = sheet_of(optim::problems::saddle());
  EXPECT_EQ(sheet.title, "saddle");
  EXPECT_FALSE(sheet.landscape.levels.empty());
  ASSERT_EQ(sheet.optima.size(), 2U) << "it has two";
  EXPECT_EQ(sheet.optima[0].y, 1);
  EXPECT_EQ(sheet.optima[1].y, -1);
  EXPECT_EQ(sheet.sentence, "a ridge that leads to a saddle between two basins");
  EXPECT_EQ(sheet.formula, "f(x0, x1) = x0² / 2 + x1⁴ / 4 - depth x1² / 2");
  const render::DescentSheet many = sheet_of(optim::problems::quadratic());
  EXPECT_FALSE(many.plane()) << "twenty parameters";
  EXPECT_FALSE(many.formula.empty());
}

}  // namespace
}  // namespace cairn::apps
