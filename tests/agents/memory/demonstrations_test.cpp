#include "agents/memory/demonstrations.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "agents/archive/archive.h"
#include "worlds.h"

namespace cairn::agents {
namespace {

class DemonstrationFile : public testing::Test {
 protected:
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn_demonstrations_" + std::to_string(::getpid()) + ".safetensors");
  ~DemonstrationFile() override { std::filesystem::remove(path); }
};

TEST(Demonstrations, AreWhatThePilotFlew) {
  const auto flown = fly_demonstrations(car, 3, 7);
  ASSERT_EQ(flown.size(), 3U);
  const auto world = car();
  for (std::uint32_t e = 0; e < 3; ++e) {
    const Demonstration& episode = flown[e];
    std::vector<float> observation(2);
    world->reset(envs::Random(7, envs::Stream::demonstration, 0, e), observation);
    for (Eigen::Index t = 0; t < episode.rewards.size(); ++t) {
      EXPECT_EQ(observation[0], episode.observations(0, t));
      EXPECT_EQ(observation[1], episode.observations(1, t));
      const envs::Step step = world->step({episode.actions.col(t).data(), 1}, observation);
      EXPECT_EQ(step.reward, episode.rewards[t]);
      EXPECT_EQ(step.terminated, t + 1 == episode.rewards.size() && episode.terminated);
    }
    EXPECT_TRUE(episode.success);
  }
  EXPECT_NE(flown[0].observations(0, 0), flown[1].observations(0, 0));
}

TEST(Demonstrations, HaveADigestOfAllThatIsLearnedFromThem) {
  auto flown = fly_demonstrations(car, 2, 7);
  const std::string digest = digest_of(flown);
  EXPECT_EQ(digest.size(), std::string("crc32c:01234567").size());
  EXPECT_EQ(digest_of(fly_demonstrations(car, 2, 7)), digest);
  EXPECT_NE(digest_of(fly_demonstrations(car, 2, 8)), digest);
  for (float* number : {&flown[1].observations(0, 0), &flown[0].actions(0, 3), &flown[1].rewards[2]}) {
    const float before = *number;
    *number += 1;
    EXPECT_NE(digest_of(flown), digest);
    *number = before;
  }
  flown[0].success = !flown[0].success;
  EXPECT_NE(digest_of(flown), digest);
}

TEST_F(DemonstrationFile, ReadsBackWhatItWrote) {
  for (const auto& factory : {car, continuous_car}) {
    const envs::Spec spec = factory()->spec();
    const auto flown = fly_demonstrations(factory, 2, 1);
    write_demonstrations(path, "mountain_car", flown);
    const auto read = read_demonstrations(path, "mountain_car", spec);
    ASSERT_EQ(read.size(), flown.size());
    for (std::size_t e = 0; e < flown.size(); ++e) {
      EXPECT_EQ(read[e].observations, flown[e].observations);
      EXPECT_EQ(read[e].actions, flown[e].actions);
      EXPECT_EQ(read[e].rewards, flown[e].rewards);
      EXPECT_EQ(read[e].terminated, flown[e].terminated);
      EXPECT_EQ(read[e].success, flown[e].success);
    }
  }
}

TEST_F(DemonstrationFile, RefusesOtherWorldsAndDamage) {
  const envs::Spec spec = car()->spec();
  auto flown = fly_demonstrations(car, 1, 1);
  write_demonstrations(path, "mountain_car", flown);
  try {
    read_demonstrations(path, "mountain_car:reward=dense", spec);
    ADD_FAILURE() << "the rewards may be others there";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("'mountain_car', not in 'mountain_car:reward=dense'"), std::string::npos)
        << error.what();
  }
  const auto refuses = [&] {
    write_demonstrations(path, "mountain_car", flown);
    EXPECT_THROW(read_demonstrations(path, "mountain_car", spec), std::runtime_error);
  };
  flown[0].actions(0, 0) = 3;
  refuses();
  flown[0].actions(0, 0) = 0.5F;
  refuses();
  flown[0].actions(0, 0) = 0;
  flown[0].rewards[1] = NAN;
  refuses();
  flown.clear();
  refuses();
  Archive something;
  something.metadata["format"] = "something else";
  write_archive(path, something);
  EXPECT_THROW(read_demonstrations(path, "mountain_car", spec), std::runtime_error);
}

}  // namespace
}  // namespace cairn::agents
