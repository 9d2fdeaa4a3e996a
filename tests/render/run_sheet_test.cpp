#include "render/run_sheet.h"

#include <gtest/gtest.h>

#include "envs/box2d/lander.h"
#include "pixels.h"
#include "policies.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

TEST(RunSheet, ShowsEveryFlightAndEveryChart) {
  const envs::EnvironmentFactory lander = [] { return std::make_unique<envs::Lander>(); };
  RunSheet sheet{.title = "Title", .subtitle = "Subtitle"};
  const agents::Policy policy = steady_policy(lander()->spec());
  Picture one(1200, 500), none(1200, 500), many(1200, 500);
  draw_run_sheet(none, sheet);
  sheet.flights.push_back(fly(policy, lander, 1, 0));
  sheet.captions.emplace_back("caption");
  draw_run_sheet(one, sheet);
  sheet.flights.push_back(fly(policy, lander, 1, 1));
  sheet.charts.push_back({.title = "Return", .series = {{.x = {0, 1}, .y = {0, 1}, .color = vermilion, .width = 5}}});
  draw_run_sheet(many, sheet);
  EXPECT_LT(Pixels(none).count(ground), 50) << "no world";
  EXPECT_GT(Pixels(one).count(ground), 20'000);
  const Pixels pixels(many);
  EXPECT_GT(pixels.count(vermilion), 1000);
  int left = 0, right = 0;  // flags stand in both worlds
  for (int y = 0; y < 500; ++y)
    for (int x = 0; x < 750; ++x) (x < 375 ? left : right) += pixels.is(x, y, yellow, 10) ? 1 : 0;
  EXPECT_GT(left, 50);
  EXPECT_GT(right, 50);
}

}  // namespace
}  // namespace cairn::render
