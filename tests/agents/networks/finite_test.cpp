#include "agents/networks/finite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace cairn::agents {
namespace {

TEST(Finite, FindsEveryNumberThatIsNot) {
  for (const float bad : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::quiet_NaN()})
    for (std::size_t size = 1; size < 40; ++size) {
      std::vector<float> values(size, std::numeric_limits<float>::max());  // whose sum would overflow
      std::vector<double> doubles(size, std::numeric_limits<double>::max());
      EXPECT_TRUE(all_finite(std::span<const float>(values)));
      EXPECT_TRUE(all_finite(std::span<const double>(doubles)));
      for (std::size_t i = 0; i < size; ++i) {
        values[i] = bad;
        doubles[i] = static_cast<double>(bad);
        EXPECT_FALSE(all_finite(std::span<const float>(values))) << i << " of " << size;
        EXPECT_FALSE(all_finite(std::span<const double>(doubles))) << i << " of " << size;
        values[i] = 1;
        doubles[i] = 1;
      }
    }
  EXPECT_TRUE(all_finite(std::span<const float>()));
}

TEST(Finite, NamesTheFirstBlockAndTheStep) {
  optim::Layout layout;
  layout.add("a", 2, 3, {"weight"});
  layout.add("b", 2, 1, {"bias"});
  std::vector<float> values(8, 1.0F);
  EXPECT_NO_THROW(require_finite("weights", layout, values, 12));
  values[7] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(
      [&] { require_finite("weights", layout, values, 12); },
      testing::ThrowsMessage<Diverged>(testing::HasSubstr("The weights in 'b' are not finite after 12 steps.")));
}

}  // namespace
}  // namespace cairn::agents
