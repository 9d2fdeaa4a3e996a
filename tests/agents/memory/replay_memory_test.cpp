#include "agents/memory/replay_memory.h"

#include <gtest/gtest.h>

#include <array>

#include "agents/archive/archive.h"

namespace cairn::agents {
namespace {

const envs::Spec spec{.id = "line", .observation = {{"x", "", 0, 1}}, .action_names = {"a", "b"}};

/// Adds a transition whose numbers all tell its time; `ends`: 't'erminated, 'c'ut or ' '.
std::int64_t add(ReplayMemory& memory, int stream, float time, char ends = ' ') {
  const std::array<float, 1> observation{time}, next{time + 0.5F};
  return memory.add(stream, {.observation = observation,
                             .next_observation = next,
                             .next_mask = {},
                             .action = static_cast<int>(time) % 2,
                             .reward = 10 * time,
                             .terminated = ends == 't',
                             .truncated = ends == 'c'});
}

TEST(ReplayMemory, HoldsTheLatestOfEachStream) {
  ReplayMemory memory(spec, 2, 3);
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
  }
  std::ranges::sort(times);
  EXPECT_EQ(times, (std::vector<float>{2, 3, 4}));
  EXPECT_FALSE(memory.holds(0)) << "the first stream is empty";
  EXPECT_THROW(memory.nth(3), std::out_of_range);
}

TEST(ReplayMemory, FollowsEpisodesAcrossTheSeamOfTheRing) {
  ReplayMemory memory(spec, 1, 5);
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
  ReplayMemory memory(spec, 1, 10);
  const auto first = add(memory, 0, 0);
  add(memory, 0, 1);
  EXPECT_EQ(memory.remaining(first), 2);
  add(memory, 0, 2);
  EXPECT_EQ(memory.remaining(first), 3);
}

TEST(ReplayMemory, AnEpisodeLongerThanTheRingKeepsItsEnd) {
  ReplayMemory memory(spec, 1, 4);
  for (int t = 0; t < 9; ++t) add(memory, 0, static_cast<float>(t));
  const auto last = add(memory, 0, 9, 't');
  for (std::int64_t n = 0; n < 4; ++n) {
    const std::int64_t index = memory.nth(n);
    EXPECT_EQ(memory.later(index, memory.remaining(index) - 1), last);
  }
}

TEST(ReplayMemory, SavesAndLoadsEverything) {
  ReplayMemory memory(spec, 2, 4), copy(spec, 2, 4);
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

  ReplayMemory other(spec, 2, 5);
  EXPECT_THROW(other.load(archive, "memory"), std::runtime_error);
}

TEST(ReplayMemory, RefusesTimesThatMakeNoSense) {
  ReplayMemory memory(spec, 1, 4);
  add(memory, 0, 0, 't');
  for (const auto& [name, values] : {std::pair{"memory/episode_end", std::vector<std::int64_t>{7, -1, -1, -1}},
                                     std::pair{"memory/added", std::vector<std::int64_t>{-1}},
                                     std::pair{"memory/added", std::vector<std::int64_t>{INT64_MAX}},
                                     std::pair{"memory/episode_begin", std::vector<std::int64_t>{5}}}) {
    Archive whole, damaged;
    memory.save(whole, "memory");
    for (const Archive::Tensor& tensor : whole.tensors()) {
      if (tensor.name == name) {
        damaged.put(name, values);
        continue;
      }
      if (tensor.dtype == DType::f32)
        damaged.put(tensor.name, std::span<const float>(whole.get<float>(tensor.name)), tensor.shape);
      if (tensor.dtype == DType::i32) damaged.put(tensor.name, whole.get<std::int32_t>(tensor.name));
      if (tensor.dtype == DType::i64) damaged.put(tensor.name, whole.get<std::int64_t>(tensor.name));
      if (tensor.dtype == DType::u8) damaged.put(tensor.name, whole.get<std::uint8_t>(tensor.name));
    }
    EXPECT_THROW(memory.load(damaged, "memory"), std::runtime_error) << name;
  }
}

}  // namespace
}  // namespace cairn::agents
