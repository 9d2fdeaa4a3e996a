// Whole pages of a view beside stored ones that a person has looked at. Fonts differ between machines, so it is the
// coarse picture that must be the same. CAIRN_STORE_SCREENS=1 in the environment stores them anew.
#include <cairo.h>
#include <gtest/gtest.h>

#include <array>

#include "envs/box2d/lander.h"
#include "envs/classic/mountain_car.h"
#include "pixels.h"
#include "policies.h"
#include "render/dashboard.h"
#include "render/optimizer_inside.h"
#include "render/value_map.h"
#include "scratch.h"

namespace cairn::render {
namespace {

constexpr int width = 640, height = 360;  // pixels, at half size
constexpr int cell = 8;                   // pixels: finer than that, no two machines draw alike
constexpr double differs = 24;            // of 255, in a cell's mean
constexpr double share_allowed = 0.03;    // of cells that differ

/// Mean red, green and blue of each cell.
using Cells = std::vector<std::array<double, 3>>;

template <class At>
Cells cells(At&& at) {
  Cells all;
  for (int y = 0; y < height; y += cell)
    for (int x = 0; x < width; x += cell) {
      std::array<double, 3> sum{};
      for (int i = 0; i < cell * cell; ++i) {
        const Color color = at(x + i % cell, y + i / cell);
        sum[0] += color.r, sum[1] += color.g, sum[2] += color.b;
      }
      for (double& channel : sum) channel /= cell * cell;
      all.push_back(sum);
    }
  return all;
}

Cells stored(const std::filesystem::path& path) {
  cairo_surface_t* surface = cairo_image_surface_create_from_png(path.c_str());
  EXPECT_EQ(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS) << path;
  EXPECT_EQ(cairo_image_surface_get_width(surface), width);
  EXPECT_EQ(cairo_image_surface_get_height(surface), height);
  const unsigned char* data = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  Cells all = cells([&](int x, int y) {
    const unsigned char* p = data + y * stride + 4 * x;  // blue first
    return Color{p[2], p[1], p[0]};
  });
  cairo_surface_destroy(surface);
  return all;
}

double share_that_differs(const Cells& a, const Cells& b) {
  int count = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t k = 0; k < 3; ++k)
      if (std::abs(a[i][k] - b[i][k]) > differs) {
        ++count;
        break;
      }
  return static_cast<double>(count) / static_cast<double>(a.size());
}

/// A run some way on, in a world whose own picture has few letters.
class Screens : public testing::Test {
 protected:
  ShownWorlds worlds;
  RunCurves curves;
  Picture picture{width, height, 0.5F};
  ViewLayout layout = lay_out(picture.width(), picture.height());

  explicit Screens(const envs::EnvironmentFactory& factory = [] { return std::make_unique<envs::Lander>(); })
      : worlds(factory, 12, 7) {
    worlds.set_policy(steady_policy(worlds.spec()));
    for (int i = 0; i < 60; ++i) worlds.step();
    for (int i = 1; i <= 200; ++i) {
      const double done = i / 200.0;
      curves.add(i * 1000, 240 * done * done - 100 + 15 * std::sin(i), done * done,
                 {{"train/value_loss", 40 * std::exp(-3 * done)},
                  {"train/entropy", 1.3 - done},
                  {"train/gradient_norm", 0.5 + 0.1 * std::cos(i)},
                  {"train/learning_rate", i < 120 ? 1e-3 : 5e-4}});
    }
    curves.threshold = 200;
    curves.mark(60'000, "lion");
    curves.mark(120'000, "rate x 0.5");
  }

  template <class Right>
  Cells drawn(std::size_t page, Right&& right) {
    picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
    draw_head(picture, layout.head,
              {.learner = "ppo", .world = worlds.spec().id, .steps = 200'000, .total_steps = 500'000});
    draw_worlds(picture, layout.worlds, worlds, {});
    right(draw_page_names(picture, layout.charts, {"Curves", "Optimizer", "Value map"}, page));
    const Pixels pixels(picture);
    return cells([&](int x, int y) { return pixels.at(x, y); });
  }
  void expect_as_stored(const char* name, const Cells& now) {
    const std::filesystem::path path = std::filesystem::path(CAIRN_TEST_DATA) / "screens" / name;
    if (std::getenv("CAIRN_STORE_SCREENS") != nullptr) picture.write_png(path);
    EXPECT_LE(share_that_differs(now, stored(path)), share_allowed) << name;
  }
};

TEST_F(Screens, CurvesWithMarks) {
  const auto draw = [&](Box box) { draw_curves(picture, box, curves); };
  const Cells page = drawn(0, draw);
  expect_as_stored("curves.png", page);
  curves.returns = Trace();
  EXPECT_GT(share_that_differs(drawn(0, draw), page), 0) << "a curve less is seen";
  curves = RunCurves();
  EXPECT_GT(share_that_differs(drawn(0, draw), page), share_allowed);
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
  const Cells page = drawn(1, [&](Box box) { draw_optimizer_inside(picture, box, blocks, 1e-3); });
  expect_as_stored("optimizer.png", page);
  blocks.resize(3);
  EXPECT_GT(share_that_differs(drawn(1, [&](Box box) { draw_optimizer_inside(picture, box, blocks, 1e-3); }), page),
            share_allowed);
}

class CarScreens : public Screens {
 protected:
  CarScreens() : Screens([] { return std::make_unique<envs::MountainCar>(); }) {}
};

TEST_F(CarScreens, ValueMapAndHelp) {
  agents::Policy critic;  // worth tanh of position and velocity
  critic.head = agents::Head::q_values;
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
  const Cells page = drawn(2, draw);
  expect_as_stored("value_map.png", page);
  std::vector<KeyHelp> keys(16, {"Space", "pause and go on, and the other things that a key can do in a window"});
  keys[0] = {"H", "this help"};
  const Cells helped = drawn(2, [&](Box box) {
    draw(box);
    draw_help(picture, {0, 0, picture.width(), picture.height()}, keys);
  });
  expect_as_stored("help.png", helped);
  EXPECT_GT(share_that_differs(helped, page), share_allowed);
}

}  // namespace
}  // namespace cairn::render
