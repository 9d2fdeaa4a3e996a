#include "render/sheets/value_map.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <initializer_list>

#include "envs/box2d/lander.h"
#include "envs/box2d/maze_map.h"
#include "envs/box2d/point_maze.h"
#include "envs/classic/cart_pole.h"
#include "envs/classic/mountain_car.h"
#include "envs/classic/pendulum.h"
#include "pixels.h"
#include "policies.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

const envs::EnvironmentFactory mountain_car = [] { return std::make_unique<envs::MountainCar>(); };

/// Worth `slope` times the position.
agents::Policy critic(float slope) {
  agents::Policy made;
  made.head = agents::Head::value;
  made.shape = {.inputs = 2, .hidden = {}, .outputs = 1};
  made.parameters.setZero(3);
  made.parameters[0] = slope;
  return made;
}

struct Scene {
  ShownWorlds worlds{mountain_car, 4, 1};
  ValueMap map{worlds.spec()};
  Pixels drawn() {
    Picture picture(530, 620);
    map.draw(picture, {0, 0, 530, 620}, worlds, 0);
    return Pixels(picture);
  }
};

TEST(ValueMap, IsBrightWhereTheCriticExpectsMost) {
  Scene scene;
  scene.map.set_critic(critic(1));
  const auto brightness = [](const Pixels& pixels, int x) {
    const Color color = pixels.at(x, 300);
    return color.r + color.g + color.b;
  };
  const Pixels rising = scene.drawn();
  EXPECT_GT(brightness(rising, 490), brightness(rising, 80) + 100) << "to the right is more";
  scene.map.set_critic(critic(-1));
  const Pixels falling = scene.drawn();
  EXPECT_LT(brightness(falling, 490) + 100, brightness(falling, 80));
}

TEST(ValueMap, ColoursSpanTheValuesWhereTheWorldsHaveBeen) {
  Scene scene;
  scene.map.set_critic(critic(1));
  const auto same = [](const Pixels& pixels, int x, int other) { return pixels.is(x, 150, pixels.at(other, 150), 1); };
  const Pixels nowhere = scene.drawn();
  EXPECT_FALSE(same(nowhere, 80, 120)) << "nothing visited yet: of all there is";
  scene.worlds.set_policy(steady_policy(scene.worlds.spec()));
  for (int i = 0; i < 60; ++i) {
    scene.worlds.step();
    scene.map.visit(scene.worlds);
  }
  const Pixels visited = scene.drawn();
  EXPECT_TRUE(same(visited, 80, 120)) << "all is worth less on the left, where none has been";
  EXPECT_TRUE(same(visited, 440, 480)) << "and more on the right";
  EXPECT_FALSE(visited.is(80, 150, visited.at(480, 150), 20));
  EXPECT_GT(nowhere.at(480, 150).r, visited.at(480, 150).r + 60) << "of values where none has been little is seen";
}

TEST(ValueMap, OfAScaledRewardIsInTheWorldsOwnAndSaysSo) {
  Scene scene;
  ChartPage page;
  const auto shown = [&](float slope, double scale) {
    Picture picture(530, 620);
    scene.map.set_critic(critic(slope), scale);
    page.placed.clear();
    scene.map.draw(picture, {0, 0, 530, 620}, scene.worlds, 0, &page);
    return page.placed.at(0).chart;
  };
  const Chart plain = shown(1, 1), scaled = shown(0.05F, 0.05);
  EXPECT_EQ(plain.note, "");
  EXPECT_EQ(scaled.note, "as the world pays; learned from rewards × 0.05");
  const std::vector<double>&one = plain.landscape->field.values, &other = scaled.landscape->field.values;
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_NEAR(one[i], other[i], 1e-6);
}

TEST(ValueMap, ShowsWhereTheWorldsHaveBeenWithoutACriticToo) {
  Scene scene;
  const int before = scene.drawn().count(vermilion, 10);
  EXPECT_GT(before, 30) << "the chosen world";
  const int bright = scene.drawn().count(ink, 120);
  scene.worlds.set_policy(steady_policy(scene.worlds.spec()));
  for (int i = 0; i < 60; ++i) {
    scene.worlds.step();
    scene.map.visit(scene.worlds);
  }
  EXPECT_GT(scene.drawn().count(ink, 120), bright + 40);
}

