#include "render/sheets/dashboard.h"

#include <gtest/gtest.h>

#include "pixels.h"
#include "policies.h"
#include "run_curves.h"
#include "tests/envs/counting_world.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

RunCurves curves() {
  RunCurves made;
  for (int i = 0; i < 100; ++i)
    add_iteration(made, i * 1000, i, i < 3 ? NAN : i, 0.01 * i,
                  {{"train/value_loss", 1.0 / (i + 1)}, {"train/entropy", 1 - 0.01 * i}, {"train/gradient_norm", 0.5}});
  add_evaluation(made, 50'000, 60, 0.5);
  made.threshold = 80;
  return made;
}

TEST(Dashboard, PartsDoNotOverlapAtAnyShape) {
  for (const auto& [width, height] :
       {std::pair{1280.0F, 720.0F}, {1280.0F, 960.0F}, {2200.0F, 720.0F}, {853.0F, 480.0F}}) {
    const ViewLayout layout = lay_out(width, height);
    EXPECT_LE(layout.head.bottom(), layout.worlds.y);
    EXPECT_LE(layout.worlds.right(), layout.charts.x);
    EXPECT_LE(layout.worlds.bottom(), layout.foot.y);
    EXPECT_LE(layout.charts.right(), width);
    EXPECT_LE(layout.foot.bottom(), height);
  }
}

TEST(Dashboard, ASmallWindowIsLaidOutForLess) {
  EXPECT_EQ(layout_share(1280, 720), 1);
  EXPECT_EQ(layout_share(3840, 2160), 1);
  EXPECT_EQ(layout_share(800, 600), 1);
  EXPECT_NEAR(layout_share(640, 400), 0.5 / 0.6, 1e-3);
  EXPECT_NEAR(layout_share(100, 100), 2.0 / 3, 1e-3);
}

TEST(Dashboard, DrawsEveryCurve) {
  Picture picture(530, 650);
  draw_curves(picture, {0, 0, 530, 650}, curves());
  const Pixels pixels(picture);
  for (const Color color : {blue, orange, vermilion, purple, green}) EXPECT_GT(pixels.count(color, 30), 20);
  const RunCurves none;
  draw_curves(picture, {0, 0, 530, 650}, none);  // before the first iteration
}

TEST(Dashboard, DrawsACurriculumInPlaceOfTheLearningRate) {
  const auto drawn = [](bool curriculum) {
    RunCurves made;
    for (int i = 0; i < 100; ++i) {
      std::vector<agents::Telemetry::Metric> metrics{{"train/learning_rate", 0.001}};
      if (curriculum) metrics.push_back({"train/difficulty", 0.01 * i});
      add_iteration(made, i * 1000, i, i, 0.5, std::move(metrics));
    }
    Picture picture(530, 650);
    draw_curves(picture, {0, 0, 530, 650}, made);
    return Pixels(picture).count(yellow, 20);
  };
  EXPECT_GT(drawn(true), 0);
  EXPECT_NE(drawn(true), drawn(false)) << "a rising line, not a level one";
}

TEST(Dashboard, MarksWhereAPersonChangedTheLearning) {
  RunCurves marked = curves();
  marked.mark(30'000, "rate x 0.5");
  marked.mark(30'000, "rate x 0.25");
  marked.mark(30'000, "lion");
  marked.mark(60'000, "rate x 2");
  ASSERT_EQ(marked.marks.size(), 2U);
  EXPECT_EQ(marked.marks[0].label, "rate x 0.25, lion");
  const auto drawn = [](const RunCurves& one) {
    Picture picture(530, 650);
    draw_curves(picture, {0, 0, 530, 650}, one);
    return Pixels(picture).count(purple, 20);
  };
  EXPECT_GT(drawn(marked), drawn(curves()) + 200);
}

TEST(Dashboard, NamesThePagesAndLeavesTheRest) {
  Picture picture(530, 100);
  std::vector<Box> places;
  const Box rest = draw_page_names(picture, {0, 0, 530, 100}, {"Curves", "Optimizer"}, 1, places);
  ASSERT_EQ(places.size(), 2U);
  EXPECT_GT(places[1].x, places[0].right());
  EXPECT_EQ(rest.bottom(), 100);
  EXPECT_GT(rest.y, 10);
  const Pixels pixels(picture);
  EXPECT_GT(pixels.count(ground), 400) << "the one that is lit";
}

TEST(Dashboard, ReturnsBeforeTheFirstEpisodeAndLossesBeforeTheFirstUpdateAreNoPoints) {
  const RunCurves made = curves();
  EXPECT_EQ(made.training.trace("return_mean").x().size(), 97U);
  EXPECT_EQ(made.training.trace("train/value_loss").x().size(), 99U);
  RunCurves learner;
  for (int i = 0; i < 10; ++i)
    add_iteration(learner, i, std::max(0, i - 5), i, 0,
                  {{"train/learning_rate", i < 6 ? 0 : 1e-3}, {"train/epsilon", 1}});
  EXPECT_EQ(learner.training.trace("train/learning_rate").x().front(), 6);
  EXPECT_EQ(learner.training.trace("train/learning_rate").x().size(), 4U);
  EXPECT_EQ(learner.training.trace("train/epsilon").x().size(), 10U) << "there is exploring before any update";
}

TEST(Dashboard, KeepsACurveOfEverythingReported) {
  const RunCurves made = curves();
  EXPECT_EQ(made.training.trace("updates").last(), 99);
  EXPECT_EQ(made.training.trace("train/entropy").x().back(), 99'000) << "over steps";
  EXPECT_EQ(made.evaluations.trace("return_mean").y(), std::vector<double>{60});
  EXPECT_EQ(made.evaluations.trace("success_rate").x(), std::vector<double>{50'000});
  EXPECT_EQ(made.training.find("train/loss"), nullptr);
  EXPECT_TRUE(made.training.trace("train/loss").x().empty());
}

TEST(Dashboard, WhereSmallValuesMatterTheAxisIsLogarithmic) {
  const RunCurves made = curves();
  EXPECT_TRUE(made.training.find("train/value_loss")->log_axis);
  EXPECT_FALSE(made.training.find("train/entropy")->log_axis);
  const auto height_of_the_middle = [](const char* loss) {
    RunCurves one;
    for (int i = 0; i < 30; ++i) add_iteration(one, i, 1, NAN, NAN, {{loss, i < 10 ? 1e-4 : i < 20 ? 1e-2 : 1}});
    Picture picture(530, 650);
    draw_curves(picture, {0, 0, 530, 650}, one);
    const Pixels pixels(picture);
    for (int y = 0; y < 650; ++y)
      for (int x = 135; x < 165; ++x)
        if (pixels.is(x, y, vermilion, 30)) return 650 - y;
    return 0;
  };
  EXPECT_GT(height_of_the_middle("train/policy_loss"), 0);
  EXPECT_GT(height_of_the_middle("train/value_loss"), height_of_the_middle("train/policy_loss") + 20);
}

TEST(Dashboard, ShowsAllWorldsOrOneAndWhatOnTopOfIt) {
  ShownWorlds worlds(lander, 4, 1);
  worlds.set_policy(steady_policy(worlds.spec()));
  for (int i = 0; i < 30; ++i) worlds.step();
  const auto drawn = [&](const Look& look) {
    Picture picture(600, 500);
    draw_worlds(picture, {0, 0, 600, 500}, worlds, look);
    if (look.help) draw_help(picture, {0, 0, 600, 500}, {{"H", "help"}, {"Q", "quit"}});
    return Pixels(picture);
  };
  const Pixels all = drawn({}), one = drawn({.selected = 2, .alone = true}), help = drawn({.help = true});
  EXPECT_TRUE(all.is(300, 250, {0, 0, 0})) << "the gap between four worlds";
  EXPECT_FALSE(one.is(300, 250, {0, 0, 0}));
  EXPECT_LT(help.count(ground), all.count(ground)) << "the help lies over the worlds";
}

/// Beside an edge that is on the pixel grid there is one colour, and on it at once the other.
TEST(Dashboard, PanelsAreSharpAtAnySize) {
  for (const auto& [width, height] :
       {std::pair{800, 600}, {1280, 720}, {1366, 768}, {1111, 777}, {1920, 1080}, {3840, 2160}}) {
    const float share = layout_share(width, height);
    const float scale =
        std::min(static_cast<float>(width) / (share * view_width), static_cast<float>(height) / (share * view_height));
    Picture picture(width, height, scale);
    picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
    const Box place = on_pixels(picture, lay_out(picture.width(), picture.height(), true, true)).charts;
    const auto pixels_of = [&](float units) { return static_cast<int>(std::lround(units * scale)); };
    Picture part(pixels_of(place.width), pixels_of(place.height), scale);
    part.fill(Box{0, 0, part.width(), part.height()}, page_color);
    std::vector<Box> names;
    ChartPage page;
    draw_curves(part, draw_page_names(part, {0, 0, part.width(), part.height()}, {"Curves", "Other"}, 0, names),
                curves(), &page);
    picture.paste(part, place);
    ShownWorlds worlds(lander, 1, 7);
    const Box left = on_pixels(picture, lay_out(picture.width(), picture.height(), true, true)).worlds;
    draw_worlds(picture, left, worlds, {.alone = true});
    page.shift({place.x, place.y});
    const Pixels pixels(picture);
    for (const PlacedChart& chart : page.placed) {
      const int x = pixels_of(chart.box.x), y = pixels_of(chart.box.centre().y);
      EXPECT_TRUE(pixels.is(x - 1, y, page_color, 0)) << chart.name << " at " << width;
      EXPECT_TRUE(pixels.is(x, y, sky, 0)) << chart.name << " at " << width;
      const int plot = pixels_of(chart.plot.x);
      const auto whole = [&](float at) {
        const int row = pixels_of(at);
        return pixels.is(plot, row, {44, 50, 68}, 0) || pixels.is(plot, row, sky, 0);
      };
      EXPECT_TRUE(whole(chart.plot.y + 4) || whole(chart.plot.bottom() - 4))  // where no curve begins
          << "a line of the grid is not half a pixel: " << chart.name << " at " << width;
    }
    const Box world = world_boxes(left, worlds, {.alone = true}).front();
    const int edge = pixels_of(world.x), middle = pixels_of(world.y + 0.3F * world.height);
    EXPECT_TRUE(pixels.is(edge - 1, middle, page_color, 0)) << width;
    EXPECT_TRUE(pixels.is(edge, middle, pixels.at(edge + 1, middle), 0)) << width;
    EXPECT_FALSE(pixels.is(edge, middle, page_color, 2)) << width;
  }
}

TEST(Dashboard, AWorldsPictureTakesItsPlaceButForTheLineBelow) {
  ShownWorlds worlds(lander, 4, 1);
  Sketch probe;
  worlds.world(0).environment->draw(probe);
  for (const Look& look : {Look{}, Look{.alone = true}}) {
    const Box place = world_boxes({0, 0, 700, 600}, worlds, look)[0], part = picture_part(place, look.alone);
    EXPECT_NEAR(part.width / part.height, probe.aspect(), 1e-3);
    EXPECT_LT(part.bottom(), place.bottom());
  }
}

TEST(Dashboard, AllKeysAreSeenInALowWindowToo) {
  Picture picture(900, 480);
  draw_help(picture, {0, 0, 900, 480}, std::vector<KeyHelp>(30, {"Q", "close the window"}));
  const Pixels pixels(picture);
  int lines = 0;
  bool before = false;
  for (int y = 0; y < 480; ++y) {
    bool letters = false;
    for (int x = 0; x < 900; ++x) letters |= pixels.is(x, y, yellow, 40);
    lines += letters && !before ? 1 : 0;
    before = letters;
  }
  EXPECT_EQ(lines, 30);
}

TEST(Dashboard, WhereSuccessIsAllThatIsPaidThereIsOneCurve) {
  Picture picture(530, 650);
  for (const double paid : {1.0, 2.0}) {
    RunCurves made;
    for (int i = 0; i < 50; ++i)
      add_iteration(made, i * 1000, i, i < 2 ? NAN : paid * 0.01 * i, i < 2 ? NAN : 0.01 * i);
    add_evaluation(made, 50'000, paid * 0.5, 0.5);
    ChartPage page;
    draw_curves(picture, {0, 0, 530, 650}, made, &page);
    EXPECT_EQ(return_is_success(made), paid == 1);
    EXPECT_EQ(page.placed[1].name == "Success rate", paid == 2);
    EXPECT_EQ(page.placed.size(), paid == 1 ? 5U : 6U);
    EXPECT_EQ(page.placed[0].plot.y_high == 1, paid == 1);
  }
  RunCurves nothing;
  for (int i = 0; i < 50; ++i) add_iteration(nothing, i * 1000, i, 0, 0);
  EXPECT_FALSE(return_is_success(nothing)) << "what a success pays is not known yet";
  EXPECT_FALSE(return_is_success(RunCurves()));
}

TEST(Dashboard, NothingLiesOverAWorldAndTheLineBelowItTurnsWhenItsTaskIsDone) {
  ShownWorlds worlds([] { return std::make_unique<envs::CountingWorld>(400); }, 2, 1);
  worlds.set_policy(steady_policy(worlds.spec()));
  worlds.set_best_actions(true);
  const Box box{0, 0, 400, 230};
  const std::vector<Box> boxes = world_boxes(box, worlds, {});
  const auto drawn = [&] {
    Picture picture(400, 230);
    draw_worlds(picture, box, worlds, {.pilots = {"newest", "after 10k"}});
    return Pixels(picture);
  };
  const auto light = [&](const Pixels& pixels, const Box& part) {
    int lit = 0;
    for (int y = static_cast<int>(part.y); y < static_cast<int>(part.bottom()); ++y)
      for (int x = static_cast<int>(part.x); x < static_cast<int>(part.right()); ++x)
        lit += pixels.is(x, y, {0, 0, 0}, 40) ? 0 : 1;
    return lit;
  };
  constexpr float below = 14;
  const Box& one = boxes[1];  // which is not the chosen one
  const Box world{one.x, one.y, one.width, one.height - below - 2};
  const Box line{one.x, one.bottom() - below, one.width, below};
  for (int i = 0; i < 2; ++i) worlds.step();
  EXPECT_EQ(light(drawn(), world), 0) << "this one draws nothing itself";
  EXPECT_GT(light(drawn(), line), 20) << "return, task and pilot";
  EXPECT_EQ(drawn().count(green, 40), 0);
  worlds.step();
  EXPECT_GT(drawn().count(green, 40), 500) << "the frame";
  const int turned = light(drawn(), line);
  for (int i = 0; i < 15; ++i) worlds.step();
  EXPECT_GT(light(drawn(), world), 400 + 2 * static_cast<int>(world.width + world.height)) << "it bursts";
  EXPECT_EQ(light(drawn(), line), turned);
  for (int i = 0; i < 2 * worlds.spec().steps_a_second; ++i) worlds.step();
  EXPECT_NE(light(drawn(), line), turned) << "the sentence says again what is to be done";
}

TEST(Dashboard, HeadAndFootSayWhereTheRunIs) {
  Picture early(1280, 100), late(1280, 100);
  const RunStatus begin{.learner = "ppo", .world = "lander", .steps = 10'000, .total_steps = 1'000'000};
  RunStatus end = begin;
  end.steps = 900'000;
  end.message = "Saved";
  draw_head(early, {0, 0, 1280, 44}, begin);
  draw_head(late, {0, 0, 1280, 44}, end);
  EXPECT_GT(Pixels(late).count(blue), Pixels(early).count(blue) + 500) << "the bar";
  draw_foot(late, {0, 60, 1280, 24}, end, "hint");
  EXPECT_GT(Pixels(late).count(yellow, 60), 3) << "the message";
}

}  // namespace
}  // namespace cairn::render
