#include "agents/memory/replay_memory.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "agents/archive/archive.h"
#include "memory/damaged.h"

namespace cairn::agents {
namespace {

const envs::Spec line{.id = "line", .observation = {{"x", "", 0, 1}}, .action_names = {"a", "b"}};

/// Adds a transition whose numbers all tell its time; `ends`: 't'erminated, 'c'ut or ' '.
std::int64_t add(ReplayMemory& memory, int stream, float time, char ends = ' ') {
  const std::array<float, 1> observation{time}, next{time + 0.5F},
      action{static_cast<float>(static_cast<int>(time) % 2)};
  return memory.add(stream, {.observation = observation,
                             .next_observation = next,
                             .next_mask = {},
                             .action = action,
                             .reward = 10 * time,
                             .terminated = ends == 't',
                             .truncated = ends == 'c'});
}

TEST(ReplayMemory, HoldsTheLatestOfEachStream) {
  ReplayMemory memory(line, 2, 3);
  EXPECT_EQ(memory.size(), 0);
  for (int t = 0; t < 5; ++t) add(memory, 1, static_cast<float>(t));
  EXPECT_EQ(memory.size(), 3);
  std::vector<float> times;
  for (std::int64_t n = 0; n < memory.size(); ++n) {
    const std::int64_t index = memory.nth(n);
    EXPECT_TRUE(memory.holds(index));
    times.push_back(memory.observation(index)[0]);
    EXPECT_EQ(memory.next_observation(index)[0], times.back() + 0.5F);
    EXPECT_EQ(memory.reward(index), 10 * times.back());
    EXPECT_EQ(memory.action(index)[0], std::fmod(times.back(), 2.0F));
  }
  std::ranges::sort(times);
  EXPECT_EQ(times, (std::vector<float>{2, 3, 4}));
  EXPECT_FALSE(memory.holds(0)) << "the first stream is empty";
  EXPECT_THROW(memory.nth(3), std::out_of_range);
}

TEST(ReplayMemory, FollowsEpisodesAcrossTheSeamOfTheRing) {
  ReplayMemory memory(line, 1, 5);
  add(memory, 0, 0);
  const auto first_end = add(memory, 0, 1, 't');
  const auto third = add(memory, 0, 2);
  add(memory, 0, 3);
  add(memory, 0, 4);
  const auto sixth = add(memory, 0, 5, 'c');  // overwrites time 0
  const auto seventh = add(memory, 0, 6);     // overwrites time 1
  EXPECT_EQ(memory.remaining(third), 4);
  EXPECT_EQ(memory.remaining(sixth), 1);
  EXPECT_EQ(memory.next(third), third + 1);
  EXPECT_EQ(memory.next(4), 0) << "the ring's last slot is followed by its first";
  EXPECT_EQ(memory.next(sixth), -1) << "its episode ended";
  EXPECT_EQ(memory.next(seventh), -1) << "nothing is later";
  EXPECT_EQ(memory.remaining(seventh), 1);
  EXPECT_EQ(memory.later(third, 3), sixth);
  EXPECT_EQ(first_end, seventh) << "same slot";
  EXPECT_TRUE(memory.truncated(sixth));
  EXPECT_FALSE(memory.terminated(sixth));
}

TEST(ReplayMemory, AnUnfinishedEpisodeReachesUpToNow) {
  ReplayMemory memory(line, 1, 10);
  const auto first = add(memory, 0, 0);
  add(memory, 0, 1);
  EXPECT_EQ(memory.remaining(first), 2);
  add(memory, 0, 2);
  EXPECT_EQ(memory.remaining(first), 3);
}

TEST(ReplayMemory, AnEpisodeLongerThanTheRingKeepsItsEnd) {
  ReplayMemory memory(line, 1, 4);
  for (int t = 0; t < 9; ++t) add(memory, 0, static_cast<float>(t));
  const auto last = add(memory, 0, 9, 't');
  for (std::int64_t n = 0; n < 4; ++n) {
    const std::int64_t index = memory.nth(n);
    EXPECT_EQ(memory.later(index, memory.remaining(index) - 1), last);
  }
}

TEST(ReplayMemory, SavesAndLoadsEverything) {
  ReplayMemory memory(line, 2, 4), copy(line, 2, 4);
  for (int t = 0; t < 6; ++t) add(memory, t % 2, static_cast<float>(t), t == 3 ? 't' : ' ');
  Archive archive;
  memory.save(archive, "memory");
  copy.load(archive, "memory");
  Archive again;
  copy.save(again, "memory");
  ASSERT_EQ(archive.tensors().size(), again.tensors().size());
  for (std::size_t i = 0; i < archive.tensors().size(); ++i)
    EXPECT_EQ(archive.tensors()[i].bytes, again.tensors()[i].bytes) << archive.tensors()[i].name;
  EXPECT_EQ(copy.size(), 6);
  EXPECT_EQ(add(copy, 0, 9), add(memory, 0, 9));

  ReplayMemory other(line, 2, 5);
  EXPECT_THROW(other.load(archive, "memory"), std::runtime_error);
}

TEST(ReplayMemory, RefusesTimesThatMakeNoSense) {
  ReplayMemory memory(line, 1, 4);
  add(memory, 0, 0, 't');
  Archive whole;
  memory.save(whole, "memory");
  for (const auto& [name, values] : {std::pair{"memory/episode_end", std::vector<std::int64_t>{7, -1, -1, -1}},
                                     std::pair{"memory/added", std::vector<std::int64_t>{-1}},
                                     std::pair{"memory/added", std::vector<std::int64_t>{INT64_MAX}},
                                     std::pair{"memory/episode_begin", std::vector<std::int64_t>{5}}})
    EXPECT_THROW(memory.load(damaged(whole, name, values), "memory"), std::runtime_error) << name;
}

const envs::Spec throttles{
    .id = "throttles", .observation = {{"x", "", 0, 1}}, .action = {{"main", "", 0, 1}, {"side", "", -1, 1}}};

TEST(ReplayMemory, HoldsContinuousActionsAsTheyWere) {
  ReplayMemory memory(throttles, 1, 2), copy(throttles, 1, 2);
  const std::array<float, 1> x{0};
  for (const float t : {1.0F, 2.0F, 3.0F}) {
    const std::array<float, 2> action{0.3F * t, -1.7F * t};
    memory.add(0, {.observation = x, .next_observation = x, .next_mask = {}, .action = action});
  }
  Archive archive;
  memory.save(archive, "memory");
  copy.load(archive, "memory");
  for (const ReplayMemory* each : {&memory, &copy}) {
    EXPECT_EQ(each->action(0), Eigen::Vector2f(0.3F * 3, -1.7F * 3)) << "in the place of the oldest";
    EXPECT_EQ(each->action(1), Eigen::Vector2f(0.3F * 2, -1.7F * 2));
  }
  ReplayMemory discrete(line, 1, 2);
  EXPECT_THROW(discrete.load(archive, "memory"), std::runtime_error) << "half as many numbers an action";
}

TEST(ReplayMemory, RefusesActionsThatAreNone) {
  ReplayMemory discrete(line, 1, 2), continuous(throttles, 1, 1);
  add(discrete, 0, 0);
  Archive of_discrete, of_continuous;
  discrete.save(of_discrete, "memory");
  continuous.save(of_continuous, "memory");
  const std::string name = "memory/actions";
  for (const float wrong : {-1.0F, 0.5F, 2.0F, NAN, HUGE_VALF})
    EXPECT_THROW(discrete.load(damaged(of_discrete, name, std::vector{wrong, 0.0F}), "memory"), std::runtime_error)
        << wrong;
  for (const float wrong : {NAN, HUGE_VALF, -HUGE_VALF})
    EXPECT_THROW(continuous.load(damaged(of_continuous, name, std::vector{0.0F, wrong}), "memory"), std::runtime_error)
        << wrong;
  EXPECT_NO_THROW(discrete.load(damaged(of_discrete, name, std::vector{1.0F, 0.0F}), "memory"));
  EXPECT_NO_THROW(continuous.load(damaged(of_continuous, name, std::vector{0.5F, -17.0F}), "memory"));
}

}  // namespace
}  // namespace cairn::agents