TEST(ValueMap, ShowsTheAnswerToItsQuestionUntilItsAxesTurn) {
  Scene scene;
  ValueMap::Question question = scene.map.ask(scene.worlds, 0);
  const ScalarField& field = question.field;
  ASSERT_EQ(question.observations.cols(), field.columns * field.rows);
  for (const int column : {0, field.columns - 1})
    for (const int row : {0, field.rows - 1}) {
      const auto point = question.observations.col(row * field.columns + column);
      EXPECT_FLOAT_EQ(point[0], static_cast<float>(field.x(column)));
      EXPECT_FLOAT_EQ(point[1], static_cast<float>(field.y(row)));
    }
  const auto yellow_below = [](const Pixels& pixels) {
    int count = 0;
    for (int y = 330; y < 540; ++y)
      for (int x = 40; x < 500; ++x) count += pixels.is(x, y, yellow, 12) ? 1 : 0;
    return count;
  };
  EXPECT_EQ(yellow_below(scene.drawn()), 0);
  question.field.values.assign(question.observations.row(0).begin(), question.observations.row(0).end());
  scene.map.set_novelty(std::move(question));
  EXPECT_GT(yellow_below(scene.drawn()), 200) << "most new on the right";
  scene.map.turn_across();
  scene.map.turn_up();
  EXPECT_EQ(scene.map.across(), 0) << "there are two components";
  EXPECT_GT(yellow_below(scene.drawn()), 200);
}

TEST(ValueMap, OfTwoMapsEachDrawingMakesOneAnewInTurns) {
  Scene scene;
  const Box box{10, 20, 530, 620};
  ChartPage page;
  const auto drawn = [&] {
    Picture picture(550, 650);
    page.placed.clear();
    scene.map.draw(picture, box, scene.worlds, 0, &page);
    EXPECT_EQ(page.placed.size(), 2U);
    return Pixels(picture);
  };
  const auto set = [&](float slope) {  // of both
    scene.map.set_critic(critic(slope));
    ValueMap::Question question = scene.map.ask(scene.worlds, 0);
    const Eigen::RowVectorXf answer = slope * question.observations.row(0);
    question.field.values.assign(answer.begin(), answer.end());
    scene.map.set_novelty(std::move(question));
  };
  const auto rises = [](const Pixels& pixels, int y) {
    const Color left = pixels.at(90, y), right = pixels.at(500, y);
    return left.r + left.g + left.b < right.r + right.g + right.b;
  };
  constexpr int above = 130, below = 450;
  set(1);
  const Pixels first = drawn();
  EXPECT_TRUE(rises(first, above) && rises(first, below)) << "both at first";
  EXPECT_TRUE(first.is(300, 330, page_color, 0)) << "between them";
  for (const float slope : {-1.0F, 1.0F}) {
    set(slope);
    const Pixels once = drawn();
    EXPECT_NE(rises(once, above), rises(once, below)) << "one is as it was";
    const Pixels twice = drawn();
    EXPECT_EQ(rises(twice, above), slope > 0);
    EXPECT_EQ(rises(twice, below), slope > 0);
  }
  EXPECT_EQ(page.placed[0].chart.landscape->meaning, "value");
  EXPECT_EQ(page.placed[1].chart.landscape->meaning, "novelty");
  EXPECT_EQ(page.placed[0].box.x, box.x) << "where a mouse finds them in the whole picture";
  EXPECT_GT(page.placed[1].box.y, page.placed[0].box.bottom());

  const Plot whole = page.placed[0].plot;
  ASSERT_TRUE(page.zoom(whole.centre(), 5));
  for (int i = 0; i < 2; ++i) {
    drawn();
    EXPECT_LT(page.placed[0].plot.x_high, whole.x_high) << "a hand sees at once what it has zoomed to";
    ASSERT_TRUE(page.reset(whole.centre()));
    drawn();
    EXPECT_EQ(page.placed[0].plot.x_high, whole.x_high);
    drawn();  // so that both turns are tried
    ASSERT_TRUE(page.zoom(whole.centre(), 5));
  }
}

TEST(ValueMap, TwoMapsAreAsSharpAsThePictureTheyAreDrawnOn) {
  const auto drawn = [](std::initializer_list<float> scales) {
    Scene scene;
    scene.map.set_critic(critic(1));
    ValueMap::Question question = scene.map.ask(scene.worlds, 0);
    question.field.values.assign(question.observations.row(0).begin(), question.observations.row(0).end());
    scene.map.set_novelty(std::move(question));
    Picture picture(1, 1);
    for (const float scale : scales) {
      picture = Picture(static_cast<int>(530 * scale), static_cast<int>(620 * scale), scale);
      scene.map.draw(picture, {0, 0, 530, 620}, scene.worlds, 0);
    }
    return Pixels(picture);
  };
  EXPECT_TRUE(drawn({1, 2}) == drawn({2})) << "not stretched from what was kept";
}

