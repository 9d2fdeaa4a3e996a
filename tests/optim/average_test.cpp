#include "optim/average.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/optim/reference.h"

namespace cairn::optim {
namespace {

template <class S>
void follow_the_recorded_averages(double tolerance) {
  auto columns = read_columns("averaging.csv");
  const std::vector<double>& points = columns["x"];
  std::array<S, 1> polyak{static_cast<S>(points[0])}, ema = polyak, corrected{};
  DebiasedEma<S> debiased(1, 0.99);
  WeightAverage<S> swa(1, 10, 2);
  for (std::size_t k = 0; k < points.size(); ++k) {
    const std::array<S, 1> x{static_cast<S>(points[k])};
    if (k > 0) {
      track<S>(polyak, x, 0.005);
      track<S>(ema, x, 1 - 0.99);
    }
    debiased.add(x);
    debiased.value(corrected);
    swa.add(x);
    EXPECT_NEAR(polyak[0], columns["polyak"][k], tolerance) << k;
    EXPECT_NEAR(ema[0], columns["ema"][k], tolerance) << k;
    EXPECT_NEAR(corrected[0], columns["ema_debiased"][k], tolerance) << k;
    if (k >= 10) {
      EXPECT_NEAR(swa.mean[0], columns["swa"][k], tolerance) << k;
    }
    EXPECT_EQ(swa.averaged, k < 10 ? 0 : static_cast<std::int64_t>(k - 10) / 2 + 1);
  }
}

TEST(Averages, AgreeWithTheRecordInDouble) {
  follow_the_recorded_averages<double>(1e-12);
}
TEST(Averages, AgreeWithTheRecordInFloat) {
  follow_the_recorded_averages<float>(2e-5);
}

TEST(Averages, OfOnePointAreThatPoint) {
  DebiasedEma<double> debiased(2, 0.999);
  std::array<double, 2> out{7, 7};
  debiased.value(out);
  EXPECT_EQ(out, (std::array<double, 2>{0, 0}));
  debiased.add(std::array<double, 2>{3, -4});
  debiased.value(out);
  EXPECT_NEAR(out[0], 3, 1e-12);
  EXPECT_NEAR(out[1], -4, 1e-12);
}

TEST(Averages, RefuseAnotherSize) {
  std::array<double, 2> average{};
  EXPECT_THROW(track<double>(average, std::array<double, 1>{}, 0.5), std::invalid_argument);
  EXPECT_THROW(DebiasedEma<double>(2, 0.9).add(std::array<double, 3>{}), std::invalid_argument);
}

}  // namespace
}  // namespace cairn::optim
