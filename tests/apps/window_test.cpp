// The program with a window: `cairn train --watch` under a real X server that dies, and without any.
#include <gmock/gmock.h>

#include <set>

#include "agents/memory/demonstrations.h"
#include "envs/classic/cart_pole.h"
#include "render/window/recording.h"

#include "../render/scratch.h"
#include "../render/window/xvfb.h"

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
  const std::string steps = "1500000 --out ";  // some seconds: the server must die before them
  std::thread killer([&] {
    server.xdotool("search --sync --onlyvisible --name Cairn");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    server.kill();
  });
  const Outcome watched =
      cairn(scratch, run + steps + (scratch / "watched").string() + " --watch --pace unleashed", "timeout 120");
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
  const Outcome outcome =
      cairn(scratch, run + "20000 --watch --pace unleashed --out " + (scratch / "run").string(), "timeout 60");
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
      cairn(scratch, run + "100000000 --watch --pace unleashed --on-close stop --swap-to lion:lr=1e-4 --out " + folder,
            "timeout 60");
  person.join();
  EXPECT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_THAT(outcome.errors, HasSubstr("The window was closed. Training stops with a checkpoint."));
  EXPECT_THAT(contents(scratch / "run/log.txt"), HasSubstr("swapped the optimizer for scheduled:rule=(lion:lr=1e-04"));
  const std::string table = contents(scratch / "run/progress.csv");
  const std::int64_t done = std::stoll(table.substr(table.find(',', table.rfind('\n', table.size() - 2)) + 1));
  const Outcome resumed =
      cairn(scratch, "train --quiet --threads 1 --steps " + std::to_string(done + 4096) + " --resume " + folder,
            "timeout 60");
  EXPECT_EQ(resumed.status, 0) << resumed.errors;
  EXPECT_THAT(contents(scratch / "run/log.txt"), HasSubstr("Resumed at step"));

  const Outcome wrong = cairn(scratch, run + "1 --watch --on-close perhaps --out " + (scratch / "no").string());
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.errors, HasSubstr("Option '--on-close' cannot be 'perhaps'. Allowed: continue, stop."));
  const Outcome pace = cairn(scratch, run + "1 --watch --pace slow --out " + (scratch / "no").string());
  EXPECT_EQ(pace.status, 2);
  EXPECT_THAT(pace.errors, HasSubstr("Option '--pace' cannot be 'slow'. Allowed: cinema, unleashed."));
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
    server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
    server.xdotool("key t t");  // or the race might be over
    server.kill();
  });
  const std::string race = "race --env cartpole --agent ppo --seed 3 --quiet --optimizers adam sgd:lr=0.1 --steps ";
  const Outcome watched = cairn(scratch, race + "1000000 --out " + (scratch / "watched").string(), "timeout 120");
  killer.join();
  EXPECT_EQ(watched.status, 0) << watched.errors;
  EXPECT_EQ(watched.errors, "The X display is gone. The race went on without the window.\n");
  ASSERT_EQ(cairn(scratch, race + "1000000 --no-window --out " + (scratch / "alone").string()).status, 0);
  for (const char* file : {"1-adam/checkpoints/last.safetensors", "2-sgd/evaluations.csv", "race.png"})
    EXPECT_TRUE(contents(scratch / "alone" / file) == contents(scratch / "watched" / file)) << file;
}

std::set<std::filesystem::path> pictures_in(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> all;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(folder, missing))
    if (entry.path().extension() == ".png") all.insert(entry.path());
  return all;
}

/// Presses S and waits for what the window then writes into the folder: all keys before it have arrived. New pictures.
std::set<std::filesystem::path> screenshot(const Xvfb& server, const std::filesystem::path& folder) {
  const auto before = pictures_in(folder);
  server.xdotool("key s");
  until([] { std::this_thread::sleep_for(std::chrono::milliseconds(50)); },
        [&] { return pictures_in(folder).size() > before.size(); });
  auto taken = pictures_in(folder);
  for (const std::filesystem::path& path : before) taken.erase(path);
  return taken;
}

TEST(ProgramWithAWindow, ARaceThatAPersonPausedAndSlowedEndsWithTheSameBits) {
  const Xvfb server;
  const Scratch scratch;
  std::vector<std::int64_t> shots;  // steps at which pictures were taken, the latest last
  std::thread person([&] {
    const auto shot = [&] {
      for (const std::filesystem::path& path : screenshot(server, scratch.folder))
        shots.push_back(std::stoll(path.stem().string().substr(std::string("race-").size())));
    };
    server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
    server.xdotool("key t t space");
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // the iteration under way ends
    shot();
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));
    shot();
    server.xdotool("key i i");
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    shot();
    server.xdotool("key space t");
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    server.xdotool("key q");
  });
  const std::string race =  // some seconds, or it would be over before the keys arrive
      "race --env cartpole --agent ppo --seed 3 --quiet --optimizers adam sgd:lr=0.1 --steps 1000000 ";
  const Outcome watched = cairn(scratch, race + "--out watched", "cd " + scratch.folder.string() + " && timeout 120");
  person.join();
  EXPECT_EQ(watched.status, 0) << watched.errors;
  ASSERT_EQ(shots.size(), 3U);
  EXPECT_GT(shots[0], 0);
  EXPECT_LT(shots[0], 1'000'000);
  EXPECT_EQ(shots[1], shots[0]) << "paused";
  EXPECT_EQ(shots[2] - shots[1], 2 * 2048) << "two iterations of 16 worlds and 128 steps";
  ASSERT_EQ(cairn(scratch, race + "--no-window --out " + (scratch / "alone").string()).status, 0);
  for (const char* file : {"1-adam/checkpoints/last.safetensors", "1-adam/evaluations.csv",
                           "2-sgd/checkpoints/last.safetensors", "2-sgd/progress.csv", "race.png"})
    EXPECT_TRUE(contents(scratch / "alone" / file) == contents(scratch / "watched" / file)) << file;
}

