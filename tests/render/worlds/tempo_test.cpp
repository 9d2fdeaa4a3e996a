#include "render/worlds/tempo.h"

#include <gtest/gtest.h>

namespace cairn::render {
namespace {

using namespace std::chrono_literals;

TEST(Tempo, PausedLetsOnlyTheIterationsThroughThatAreAskedFor) {
  Tempo tempo;
  const auto long_ago = Tempo::Clock::now() - 1h;
  EXPECT_FALSE(tempo.holds(Tempo::Clock::now()));
  tempo.pause(true);
  EXPECT_TRUE(tempo.holds(long_ago));
  tempo.add_one();
  tempo.add_one();
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(tempo.holds(long_ago)) << i;
    tempo.went_on();
  }
  EXPECT_TRUE(tempo.holds(long_ago));
  tempo.add_one();
  tempo.pause(false);
  EXPECT_FALSE(tempo.holds(Tempo::Clock::now()));
  tempo.pause(true);
  EXPECT_TRUE(tempo.holds(long_ago)) << "what was asked for in an earlier pause is over with it";
}

TEST(Tempo, TurnsFromUnboundedToSlowAndBack) {
  Tempo tempo;
  const auto held = [&](std::chrono::milliseconds ago) { return tempo.holds(Tempo::Clock::now() - ago); };
  EXPECT_EQ(tempo.next_pace(), "10 iterations a second");
  EXPECT_TRUE(held(-1h)) << "the latest has only just been";
  EXPECT_FALSE(held(150ms));
  EXPECT_EQ(tempo.next_pace(), "1 iteration a second");
  EXPECT_TRUE(held(150ms - 1h));
  EXPECT_FALSE(held(1100ms));
  EXPECT_EQ(tempo.next_pace(), "as fast as it goes");
  EXPECT_FALSE(held(-1h));
}

}  // namespace
}  // namespace cairn::render
