// The program with a window: `cairn train --watch` under a real X server that dies, and without any.
#include <gmock/gmock.h>

#include "agents/memory/demonstrations.h"
#include "envs/classic/cart_pole.h"

#include "../render/scratch.h"
#include "../render/window/xvfb.h"  // Xlib last: its macros are not Eigen's

namespace cairn::render {
namespace {

using testing::HasSubstr;

struct Outcome {
  int status;
  std::string errors;
};

Outcome cairn(const Scratch& scratch, const std::string& line, const std::string& before = "") {
  const std::string command =
      before + " " CAIRN_PROGRAM " " + line + " > /dev/null 2> " + (scratch / "errors").string();
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents(scratch / "errors")};
}

const std::string run = "train --env cartpole --agent ppo --seed 3 --quiet --threads 1 --steps ";

TEST(ProgramWithAWindow, SurvivesTheEndOfItsXServerWithTheSameBits) {
  Xvfb server;
  const Scratch scratch;
  const std::string steps = "200000 --out ";
  std::thread killer([&] {
    server.xdotool("search --sync --onlyvisible --name Cairn");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    server.kill();
  });
  const Outcome watched = cairn(scratch, run + steps + (scratch / "watched").string() + " --watch", "timeout 120");
  killer.join();
  EXPECT_EQ(watched.status, 0) << watched.errors;
  EXPECT_THAT(watched.errors, HasSubstr("The X display is gone. Training goes on without the window."));
  ASSERT_EQ(cairn(scratch, run + steps + (scratch / "alone").string()).status, 0);
  for (const char* file : {"checkpoints/last.safetensors", "progress.csv", "evaluations.csv"})
    EXPECT_TRUE(contents(scratch / "alone" / file) == contents(scratch / "watched" / file)) << file;
}

TEST(ProgramWithAWindow, TrainsWithoutADisplayAndSaysSoInOneSentence) {
  const Scratch scratch;
  const Outcome none = cairn(scratch, run + "4096 --watch --out " + (scratch / "none").string(), "env -u DISPLAY");
  EXPECT_EQ(none.status, 0);
  EXPECT_EQ(none.errors, "No window: DISPLAY is not set. Training goes on without it.\n");
  const Outcome wrong = cairn(scratch, run + "4096 --watch --out " + (scratch / "wrong").string(), "DISPLAY=:987");
  EXPECT_EQ(wrong.status, 0);
  EXPECT_THAT(wrong.errors, HasSubstr("':987' cannot be reached"));
}

TEST(ProgramWithAWindow, StaysAfterTheRunUntilItIsClosed) {
  const Xvfb server;
  const Scratch scratch;
  std::thread person([&] {
    server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
    for (int i = 0; i < 100 && contents(scratch / "errors").find("stays") == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    server.xdotool("key q");
  });
  const Outcome outcome = cairn(scratch, run + "20000 --watch --out " + (scratch / "run").string(), "timeout 60");
  person.join();
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("stays until it is closed"));
}

TEST(ProgramWithAWindow, StopsWithACheckpointWhereClosingIsToStopItAndResumesWithTheSwappedOptimizer) {
  const Xvfb server;
  const Scratch scratch;
  const std::string folder = (scratch / "run").string();
  std::thread person([&] {
    server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
    server.xdotool("key o Return");
    for (int i = 0; i < 100 && contents(scratch / "run/log.txt").find("swapped") == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    server.xdotool("key q");
  });
  const Outcome outcome =
      cairn(scratch, run + "100000000 --watch --on-close stop --swap-to lion:lr=1e-4 --out " + folder, "timeout 60");
  person.join();
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("The window was closed. Training stops with a checkpoint."));
  EXPECT_THAT(contents(scratch / "run/log.txt"), HasSubstr("swapped the optimizer for scheduled:rule=(lion:lr=1e-04"));
  const Outcome resumed = cairn(scratch, "train --quiet --threads 1 --steps 4096 --resume " + folder);
  EXPECT_EQ(resumed.status, 0) << resumed.errors;
  EXPECT_THAT(contents(scratch / "run/log.txt"), HasSubstr("Resumed at step"));

  const Outcome wrong = cairn(scratch, run + "1 --watch --on-close perhaps --out " + (scratch / "no").string());
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("Option '--on-close' cannot be 'perhaps'. Allowed: continue, stop."));
  const Outcome unknown = cairn(scratch, run + "1 --watch --swap-to lyon --out " + (scratch / "no").string());
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.errors, HasSubstr("lion"));
  const Outcome unwatched = cairn(scratch, run + "1 --swap-to lion --out " + (scratch / "no").string());
  EXPECT_EQ(unwatched.status, 2);
  EXPECT_EQ(unwatched.errors, "cairn: Option '--swap-to' is of the window; it needs '--watch'.\n");
  EXPECT_FALSE(std::filesystem::exists(scratch / "no"));
}