/// Seconds that the one video in the folder plays for, as ffprobe has decoded it; -1 where there is none, or something
/// half-written beside it.
double only_video(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().string().find(".mp4") != std::string::npos) files.push_back(entry.path());
  if (files.size() != 1 || files[0].extension() != ".mp4") return -1;
  const std::string said = (folder / "probed").string();
  const std::string command = "ffprobe -v error -count_frames -select_streams v -show_entries stream=nb_read_frames " +
                              std::string("-of csv=p=0 ") + files[0].string() + " > " + said + " 2>&1";
  return std::system(command.c_str()) == 0 ? std::stod(contents(said)) / recording_rate : -1;
}

/// Slows what learns, or it might be over, and records for a second: by the frames that the window has shown since.
void record_a_second(const Xvfb& server, const std::filesystem::path& folder) {
  server.xdotool("search --sync --onlyvisible --name Cairn windowfocus --sync");
  server.xdotool("key t t r");
  screenshot(server, folder);
  std::this_thread::sleep_for(std::chrono::milliseconds(1000));
  screenshot(server, folder);
}

TEST(ProgramWithAWindow, ARecordingIsFinishedWhereTheXServerDiesAndTrainingGoesOn) {
  Xvfb server;
  const Scratch scratch;
  const std::string folder = (scratch / "run").string();
  std::thread killer([&] {
    record_a_second(server, folder);
    server.kill();
  });
  const Outcome watched = cairn(scratch, run + "1500000 --watch --pace unleashed --out " + folder, "timeout 120");
  killer.join();
  EXPECT_EQ(watched.status, 0) << watched.errors;
  EXPECT_THAT(watched.errors, testing::MatchesRegex("Saved .*/run/view-cartpole-[0-9]+.mp4\n"
                                                    "The X display is gone. Training goes on without the window.\n"));
  EXPECT_GT(only_video(folder), 0.5);
}

TEST(ProgramWithAWindow, ARecordingOfARaceOrOfATrainedPolicyIsFinishedWhereTheXServerDies) {
  const Scratch scratch;
  const std::string folder = (scratch / "run").string(), there = "cd " + scratch.folder.string() + " && timeout 120";
  ASSERT_EQ(cairn(scratch, run + "4096 --out " + folder).status, 0);
  {
    Xvfb server;
    std::thread killer([&] {
      record_a_second(server, scratch.folder);
      server.kill();
    });
    const Outcome watched = cairn(scratch, "watch " + folder, there);
    killer.join();
    EXPECT_EQ(watched.status, 1) << "the window was all there was";
    EXPECT_THAT(watched.errors, testing::MatchesRegex("Saved ./view-cartpole-4096.mp4\nThe X display is gone.\n"));
    EXPECT_GT(only_video(scratch.folder), 0.5);
  }
  std::filesystem::remove(scratch / "view-cartpole-4096.mp4");
  Xvfb server;
  std::thread killer([&] {
    record_a_second(server, scratch.folder);
    server.kill();
  });
  const Outcome raced =
      cairn(scratch, "race --env cartpole --agent ppo --quiet --optimizers adam sgd:lr=0.1 --steps 1000000", there);
  killer.join();
  EXPECT_EQ(raced.status, 0) << raced.errors;
  EXPECT_THAT(raced.errors, testing::MatchesRegex("Saved race-[0-9]+.mp4\n"
                                                  "The X display is gone. The race went on without the window.\n"));
  EXPECT_GT(only_video(scratch.folder), 0.5);
}

TEST(ProgramWithAWindow, ARecordingIsFinishedWhereAnInterruptEndsTheRun) {
  const Xvfb server;
  const Scratch scratch;
  const std::string folder = (scratch / "run").string(), process = (scratch / "process").string();
  std::thread person([&] {
    record_a_second(server, folder);
    ::kill(std::stoi(contents(process)), SIGINT);
  });
  const Outcome watched = cairn(scratch, run + "100000000 --watch --out " + folder, "echo $$ > " + process + "; exec");
  person.join();
  EXPECT_EQ(watched.status, 130) << watched.errors;
  EXPECT_THAT(watched.errors, HasSubstr("Saved "));
  EXPECT_GT(only_video(folder), 0.5);
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
