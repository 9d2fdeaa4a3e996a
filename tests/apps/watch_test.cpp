#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "agents/archive/archive.h"
#include "apps/command_line/errors.h"
#include "apps/subcommands.h"

namespace cairn::apps {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct Watch : testing::Test {
  fs::path folder = fs::temp_directory_path() / ("cairn_watch_" + std::to_string(::getpid()));
  Watch() { fs::create_directories(folder); }
  ~Watch() override { fs::remove_all(folder); }
  std::string in(const char* name) const { return (folder / name).string(); }
};

TEST_F(Watch, DrawsARunAndACheckpoint) {
  ASSERT_EQ(
      train({"--env", "cartpole", "--agent", "ppo", "--steps", "4096", "--seed", "3", "--quiet", "--out", in("run")}),
      0);
  EXPECT_EQ(watch({in("run"), "--record", in("run.png"), "--episodes", "2"}), 0);
  EXPECT_EQ(watch({in("run"), "--record", in("run.svg")}), 0);
  EXPECT_EQ(train({"--env", "cartpole", "--agent", "ppo", "--steps", "4096", "--seed", "3", "--quiet", "--out",
                   in("filmed"), "--record", in("learning.gif")}),
            0);
  EXPECT_GT(fs::file_size(in("learning.gif")), 20'000U);
  EXPECT_EQ(watch({in("run") + "/checkpoints/best.safetensors", "--record", in("best.png")}), 0);
  EXPECT_GT(fs::file_size(in("run.png")), 20'000U);
  EXPECT_GT(fs::file_size(in("run.svg")), 20'000U);
  EXPECT_LT(fs::file_size(in("best.png")), fs::file_size(in("run.png"))) << "a checkpoint alone has no curve";
  EXPECT_EQ(watch({in("run"), "--record", in("run.gif"), "--episodes", "2"}), 0);
  EXPECT_GT(fs::file_size(in("run.gif")), 20'000U);
  EXPECT_THAT(
      [&] {
        watch({in("run"), "--record", in("no/such/folder.png")});
      },
      ThrowsMessage<std::runtime_error>(HasSubstr("no/such/folder.png")));
}

TEST_F(Watch, SeveralFlyTheSameEpisodes) {
  for (const char* run : {"a", "b"})
    ASSERT_EQ(train({"--env", "cartpole", "--agent", "ppo", "--steps", "4096", "--seed", run[0] == 'a' ? "1" : "2",
                     "--quiet", "--out", in(run)}),
              0);
  testing::internal::CaptureStdout();
  EXPECT_EQ(watch({in("a"), in("b"), "heuristic", "--record", in("both.png"), "--episodes", "3"}), 0);
  const std::string said = testing::internal::GetCapturedStdout();
  EXPECT_THAT(said, HasSubstr("both.png: 3 episodes.\n"));
  EXPECT_THAT(said, HasSubstr("  heuristic: 3 succeeded, mean return 500.0\n"));
  EXPECT_GT(fs::file_size(in("both.png")), 20'000U);
  EXPECT_EQ(watch({"random", "nothing", "--env", "cartpole", "--record", in("pilots.gif")}), 0);
  EXPECT_GT(fs::file_size(in("pilots.gif")), 20'000U);
  EXPECT_EQ(watch({"heuristic", "--env", "cartpole", "--record", in("pilot.svg")}), 0) << "one pilot alone";

  const auto refused = [&](const std::vector<std::string>& line, const char* why) {
    EXPECT_THAT([&] { watch(line); }, ThrowsMessage<UsageError>(HasSubstr(why)));
  };
  refused({"random", "nothing", "--record", in("x.png")}, "'--env' is missing: random does not say which world");
  refused({in("a"), "heuristi", "--record", in("x.png")}, "Did you mean 'heuristic'?");
  refused({in("a"), "random", "--episodes", "2"}, "belongs to '--record'");
  ASSERT_EQ(train({"--env", "acrobot", "--agent", "ppo", "--steps", "2048", "--quiet", "--out", in("other")}), 0);
  refused({in("a"), in("other"), "--record", in("x.png")}, "other in acrobot");
  EXPECT_THAT(
      [&] {
        watch({in("a"), in("other"), "--env", "cartpole", "--record", in("x.png")});
      },
      ThrowsMessage<std::runtime_error>(HasSubstr("6 observations")));
  EXPECT_FALSE(fs::exists(in("x.png")));
}

TEST_F(Watch, MarksWhereAPersonChangedTheLearning) {
  ASSERT_EQ(
      train({"--env", "cartpole", "--agent", "ppo", "--steps", "4096", "--seed", "3", "--quiet", "--out", in("run")}),
      0);
  const auto drawn = [&] {
    EXPECT_EQ(watch({in("run"), "--record", in("run.png")}), 0);
    std::ifstream file(in("run.png"), std::ios::binary);
    return std::string{std::istreambuf_iterator<char>(file), {}};
  };
  const std::string untouched = drawn();
  std::ofstream(in("run") + "/interventions.csv", std::ios::app) << "2048,rate,0.5,rate x 0.5\n";
  EXPECT_FALSE(drawn() == untouched);
  fs::remove(in("run") + "/interventions.csv");
  EXPECT_TRUE(drawn() == untouched) << "no table, no marks";
}

TEST_F(Watch, RefusesACheckpointWhoseStepsAreNoNumber) {
  ASSERT_EQ(train({"--env", "cartpole", "--agent", "ppo", "--steps", "2048", "--quiet", "--out", in("run")}), 0);
  agents::Archive archive = agents::read_archive(in("run") + "/checkpoints/best.safetensors");
  archive.metadata["steps"] = "many";
  agents::write_archive(in("changed.safetensors"), archive);
  EXPECT_THAT(
      [&] {
        watch({in("changed.safetensors"), "--record", in("changed.png")});
      },
      ThrowsMessage<std::runtime_error>(HasSubstr("its 'steps' are no count")));
}

TEST_F(Watch, RefusesWrongUse) {
  EXPECT_THROW(watch({}), UsageError);
  EXPECT_THAT(
      [&] {
        watch({in("run"), "--record", "a.bmp"});
      },
      ThrowsMessage<UsageError>(HasSubstr(".png, .svg, .mp4 or .gif")));
  EXPECT_THAT(
      [&] {
        watch({in("run"), "--record", "a.png", "--episodes", "0"});
      },
      ThrowsMessage<UsageError>(HasSubstr("'--episodes'")));
  EXPECT_THAT(
      [&] {
        watch({in("run"), "--record", "a.png"});
      },
      ThrowsMessage<std::runtime_error>(HasSubstr("no checkpoint")));
}

}  // namespace
}  // namespace cairn::apps