TEST(ProgramWithAWindow, WatchesATrainedPolicyUntilItIsClosed) {
  const Xvfb server;
  const Scratch scratch;
  const std::string folder = (scratch / "run").string();
  ASSERT_EQ(cairn(scratch, run + "4096 --out " + folder).status, 0);
  std::thread person([&] {
    server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
    server.xdotool("key q");
  });
  const Outcome watched = cairn(scratch, "watch " + folder, "timeout 60");
  person.join();
  EXPECT_EQ(watched.status, 0) << watched.errors;
  const Outcome none = cairn(scratch, "watch " + folder, "env -u DISPLAY");
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.errors, HasSubstr("No window: DISPLAY is not set."));
}

TEST(ProgramWithAWindow, ARaceSurvivesTheEndOfItsXServer) {
  Xvfb server;
  const Scratch scratch;
  std::thread killer([&] {
    server.xdotool("search --sync --onlyvisible --name Cairn");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    server.kill();
  });
  const std::string race = "race --env cartpole --agent ppo --seed 3 --quiet --optimizers adam sgd:lr=0.1 --steps ";
  const Outcome watched = cairn(scratch, race + "200000 --out " + (scratch / "watched").string(), "timeout 120");
  killer.join();
  EXPECT_EQ(watched.status, 0) << watched.errors;
  EXPECT_EQ(watched.errors, "The X display is gone. The race went on without the window.\n");
  ASSERT_EQ(cairn(scratch, race + "200000 --no-window --out " + (scratch / "alone").string()).status, 0);
  for (const char* file : {"1-adam/checkpoints/last.safetensors", "2-sgd/evaluations.csv", "race.png"})
    EXPECT_TRUE(contents(scratch / "alone" / file) == contents(scratch / "watched" / file)) << file;
}

TEST(ProgramWithAWindow, APersonFliesAndDqnLearnsFromTheirDemonstrations) {
  const Xvfb server;
  const Scratch scratch;
  const std::filesystem::path file = scratch / "demo.safetensors";
  std::thread person([&] {
    server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
    const auto flown = [&](const std::string& key, std::uintmax_t more_than) {
      server.xdotool("keydown " + key);
      for (int i = 0; i < 100; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        if (std::filesystem::exists(file) && std::filesystem::file_size(file) > more_than) break;
      }
      server.xdotool("keyup " + key);
      return std::filesystem::file_size(file);
    };
    const auto one = flown("Right", 0);
    server.xdotool("key r");
    flown("a", one);
    server.xdotool("key q");
  });
  const Outcome played = cairn(scratch, "play --env cartpole --demo " + file.string(), "timeout 60");
  person.join();
  EXPECT_EQ(played.status, 0) << played.errors;
  const envs::Spec spec = envs::CartPole().spec();
  const auto demonstrations = agents::read_demonstrations(file, "cartpole:sutton_barto_reward=false", spec);
  ASSERT_EQ(demonstrations.size(), 2U);
  EXPECT_EQ(demonstrations[0].actions.minCoeff(), 1) << "all to the right";
  EXPECT_EQ(demonstrations[1].actions.maxCoeff(), 0) << "all to the left";
  EXPECT_TRUE(demonstrations[0].terminated);
  const std::string dqn = "train --env cartpole --agent dqn --steps 2000 --quiet --demos " + file.string();
  EXPECT_EQ(cairn(scratch, dqn + " --out " + (scratch / "run").string()).status, 0);
  const Outcome none = cairn(scratch, "play --env cartpole", "env -u DISPLAY");
  EXPECT_EQ(none.status, 1);
  EXPECT_EQ(none.errors, "cairn: No window to play in: DISPLAY is not set.\n");
  const Outcome wrong = cairn(scratch, "play --env lander --demo " + file.string(), "timeout 60");
  EXPECT_EQ(wrong.status, 1);
  EXPECT_THAT(wrong.errors, HasSubstr("they were flown in 'cartpole:sutton_barto_reward=false', not in 'lander:"));
}

}  // namespace
}  // namespace cairn::render
