#include "render/sheets/policy_strip.h"

#include <gtest/gtest.h>

#include <vector>

#include "pixels.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

const std::vector<std::int64_t> moments{0, 1'000, 2'000, 4'000};
constexpr Box box{0, 0, 500, strip_height};

TEST(PolicyStrip, TheMomentUnderAMouseIsTheNearestPolicys) {
  const PolicyStrip strip{.moments = moments, .over = Box{100, 0, 200, 50}};
  EXPECT_EQ(moment_under(50, box, strip), 0) << "left of all";
  EXPECT_EQ(moment_under(145, box, strip), 1'000);
  EXPECT_EQ(moment_under(190, box, strip), 2'000);
  EXPECT_EQ(moment_under(299, box, strip), std::nullopt) << "the newest";
  EXPECT_EQ(moment_under(480, box, strip), std::nullopt);
  EXPECT_EQ(moment_under(20, box, {}), std::nullopt) << "there are no policies yet";
}

TEST(PolicyStrip, ShowsWhetherTheNewestFliesOrAnother) {
  const auto drawn = [](std::optional<std::int64_t> moment) {
    Picture picture(500, 40);
    draw_policy_strip(picture, box, {.moments = moments, .moment = moment, .over = {}});
    return Pixels(picture);
  };
  EXPECT_GT(drawn({}).count(green, 30), 200);
  EXPECT_EQ(drawn({}).count(orange, 30), 0);
  EXPECT_GT(drawn(1'000).count(orange, 30), 50);
  EXPECT_EQ(drawn(1'000).count(green, 30), 0);
}

}  // namespace
}  // namespace cairn::render