TEST(ValueMap, TellsAMouseStateAndValueAndShowsAPartAsFineAsTheWhole) {
  Scene scene;
  scene.map.set_critic(critic(1));
  Picture picture(530, 620);
  ChartPage page;
  const auto draw = [&]() -> const PlacedChart& {
    page.placed.clear();
    scene.map.draw(picture, {0, 0, 530, 620}, scene.worlds, 0, &page);
    return page.placed.front();
  };
  const Plot whole = draw().plot;
  const Landscape& land = *page.placed.front().chart.landscape;
  EXPECT_EQ(land.meaning, "value");
  EXPECT_NEAR(land.field.at(10, 10), land.field.x(10), 1e-5) << "worth the position";
  ASSERT_TRUE(page.zoom(whole.centre(), 5));
  const PlacedChart& part = draw();
  EXPECT_LT(part.plot.x_high - part.plot.x_low, 0.4 * (whole.x_high - whole.x_low));
  EXPECT_NEAR(part.chart.landscape->field.x_low, part.plot.x_low, 1e-6) << "asked anew, not stretched";
  EXPECT_NEAR(scene.map.ask(scene.worlds, 0).field.x_low, part.plot.x_low, 1e-6);
  scene.map.turn_across();
  scene.map.turn_up();
  const std::string before = part.name;
  scene.map.turn_across();
  scene.map.turn_up();
  EXPECT_EQ(draw().name, before);
  EXPECT_TRUE(page.reset(whole.centre()));
  EXPECT_NEAR(draw().plot.x_low, whole.x_low, 1e-6);
}

TEST(ValueMap, ShowsAMazesWallsAsTheyAre) {
  const auto map_of = [](const envs::EnvironmentFactory& world, bool turned) {
    ShownWorlds worlds(world, 1, 1);
    ValueMap map(worlds.spec());
    if (turned) map.turn_up();
    Picture picture(530, 530);
    ChartPage page;
    map.draw(picture, {0, 0, 530, 530}, worlds, 0, &page);
    return std::pair(Pixels(picture), page.placed[0].plot);
  };
  const auto [maze, plot] = map_of([] { return std::make_unique<envs::PointMaze>(); }, false);
  const envs::MazeMap& plan = envs::MazeMap::of(envs::PointMazeOptions().map);
  EXPECT_NEAR(plot.width / (plot.x_high - plot.x_low), plot.height / (plot.y_high - plot.y_low), 1)
      << "a metre is as long upwards as across";
  int walls = 0, ways = 0;
  for (int row = 0; row < plan.rows(); ++row)
    for (int column = 0; column < plan.columns(); ++column) {
      const envs::Point cell = plan.centre(column + row * plan.columns());
      const Point at = plot.at(static_cast<double>(cell.x) + 0.2, static_cast<double>(cell.y) + 0.2);
      const bool wall = maze.is(static_cast<int>(at.x), static_cast<int>(at.y), ground);
      EXPECT_EQ(wall, !plan.open(column, row)) << column << ", " << row;
      (wall ? walls : ways) += 1;
    }
  EXPECT_GT(walls, 10);
  EXPECT_GT(ways, 5);
  EXPECT_LT(map_of([] { return std::make_unique<envs::PointMaze>(); }, true).first.count(ground), 100)
      << "of a place and a speed there is no plan";
  EXPECT_LT(map_of([] { return std::make_unique<envs::Lander>(); }, false).first.count(ground), 100)
      << "whose picture has other coordinates";
}

TEST(ValueMap, HasAnglesOnItsAxesNotTheirCosines) {
  const ValueMap map(envs::Pendulum().spec());
  ASSERT_EQ(map.axes().size(), 2U);
  EXPECT_EQ(map.axes()[0].name, "angle");
  const std::array<float, 3> observation{std::cos(2.0F), std::sin(2.0F), 5};
  EXPECT_FLOAT_EQ(map.axes()[0].of(observation), 2);
  std::array<float, 3> turned = observation;
  map.axes()[0].put(-1, turned);
  EXPECT_FLOAT_EQ(turned[0], std::cos(-1.0F));
  EXPECT_FLOAT_EQ(turned[1], std::sin(-1.0F));
  EXPECT_EQ(turned[2], 5);
  const ValueMap poles(envs::CartPole().spec());
  EXPECT_EQ(poles.axes()[static_cast<std::size_t>(poles.across())].name, "angle");
  EXPECT_EQ(poles.axes()[static_cast<std::size_t>(poles.up())].name, "angular velocity");
  const ValueMap lander(envs::Lander().spec());
  EXPECT_EQ(lander.across(), 0) << "where a place is shown, it is the place";
  EXPECT_EQ(lander.up(), 1);
}

TEST(ValueMap, TurnsItsAxesToOtherComponentsNeverTheSame) {
  envs::Spec spec = mountain_car()->spec();
  spec.observation.push_back({"z", "", -1, 1});
  ValueMap map(spec);
  EXPECT_EQ(map.across(), 0);
  EXPECT_EQ(map.up(), 1);
  map.turn_across();
  EXPECT_EQ(map.across(), 2);
  map.turn_up();
  EXPECT_EQ(map.up(), 0);
  map.turn_across();
  EXPECT_EQ(map.across(), 1);
}

}  // namespace
}  // namespace cairn::render
