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

TEST(Tempo, AtCinemaPaceLearningWaitsForFlights) {
  Tempo tempo(true);
  const auto long_ago = Tempo::Clock::now() - 1h;
  /// Iterations until it holds.
  const auto let_through = [&] {
    int count = 0;
    for (; !tempo.holds(long_ago) && count < 1000; ++count) tempo.went_on();
    return count;
  };
  EXPECT_TRUE(tempo.cinema());
  EXPECT_EQ(let_through(), 0) << "nothing has been shown";
  EXPECT_EQ(tempo.said(), "cinema, 1 iteration a flight");
  for (int flight = 1; flight <= 10; ++flight) {
    tempo.flown();
    EXPECT_EQ(let_through(), 1) << flight;
  }
  EXPECT_EQ(tempo.said(), "cinema, 2 iterations a flight");
  for (int flight = 11; flight <= 15; ++flight) {
    tempo.flown();
    EXPECT_EQ(let_through(), 2) << flight;
  }
  tempo.flown();
  tempo.flown();
  EXPECT_EQ(let_through(), 4) << "what learning was too slow for is not made up for";
  tempo.set_fewest(3);
  tempo.flown();
  EXPECT_EQ(let_through(), 12);
  tempo.flown();
  tempo.pause(true);
  EXPECT_EQ(let_through(), 0);
  tempo.pause(false);
  EXPECT_EQ(let_through(), 12);
}

TEST(Tempo, IsUnleashedFromCinemaPaceAndComesBackToItsBeginning) {
  Tempo tempo(true);
  for (int flight = 0; flight < 25; ++flight) tempo.flown();
  EXPECT_EQ(tempo.next_pace(), "as fast as it goes");
  EXPECT_FALSE(tempo.cinema());
  EXPECT_FALSE(tempo.holds(Tempo::Clock::now()));
  EXPECT_EQ(tempo.next_pace(), "10 iterations a second");
  EXPECT_EQ(tempo.next_pace(), "1 iteration a second");
  EXPECT_EQ(tempo.next_pace(), "cinema, 1 iteration a flight");
  EXPECT_TRUE(tempo.holds(Tempo::Clock::now() - 1h));
  EXPECT_EQ(tempo.next_pace(), "as fast as it goes");
}

TEST(Tempo, ASliderGoesToAnyPaceAndTGoesOnFromThere) {
  Tempo tempo(true);
  ASSERT_EQ(tempo.notches(), 6);
  EXPECT_EQ(tempo.notch(), 0);
  for (int notch = 0; notch < tempo.notches(); ++notch) {
    tempo.go_to(notch);
    EXPECT_EQ(tempo.notch(), notch);
    EXPECT_EQ(tempo.cinema(), notch == 0);
  }
  EXPECT_EQ(tempo.said(), "as fast as it goes");
  EXPECT_EQ(tempo.said_of(0), "cinema");
  EXPECT_EQ(tempo.said_of(2), "3 a second");
  tempo.go_to(2);
  EXPECT_TRUE(tempo.holds(Tempo::Clock::now() - 300ms));
  EXPECT_FALSE(tempo.holds(Tempo::Clock::now() - 350ms));
  EXPECT_EQ(tempo.next_pace(), "cinema, 1 iteration a flight") << "3 is between 10 and 1";
  tempo.go_to(4);
  EXPECT_EQ(tempo.next_pace(), "1 iteration a second") << "below 30 comes 10, which is next to 1";
  EXPECT_EQ(Tempo().notches(), 5);
  EXPECT_EQ(Tempo().notch(), 4);
}

}  // namespace
}  // namespace cairn::render
