// Whole pages beside stored ones that a person has looked at. CAIRN_STORE_SCREENS=1 in the environment stores them
// anew.
#include <cairo.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "envs/classic/mountain_car.h"
#include "pixels.h"
#include "policies.h"
#include "render/drawing/picture_canvas.h"
#include "render/sheets/dashboard.h"
#include "render/sheets/descents.h"
#include "render/sheets/optimizer_inside.h"
#include "render/sheets/play.h"
#include "render/sheets/race.h"
#include "render/sheets/run_sheet.h"
#include "render/sheets/side_by_side.h"
#include "render/sheets/value_map.h"
#include "render/worlds/flight.h"
#include "render/worlds/sketch.h"
#include "run_curves.h"

namespace cairn::render {
namespace {

constexpr int cell = 8;  // pixels: finer than that, no two machines draw alike

struct Tolerance {
  double differs;  // of 255, in a cell's mean
  double share;    // of cells that do
};
constexpr Tolerance fine{10, 0.001};   // roundings
constexpr Tolerance coarse{24, 0.03};  // another font

/// What letters allow: those of the stored pictures are DejaVu Sans's, which no other font's widths are.
Tolerance tolerance() {
  const float width = Picture(8, 8).text_width(100, "Return while learning 0123456789");
  return std::abs(width - 2389) < 2 ? fine : coarse;
}

/// Mean red, green and blue of each cell.
struct Cells {
  int columns, rows;
  std::vector<std::array<double, 3>> means{};
};

template <class At>
Cells cells(int width, int height, At&& at) {
  Cells all{width / cell, height / cell};
  for (int row = 0; row < all.rows; ++row)
    for (int column = 0; column < all.columns; ++column) {
      std::array<double, 3> sum{};
      for (int i = 0; i < cell * cell; ++i) {
        const Color color = at(column * cell + i % cell, row * cell + i / cell);
        sum[0] += color.r, sum[1] += color.g, sum[2] += color.b;
      }
      for (double& channel : sum) channel /= cell * cell;
      all.means.push_back(sum);
    }
  return all;
}

Cells cells(const Picture& picture) {
  const Pixels pixels(picture);
  return cells(picture.width_pixels(), picture.height_pixels(), [&](int x, int y) { return pixels.at(x, y); });
}

Cells stored(const std::filesystem::path& path) {
  cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
  EXPECT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS) << path;
  const unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  Cells all = cells(cairo_image_surface_get_width(surface), cairo_image_surface_get_height(surface), [&](int x, int y) {
    const unsigned char* p = data + y * stride + 4 * x;  // blue first
    return Color{p[2], p[1], p[0]};
  });
  cairo_surface_destroy(surface);
  return all;
}
bool alike(const Cells& a, const Cells& b, Tolerance allowed = fine) {
  if (a.columns != b.columns || a.rows != b.rows) return false;
  int count = 0;
  for (std::size_t i = 0; i < a.means.size(); ++i) {
    double most = 0;
    for (std::size_t k = 0; k < 3; ++k) most = std::max(most, std::abs(a.means[i][k] - b.means[i][k]));
    count += most > allowed.differs ? 1 : 0;
  }
  return count <= allowed.share * static_cast<double>(a.means.size());
}

/// Beside the stored picture; where asked to, stores it before.
bool as_stored(const std::string& name, const Picture& picture) {
  const std::filesystem::path path = std::filesystem::path(CAIRN_TEST_DATA) / "screens" / (name + ".png");
  if (std::getenv("CAIRN_STORE_SCREENS") != nullptr) picture.write_png(path);
  return alike(cells(picture), stored(path), tolerance());
}

/// A run's curves; `training` and `evaluations` say whether of those.
RunCurves some_curves(bool training = true, bool evaluations = true) {
  RunCurves curves;
  for (int i = 1; i <= 200; ++i) {
    const double done = i / 200.0, mean = 240 * done * done - 100, success = done * done;
    add_iteration(curves, i * 1000, i, training ? mean + 15 * std::sin(i) : NAN, success,
                  {{"train/value_loss", 40 * std::exp(-3 * done)},
                   {"train/entropy", 1.3 - done},
                   {"train/gradient_norm", 0.5 + 0.1 * std::cos(i)},
                   {"train/learning_rate", i < 120 ? 1e-3 : 5e-4}});
    if (evaluations && i % 40 == 0) add_evaluation(curves, i * 1000, mean + 30, std::min(1.0, success + 0.1));
  }
  curves.threshold = 200;
  curves.mark(60'000, "lion");
  curves.mark(120'000, "rate x 0.5");
  return curves;
}

/// A run some way on, in a world whose own picture has few letters.
class Screens : public testing::Test {
 protected:
  ShownWorlds worlds;
  RunCurves curves;
  Picture picture{640, 360, 0.5F};  // at half size
  ViewLayout layout = lay_out(picture.width(), picture.height());

  explicit Screens(const envs::EnvironmentFactory& factory = lander) : worlds(factory, 12, 7) {
    worlds.set_policy(steady_policy(worlds.spec()));
    for (int i = 0; i < 60; ++i) worlds.step();
    curves = some_curves();
  }

  template <class Right>
  const Picture& drawn(std::size_t page, Right&& right) {
    picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
    draw_head(picture, layout.head,
              {.learner = "ppo",
               .world = worlds.spec().id,
               .task = worlds.spec().summary,
               .steps = 200'000,
               .total_steps = 500'000});
    draw_worlds(picture, layout.worlds, worlds, {});
    std::vector<Box> places;
    right(draw_page_names(picture, layout.charts, {"Curves", "Optimizer", "Value map"}, page, places));
    return picture;
  }
};

TEST_F(Screens, CurvesWithMarks) {
  const auto draw = [&](Box box) { draw_curves(picture, box, curves); };
  EXPECT_TRUE(as_stored("curves", drawn(0, draw)));
  const Cells page = cells(picture);
  curves.marks.clear();
  EXPECT_FALSE(alike(cells(drawn(0, draw)), page)) << "marks";
  curves = some_curves(false);
  EXPECT_FALSE(alike(cells(drawn(0, draw)), page)) << "a curve";
}

TEST_F(Screens, OptimizersInside) {
  std::vector<optim::BlockInspection> blocks;
  for (const char* part : {"actor", "critic"})
    for (int layer = 0; layer < 3; ++layer) {
      optim::BlockInspection& block = blocks.emplace_back();
      block.name = std::string(part) + "/" + std::to_string(layer) + "/weight";
      block.update_to_weight = 1e-3;
      for (int i = 0; i < 400; ++i) {
        const double spread = std::sin(0.37 * i) + std::sin(0.11 * i);
        block.steps.add(std::pow(10.0, -4 + 0.5 * spread - 0.3 * layer));
        block.ratios.add(std::pow(10.0, -3 + 0.9 * spread));
      }
    }
  const auto draw = [&](Box box) { draw_optimizer_inside(picture, box, blocks, 1e-3); };
  EXPECT_TRUE(as_stored("optimizer", drawn(1, draw)));
  const Cells page = cells(picture);
  blocks.resize(5);
  EXPECT_FALSE(alike(cells(drawn(1, draw)), page)) << "a block";
}

class CarScreens : public Screens {
 protected:
  CarScreens() : Screens([] { return std::make_unique<envs::MountainCar>(); }) {}
};

TEST_F(CarScreens, ValueMapAndHelp) {
  agents::Policy critic;  // worth tanh of position and velocity
  critic.head = agents::Head::value;
  critic.shape = {.inputs = 2, .hidden = {2}, .outputs = 1};
  critic.parameters.setZero(9);
  critic.parameters << 2, 10, -1, 30, 0.5F, 0, 1, 1, 0;
  ValueMap map(worlds.spec());
  map.set_critic(critic);
  for (int i = 0; i < 100; ++i) {
    worlds.step();
    map.visit(worlds);
  }
  const auto draw = [&](Box box) { map.draw(picture, box, worlds, 0); };
  EXPECT_TRUE(as_stored("value_map", drawn(2, draw)));
  const Cells page = cells(picture);
  std::vector<KeyHelp> keys(16, {"Space", "pause and go on, and the other things that a key can do in a window"});
  keys[0] = {"H", "this help"};
  const Picture& helped = drawn(2, [&](Box box) {
    draw(box);
    draw_help(picture, {0, 0, picture.width(), picture.height()}, keys);
  });
  EXPECT_FALSE(alike(cells(helped), page)) << "the help";
  EXPECT_TRUE(as_stored("help", helped));
}

TEST(Screen, TakesNoNoticeOfRoundings) {
  const auto noisy = [](int noise) {
    return cells(160, 80, [&](int x, int y) {
      const int off = (x * 7 + y * 13) % (2 * noise + 1) - noise;
      return Color{static_cast<unsigned char>(120 + off), static_cast<unsigned char>(90 - off), 60};
    });
  };
  EXPECT_TRUE(alike(noisy(0), noisy(9)));
  Cells other = noisy(0);
  other.means[7][1] += fine.differs + 1;
  EXPECT_FALSE(alike(noisy(0), other)) << "of so few cells one is more than a thousandth";
}

TEST(Screen, Race) {
  ShownWorlds worlds(lander, 4, 7);
  worlds.set_policy(steady_policy(worlds.spec()));
  for (int i = 0; i < 50; ++i) worlds.step();
  Sketch probe;
  worlds.world(0).environment->draw(probe);
  RaceSheet sheet{.title = "ppo in lander",
                  .subtitle = "4 optimizers from the same weights and seeds (seed 1)",
                  .total_steps = 200'000,
                  .threshold = 150,
                  .aspect = probe.aspect()};
  for (const char* name : {"adam:lr=1e-3", "sgd:lr=0.1,momentum=0.9", "lion:lr=1e-4", "rmsprop"}) {
    Racer& racer = sheet.racers.emplace_back(Racer{.name = name, .steps = 150'000});
    const auto slow = static_cast<double>(sheet.racers.size());
    for (int i = 1; i <= 75; ++i)
      racer.returns.add(2'000 * i, 420 * (1 - std::exp(-i / (12 * slow))) - 200 + 12 * std::sin(slow * i));
  }
  sheet.racers[0].solved = 46'000;
  sheet.racers[1].solved = 92'000;
  sheet.racers[3].trouble = "diverged";
  const auto drawn = [&] {
    Picture picture(720, 400, 0.75F);
    draw_race(picture, sheet, [&](std::size_t i, Picture& page, Box box) {
      PictureCanvas canvas(page, box, 6);
      worlds.world(static_cast<int>(i)).environment->draw(canvas);
    });
    draw_foot(picture, {0, picture.height() - 16, picture.width(), 16},
              {.learner = {}, .world = {}, .message = "Saved race-150000.png"}, "H  keys     Space  pause");
    return picture;
  };
  const Picture race = drawn();
  EXPECT_TRUE(as_stored("race", race));
  std::swap(sheet.racers[0], sheet.racers[2]);
  EXPECT_FALSE(alike(cells(drawn()), cells(race))) << "colours";
  std::swap(sheet.racers[0], sheet.racers[2]);
  for (Racer& racer : sheet.racers) racer.name.clear();
  EXPECT_FALSE(alike(cells(drawn()), cells(race))) << "whose is which";
}

TEST_F(Screens, SideBySide) {
  SideBySide sheet{.title = "Bring a rocket to rest", .subtitle = "The same episodes for all", .episode = 2};
  for (const agents::Pilot pilot : {agents::Pilot::heuristic, agents::Pilot::random}) {
    Contender& one = sheet.contenders.emplace_back(Contender{.name = std::string(agents::to_string(pilot))});
    one.flight = fly(pilot, lander, 0, 0);
    one.about = "a pilot";
    one.count();
    for (int i = 0; i <= 40; ++i)
      one.x.push_back(5'000 * i), one.y.push_back(-200 + 10 * i * (one.flight.success ? 1 : 0.5));
  }
  Picture picture(960, 540);
  draw_moment(picture, sheet, 150);
  EXPECT_TRUE(as_stored("side_by_side", picture));
}

/// Down a valley: gradient descent, momentum, and one that only minds signs.
DescentSheet valley() {
  constexpr double steep = 30;
  const auto loss = [](double x, double y) { return 0.5 * (x * x + steep * y * y); };
  DescentSheet sheet{.title = "valley",
                     .subtitle = "valley:steep=30",
                     .sentence = "a bowl that is steep across and shallow along",
                     .formula = "f(x0, x1) = (x0² + steep x1²) / 2",
                     .landscape = {},
                     .optima = {{0, 0}}};
  sheet.landscape.field = sample(loss, -2.4, 1, -1, 1, 80, 80);
  sheet.landscape.levels = geometric_levels(sheet.landscape.field, 12);
  sheet.landscape.shaded = true;
  sheet.landscape.shade = &dusk;
  for (int rule = 0; rule < 3; ++rule) {
    constexpr std::array names{"sgd", "sgd:momentum=0.9", "signum"}, rates{"0.05", "0.01", "0.03"};
    constexpr std::array step{0.05, 0.01, 0.03};
    const auto k = static_cast<std::size_t>(rule);
    Descent descent{.name = names[k], .note = rates[k], .color = series_color(rule)};
    double x = -2, y = 0.7, along = 0, across = 0;
    for (int i = 0; i <= 60; ++i) {
      descent.x.push_back(x), descent.y.push_back(y), descent.gaps.push_back(loss(x, y));
      along = (rule == 1 ? 0.9 * along : 0) + x, across = (rule == 1 ? 0.9 * across : 0) + steep * y;
      if (rule == 1) descent.momentum_x.push_back(along), descent.momentum_y.push_back(across);
      x -= step[k] * (rule == 2 ? std::copysign(1.0, along) : along);
      y -= step[k] * (rule == 2 ? std::copysign(1.0, across) : across);
    }
    sheet.descents.push_back(std::move(descent));
  }
  return sheet;
}

TEST(Screen, Landscape) {
  DescentSheet sheet = valley();
  const auto drawn = [&] {
    Picture picture(720, 400, 0.75F);
    const Plot plane = draw_landscape(picture, sheet);
    draw_descents(picture, plane, sheet, 40);
    draw_foot(picture, {plane.right(), picture.height() - 24, picture.width() - plane.right(), 24}, {},
              "H  keys     Click  another start     Space  pause");
    return picture;
  };
  const Picture landscape = drawn();
  EXPECT_TRUE(as_stored("landscape", landscape));
  for (Descent& descent : sheet.descents) descent.name.clear();
  EXPECT_FALSE(alike(cells(drawn()), cells(landscape))) << "the legend";
  sheet = valley();
  std::swap(sheet.descents[0].color, sheet.descents[1].color);
  EXPECT_FALSE(alike(cells(drawn()), cells(landscape))) << "colours";
  sheet = valley();
  sheet.landscape.levels.clear();
  EXPECT_FALSE(alike(cells(drawn()), cells(landscape))) << "contours";
}

TEST(Screen, Play) {
  envs::Lander world;
  std::vector<float> observation(static_cast<std::size_t>(world.spec().observation_size()));
  world.reset(envs::Random(3, envs::Stream::demonstration), observation);
  const Held up{.up = true};
  Controls controls(world.spec());
  PlayStatus status{.phase = PlayStatus::Phase::flying,
                    .title = world.spec().summary,
                    .steps = 40,
                    .horizon = world.spec().horizon,
                    .achieved = world.spec().achieved,
                    .earned = {.at = {10, 9}, .reward = 1},
                    .burst = 0.2F,
                    .kept = 2};
  for (int i = 0; i < status.steps; ++i) status.reward = world.step(controls.action(up), observation).reward;
  const auto drawn = [&](const Held& held) {
    Picture picture(720, 400, 0.75F);
    draw_play(picture, status, world, controls, held);
    return picture;
  };
  const Picture flying = drawn(up);
  EXPECT_TRUE(as_stored("play", flying));
  EXPECT_FALSE(alike(cells(drawn({})), cells(flying))) << "the key that is held";
  status.burst = 1;
  EXPECT_FALSE(alike(cells(drawn(up)), cells(flying))) << "the rare reward";
  status.phase = PlayStatus::Phase::over;
  status.success = true;
  const Picture over = drawn({});
  EXPECT_TRUE(as_stored("play_over", over));
  status.success = false;
  EXPECT_FALSE(alike(cells(drawn({})), cells(over))) << "how it ended";
}

TEST(Screen, RunSheet) {
  const agents::Policy policy = steady_policy(envs::Lander().spec());
  RunCurves curves = some_curves();
  RunSheet sheet{.title = "Land between two flags", .subtitle = "Flown by ppo after 200k steps of training"};
  for (std::uint32_t i = 0; i < 2; ++i) {
    sheet.flights.push_back(fly(policy, lander, 1, i));
    sheet.captions.emplace_back("120 steps, return -120.0, no success");
  }
  const auto drawn = [&] {
    sheet.charts = learning_charts(curves);
    Picture picture(840, 352, 0.7F);
    draw_run_sheet(picture, sheet);
    return picture;
  };
  const Picture whole = drawn();
  EXPECT_TRUE(as_stored("run_sheet", whole));
  curves.marks.clear();
  EXPECT_FALSE(alike(cells(drawn()), cells(whole))) << "marks";
  curves = some_curves(true, false);
  EXPECT_FALSE(alike(cells(drawn()), cells(whole))) << "evaluations";
  sheet.flights.pop_back();
  EXPECT_FALSE(alike(cells(drawn()), cells(whole))) << "a flight";
}

}  // namespace
}  // namespace cairn::render
