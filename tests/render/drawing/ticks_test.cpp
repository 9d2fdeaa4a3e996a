#include "render/drawing/ticks.h"

#include <gmock/gmock.h>

#include <limits>

namespace cairn::render {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Labels = std::vector<std::string>;

Labels labelled(double low, double high, int about) {
  return tick_labels(ticks(low, high, about));
}

TEST(Ticks, OfPowersOfTenAsManyAreShownAsThereIsRoomFor) {
  EXPECT_THAT(log_ticks(5e-4, 0.2, 2), ElementsAre(testing::DoubleEq(1e-3), testing::DoubleEq(0.1)));
  EXPECT_THAT(log_ticks(5e-3, 2, 2), ElementsAre(testing::DoubleEq(1e-2), 1));
}

TEST(Ticks, OneAloneSaysWhatItIs) {
  EXPECT_EQ(tick_labels(std::vector{0.0018}), std::vector<std::string>{"0.0018"});
  EXPECT_EQ(tick_labels(std::vector{250.0}), std::vector<std::string>{"250"});
  EXPECT_EQ(tick_labels(std::vector{0.0}), std::vector<std::string>{"0"});
}

TEST(Ticks, AreRoundAndWithinTheRange) {
  EXPECT_THAT(ticks(0, 10, 5), ElementsAre(0, 2, 4, 6, 8, 10));
  EXPECT_THAT(ticks(-250, 280, 5), ElementsAre(-200, -100, 0, 100, 200));
  EXPECT_THAT(ticks(0.13, 0.34, 4), ElementsAre(testing::DoubleEq(0.15), 0.2, 0.25, testing::DoubleEq(0.3)));
  EXPECT_THAT(ticks(3, 3, 5), IsEmpty());
  EXPECT_THAT(ticks(0, std::numeric_limits<double>::infinity(), 5), IsEmpty());
}

TEST(Ticks, LogarithmicOnesArePowersOfTen) {
  EXPECT_THAT(log_ticks(0.002, 50, 8), ElementsAre(0.01, 0.1, 1, 10));
  EXPECT_THAT(log_ticks(1e-6, 1e6, 5).size(), testing::Le(5U));
  EXPECT_THAT(log_ticks(2, 7, 5), testing::Not(IsEmpty())) << "no power of ten within";
  EXPECT_THAT(log_ticks(0, 7, 5), IsEmpty());
}

TEST(Ticks, LabelsHaveNoMoreDigitsThanTellThemApart) {
  EXPECT_EQ(labelled(0, 1, 5), (Labels{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(labelled(0, 1e6, 2), (Labels{"0", "0.5M", "1.0M"}));
  EXPECT_EQ(labelled(0, 400'000, 4), (Labels{"0", "100k", "200k", "300k", "400k"}));
  EXPECT_EQ(labelled(-200, 200, 4), (Labels{"-200", "-100", "0", "100", "200"}));
  EXPECT_EQ(labelled(0, 4e-4, 4), (Labels{"0", "1e-4", "2e-4", "3e-4", "4e-4"}));
  EXPECT_EQ(tick_labels(std::vector<double>{1e-6, 0.1, 1, 1e5}, true), (Labels{"1e-6", "0.1", "1", "1e5"}));
}

TEST(Ticks, ShortNumbersHaveThreeDigits) {
  EXPECT_EQ(short_number(0), "0");
  EXPECT_EQ(short_number(263.71), "264");
  EXPECT_EQ(short_number(-12.345), "-12.3");
  EXPECT_EQ(short_number(0.4567), "0.457");
  EXPECT_EQ(short_number(0.0148), "0.0148");
  EXPECT_EQ(short_number(0.00148), "0.00148");
  EXPECT_EQ(short_number(412'345), "412k");
  EXPECT_EQ(short_number(1'234'567), "1.23M");
  EXPECT_EQ(short_number(0.0003), "3e-4");
  EXPECT_EQ(short_number(std::numeric_limits<double>::quiet_NaN()), "–");
}

TEST(Ticks, ZeroHasNoSign) {
  EXPECT_EQ(plain_number(-0.3, 0), "0");
  EXPECT_EQ(plain_number(-0.004, 2), "0.00");
  EXPECT_EQ(plain_number(0.004, 2, true), "0.00");
  EXPECT_EQ(plain_number(-0.006, 2), "-0.01");
  EXPECT_EQ(plain_number(-12.34, 1), "-12.3");
  EXPECT_EQ(plain_number(12.34, 1, true), "+12.3");
  EXPECT_EQ(plain_number(12.34, 1), "12.3");
  EXPECT_EQ(short_number(-0.0), "0");
}

TEST(Ticks, CountsHaveNoZerosThatSayNothing) {
  EXPECT_EQ(short_count(0), "0");
  EXPECT_EQ(short_count(500), "500");
  EXPECT_EQ(short_count(2048), "2048");
  EXPECT_EQ(short_count(10'000), "10k");
  EXPECT_EQ(short_count(12'288), "12.3k");
  EXPECT_EQ(short_count(200'000), "200k");
  EXPECT_EQ(short_count(1'000'000), "1M");
  EXPECT_EQ(short_count(1'200'000), "1.2M");
}

}  // namespace
}  // namespace cairn::render
