// The program as people call it: subprocesses, exit statuses, files.
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/command_line/registry.h"
#include "apps/subcommands.h"
#include "calls.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class CalledProgram : public Calls {
 protected:
  /// A short run; returns its folder.
  fs::path trained(const std::string& name, const std::string& more = "") const {
    const Outcome outcome = cairn(
        "train --env cartpole --agent ppo --steps 6144 --evaluate-every 4096 --seed 3 "
        "--checkpoint-every 2048 --quiet --out " +
        name + " " + more);
    EXPECT_EQ(outcome.status, 0) << outcome.errors;
    return folder / name;
  }
  /// Runs a shell's script in the test's own folder; `$cairn` is the program.
  Outcome shell(const std::string& script) const {
    const std::string command = "cd " + folder.string() + " && cairn=" CAIRN_PROGRAM " && { " + script + "; } >" +
                                (folder / "out").string() + " 2>" + (folder / "errors").string();
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), contents(folder / "out"),
            contents(folder / "errors")};
  }
};

TEST_F(CalledProgram, TrainsEvaluatesAndSaysSo) {
  const fs::path run = trained("run");
  for (const char* name : {"config.json", "progress.csv", "evaluations.csv", "networks.csv", "interventions.csv",
                           "timing.csv", "log.txt", "checkpoints/last.safetensors", "checkpoints/best.safetensors"})
    EXPECT_TRUE(fs::exists(run / name)) << name;
  const Outcome evaluated = cairn("eval run --episodes 10 --json");
  ASSERT_EQ(evaluated.status, 0) << evaluated.errors;
  const auto json = nlohmann::json::parse(evaluated.out);
  EXPECT_EQ(json["episodes"], 10);
  EXPECT_EQ(json["returns"].size(), 10U);
  EXPECT_GT(json["mean_return"], 9);
  EXPECT_EQ(cairn("eval run/checkpoints/best.safetensors --episodes 2").status, 0);
  EXPECT_EQ(cairn("eval run --env lander").status, 1) << "the policy does not fit";
  EXPECT_THAT(cairn("eval random --env cartpole --episodes 5").out, HasSubstr("5 episodes"));
}

TEST_F(CalledProgram, ChecksEveryWorld) {
  for (const EnvironmentEntry& entry : registry().environments) {
    const Outcome outcome = cairn("list envs " + entry.name + " --check");
    EXPECT_EQ(outcome.status, 0) << outcome.out;
    EXPECT_THAT(outcome.out, HasSubstr("determinism  holds\n"));
  }
  const auto checks = nlohmann::json::parse(cairn("list envs 'skip:of=(lander)' --check --json").out);
  EXPECT_EQ(checks[0]["check"], "spaces");
  EXPECT_EQ(checks[0]["holds"], true);
  EXPECT_THAT(cairn("list envs 'skip:of=(lander)'").out, HasSubstr("Episodes are cut after 250 steps"));
  for (const char* line : {"list --check", "list envs --check", "list agents ppo --check"})
    EXPECT_EQ(cairn(line).status, 2) << line;
}

TEST_F(CalledProgram, SaysEachEvaluationAsALineOfJson) {
  const Outcome outcome = cairn(
      "train --env cartpole --agent ppo --steps 12288 --evaluate-every 4096 --evaluation-episodes 4 --json-lines --out "
      "run");
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  EXPECT_EQ(outcome.errors, "");
  std::istringstream lines(outcome.out), table(contents(folder / "run/evaluations.csv"));
  std::string line, row;
  std::getline(table, row);
  int count = 0;
  for (; std::getline(table, row); ++count) {
    ASSERT_TRUE(std::getline(lines, line)) << row;
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json["steps"], std::stoi(row));
    EXPECT_EQ(json["episodes"], 4);
    EXPECT_TRUE(json["mean_return"].is_number());
  }
  EXPECT_EQ(count, 3);
  EXPECT_FALSE(std::getline(lines, line)) << "nothing else is printed";
  EXPECT_EQ(cairn("train --env cartpole --agent ppo --json --json-lines --out two").status, 2);
}

TEST_F(CalledProgram, EndsAtNumbersThatAreNotFiniteAndWritesNoneOfThem) {
  const auto ended = [&](const std::string& what, const char* sentence) {
    fs::remove_all(folder / "run");
    const Outcome outcome = cairn("train --preset none --quiet --out run " + what);
    EXPECT_EQ(outcome.status, 1) << what;
    EXPECT_THAT(outcome.errors, HasSubstr(sentence)) << what;
    for (const char* name : {"last", "best", "diverged"}) {
      const fs::path file = folder / "run/checkpoints" / (std::string(name) + ".safetensors");
      if (!fs::exists(file)) continue;
      EXPECT_EQ(cairn("eval " + file.string() + " --episodes 1").status, 0) << what << ": " << name;
    }
  };
  const std::string cart_pole = "--env cartpole --steps 5000 --checkpoint-every 512 ";
  ended(cart_pole + "--agent dqn --optimizer adam:eps=0 --envs 4", "The weights in 'q/");
  EXPECT_TRUE(fs::exists(folder / "run/checkpoints/last.safetensors")) << "from before the first update";
  ended(cart_pole + "--agent dqn:reward_scale=1e38,gamma=1,n_step=5", "The targets are not finite");
  for (const char* agent : {"ppo", "a2c", "reinforce"})
    ended(cart_pole + "--optimizer sgd:lr=1e300 --agent " + agent, "are not finite after");
  const Outcome race = cairn(
      "race --env cartpole --agent ppo --optimizers sgd:lr=1e300 adam --steps 4096 --quiet "
      "--no-window --record race.png");
  EXPECT_EQ(race.status, 0) << race.errors;
  EXPECT_THAT(race.out, HasSubstr("diverged"));
}

TEST_F(CalledProgram, RefusesWhatMemoryDoesNotHoldAndCreatesNothing) {
  for (const char* what :
       {"--agent ppo:rollout=65536 --envs 65536", "--agent ppo:hidden=65536/65536/65536/65536/65536"}) {
    const Outcome outcome = cairn(std::string("train --env cartpole --preset none --steps 300 --out run ") + what);
    EXPECT_EQ(outcome.status, 2) << what;
    EXPECT_THAT(outcome.errors, HasSubstr("GiB are available.")) << what;
    EXPECT_FALSE(fs::exists(folder / "run")) << what;
  }
  EXPECT_EQ(cairn("compare --seeds 1000000 --out all").status, 2);
  EXPECT_FALSE(fs::exists(folder / "all"));
}

TEST_F(CalledProgram, ThreadsChangeNothing) {
  const fs::path one = trained("one", "--threads 1"), four = trained("four", "--threads 4");
  for (const char* name : {"progress.csv", "evaluations.csv", "networks.csv", "checkpoints/last.safetensors"})
    EXPECT_EQ(contents(one / name), contents(four / name)) << name;
}

TEST_F(CalledProgram, ResumesToTheSameBytesAfterAnySignal) {
  const std::string line = "--env cartpole --agent ppo --steps 60000 --seed 3 --checkpoint-every 2048 --quiet";
  ASSERT_EQ(cairn("train " + line + " --out whole").status, 0);
  for (const char* signal : {"INT", "TERM", "KILL"}) {
    const std::string name = std::string("stopped_") + signal;
    const int status = cairn("train " + line + " --out " + name, std::string("timeout -s ") + signal + " 0.15").status;
    EXPECT_NE(status, 2);
    const Outcome resumed = cairn("train --quiet --resume " + name);
    ASSERT_EQ(resumed.status, 0) << resumed.errors;
    for (const char* file : {"progress.csv", "evaluations.csv", "networks.csv", "checkpoints/last.safetensors"})
      EXPECT_EQ(contents(folder / "whole" / file), contents(folder / name / file)) << signal << ' ' << file;
  }
}

TEST_F(CalledProgram, ResumesToTheSameBytesUnderEveryCurriculum) {
  for (const char* curriculum : {"success", "learnability", "reverse:demos=3,visited=true"}) {
    const std::string line =
        std::string("--env lander:reward=sparse --agent ppo --preset none --steps 12288 --seed 3 ") +
        "--checkpoint-every 2048 --evaluation-episodes 2 --quiet --curriculum " + curriculum;
    fs::remove_all(folder / "whole");
    fs::remove_all(folder / "stopped");
    ASSERT_EQ(cairn("train " + line + " --out whole").status, 0) << curriculum;
    cairn("train " + line + " --out stopped", "timeout -s KILL 0.3");
    const Outcome resumed = cairn("train --quiet --resume stopped");
    ASSERT_EQ(resumed.status, 0) << resumed.errors;
    for (const char* file : {"progress.csv", "evaluations.csv", "checkpoints/last.safetensors"})
      EXPECT_EQ(contents(folder / "whole" / file), contents(folder / "stopped" / file)) << curriculum << ' ' << file;
  }
}

TEST_F(CalledProgram, ResumesForLonger) {
  trained("run", "--schedule constant");
  ASSERT_EQ(cairn("train --quiet --resume run --steps 10000").status, 0);
  EXPECT_EQ(nlohmann::json::parse(contents(folder / "run/config.json"))["steps"], 10000);
  EXPECT_THAT(cairn("train --resume run --seed 4").errors, HasSubstr("'--seed' cannot stand beside '--resume'"));
}

// A schedule keeps the horizon that it was planned with: the longer run comes to what one of that length with that
// horizon comes to.
TEST_F(CalledProgram, ASchedulesHorizonStaysUnlessItIsStretched) {
  const std::string line = "--schedule linear:end_factor=0.5 --preset none --envs 16 ";
  const fs::path run = trained("run", line);
  ASSERT_EQ(cairn("train --quiet --resume run --steps 10240").status, 0);
  EXPECT_EQ(nlohmann::json::parse(contents(run / "config.json"))["horizon"], 6144);
  ASSERT_EQ(cairn("train --env cartpole --agent ppo --evaluate-every 4096 --seed 3 --checkpoint-every 2048 --quiet "
                  "--steps 10240 --horizon 6144 --out whole " +
                  line)
                .status,
            0);
  EXPECT_EQ(contents(run / "progress.csv"), contents(folder / "whole/progress.csv"));
  ASSERT_EQ(cairn("train --quiet --resume run --steps 20480 --stretch").status, 0);
  EXPECT_EQ(nlohmann::json::parse(contents(run / "config.json"))["horizon"], nullptr);
  EXPECT_THAT(contents(run / "log.txt"), HasSubstr("Schedules run over 20480 steps from here, in place of 6144."));

  const fs::path ended = trained("ended", "--schedule linear --preset none --envs 16");
  const std::string before = contents(ended / "config.json");
  const Outcome refused = cairn("train --quiet --resume ended --steps 10240");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.errors, HasSubstr("is 0 at step 6144. '--stretch'"));
  EXPECT_EQ(contents(ended / "config.json"), before);
  EXPECT_EQ(cairn("train --quiet --resume ended --steps 10240 --stretch").status, 0);
  EXPECT_EQ(cairn("train --quiet --resume ended --stretch").status, 2);
}

TEST_F(CalledProgram, RefusesFewerStepsThanAreDoneAndSaysThatNothingIsLeft) {
  const fs::path run = trained("run");
  const std::string config = contents(run / "config.json"), last = contents(run / "checkpoints/last.safetensors"),
                    progress = contents(run / "progress.csv");
  const Outcome fewer = cairn("train --quiet --resume run --steps 4000");
  EXPECT_EQ(fewer.status, 2);
  EXPECT_THAT(fewer.errors, HasSubstr("'--steps' cannot be '4000': the run in 'run' has done 6144 steps already."));
  const Outcome over = cairn("train --quiet --resume run");
  EXPECT_EQ(over.status, 0);
  EXPECT_EQ(over.out,
            "Nothing to do: the run in run was done after 6144 steps. '--steps N' lets it go on for longer.\n");
  EXPECT_EQ(contents(run / "config.json"), config);
  EXPECT_EQ(contents(run / "checkpoints/last.safetensors"), last);
  EXPECT_EQ(contents(run / "progress.csv"), progress);
}

TEST_F(CalledProgram, SaysThatAnUntilWasNotReached) {
  const Outcome outcome = cairn("train --env cartpole --agent ppo --steps 2048 --until return=499 --quiet --out run");
  EXPECT_EQ(outcome.status, 3);
  EXPECT_THAT(outcome.out, HasSubstr("The return of 499 asked for was not reached.\nEnded after 2048 steps"));
  EXPECT_EQ(cairn("train --env cartpole --agent ppo --steps 2048 --until return=1 --quiet --out easy").status, 0);
}

TEST_F(CalledProgram, OneProcessAtATimeWritesARun) {
  const Outcome second = shell(
      "$cairn train --env cartpole --agent ppo --steps 100000000 --quiet --out run & run=$!; "
      "for i in $(seq 200); do test -e run/config.json && break; sleep 0.05; done; echo $run >holder; "
      "$cairn train --quiet --resume run; status=$?; kill -TERM $run; wait $run; exit $status");
  EXPECT_EQ(second.status, 1);
  std::string holder = contents(folder / "holder");
  holder.pop_back();
  EXPECT_THAT(second.errors, HasSubstr("'run' is in use: process " + holder + " on "));
  EXPECT_FALSE(fs::exists(folder / "run/lock"));
}

TEST_F(CalledProgram, GoesOnOnAnotherBuildOnlyWhereThatIsAllowed) {
  const fs::path config = trained("run", "--schedule constant") / "config.json";
  auto json = nlohmann::ordered_json::parse(contents(config));
  json["made_by"]["cpu"] = "another";
  std::ofstream(config) << json.dump();
  const std::string before = contents(config);
  const Outcome refused = cairn("train --quiet --resume run --steps 8192");
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.errors, HasSubstr("its cpu is 'another', here '"));
  EXPECT_THAT(refused.errors, HasSubstr("'--allow-inexact'"));
  EXPECT_EQ(contents(config), before);
  ASSERT_EQ(cairn("train --quiet --resume run --steps 8192 --allow-inexact").status, 0);
  json = nlohmann::ordered_json::parse(contents(config));
  EXPECT_EQ(json["made_by"]["cpu"], "another");
  EXPECT_EQ(json["made_by"]["went_on"][0]["steps"], 6144);
  EXPECT_THAT(contents(folder / "run/log.txt"), HasSubstr("Not to the same bits from here: its cpu is 'another'"));
  EXPECT_EQ(cairn("train --quiet --resume run").status, 0) << "it went on here";
  EXPECT_EQ(cairn("train --env cartpole --agent ppo --allow-inexact").status, 2);
}

TEST_F(CalledProgram, GoesOnWithTheDemonstrationsThatItBeganWith) {
  const std::string line =
      "train --env lander --agent dqn:demonstration_fraction=0.5 --preset none --envs 4 --steps 1024 --quiet ";
  ASSERT_EQ(cairn(line + "--demos heuristic:episodes=2 --out flown").status, 0);
  auto json = nlohmann::ordered_json::parse(contents(folder / "flown/config.json"));
  const std::string digest = json["made_by"]["demos"];
  EXPECT_THAT(digest, testing::MatchesRegex("crc32c:[0-9a-f]+"));
  json["made_by"]["demos"] = "crc32c:00000000";
  std::ofstream(folder / "flown/config.json") << json.dump();
  const Outcome other = cairn("train --quiet --resume flown --steps 2048");
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.errors, HasSubstr("were crc32c:00000000 when it began and are " + digest + " now."));
}

TEST_F(CalledProgram, A2cWritesAtMostTwoMegabytesForAMillionSteps) {
  ASSERT_EQ(cairn("train --env cartpole --agent a2c --steps 20000 --evaluate-every 0 --quiet --out run").status, 0);
  std::uintmax_t bytes = 0;
  for (const auto& file : fs::directory_iterator(folder / "run"))
    if (file.path().extension() == ".csv" || file.path().filename().string().starts_with("events."))
      bytes += file.file_size();
  EXPECT_LT(bytes, 2'000'000 / 50) << "for a fiftieth of a million steps";
}

// A variable is no mistake where it is another command's: all options of all commands must be known as such.
TEST_F(CalledProgram, TakesVariablesOfOtherCommands) {
  EXPECT_EQ(cairn("train --env cartpole --agent ppo", "CAIRN_STEP=5").status, 2);
  std::string variables;
  for (const char* command : {"list", "train", "eval", "watch", "play", "race", "landscape", "compare", "tune", "suite",
                              "study", "export", "optimizer replay", "optimizer schedule", "optimizer descend"}) {
    const std::string help = cairn(std::string(command) + " --help").out;
    for (std::size_t at = help.find("\n  --"); at != std::string::npos; at = help.find("\n  --", at + 1)) {
      const std::size_t begin = at + 5;
      std::string name = help.substr(begin, help.find_first_of(" \n", begin) - begin);
      for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
      if (variables.find("CAIRN_" + name + "=") == std::string::npos) variables += "CAIRN_" + name + "=false ";
    }
  }
  EXPECT_THAT(variables, testing::AllOf(HasSubstr("CAIRN_STEPS="), HasSubstr("CAIRN_SELECTION_SEEDS=")));
  for (const char* command : {"list", "landscape", "train", "eval", "compare", "watch"})
    EXPECT_THAT(cairn(command, variables).errors, testing::Not(HasSubstr("Unknown variable"))) << command;
}

TEST_F(CalledProgram, RefusesWrongUseAtOnce) {
  struct Case {
    const char* line;
    const char* says;
  };
  for (const Case& wrong :
       {Case{"trian", "Did you mean 'train'?"},
        {"train --env lnder --agent ppo", "Did you mean 'lander'?"},
        {"train --env lander --agent pp", "Did you mean 'ppo'?"},
        {"train --env lander --agent ppo --optimizer adm", "Did you mean 'adam'?"},
        {"train --env lander --agent ppo:gama=1", "Did you mean 'gamma'?"},
        {"train --env lander --agent ppo:gamma=nan", "cannot be 'nan'"},
        {"train --env lander --agent ppo --envs -1", "'--envs' cannot be '-1'"},
        {"train --env lander --agent ppo --see 1", "Did you mean '--seed'?"},
        {"train --env lander --agent ppo now", "Stray word 'now'"},
        {"list envs landr", "Did you mean 'lander'?"},
        {"play --env lnder", "Did you mean 'lander'?"},
        {"race --env lander --agent ppo --optimizers adm sgd", "Did you mean 'adam'?"},
        {"landscape --problem cnyon --optimizers adam", "Did you mean 'canyon'?"},
        {"watch run --record run.avi", "'--record' cannot be 'run.avi'"},
        {"train --env lander --agent ppo --record a.avi", "'--record' cannot be 'a.avi'"},
        {"train --env lander --agent ppo --record a.png", "'cairn watch RUN --record' draws pictures"},
        {"train --env lander --agent ppo --until return=nan", "cannot be 'nan'. Allowed: (-inf,inf)"},
        {"train --config .", "is a folder"},
        {"train -env lander --agent ppo", "Option '-env' needs two dashes: '--env'."},
        {"train --env LunarLander-v3 --agent ppo", "Here that is 'lander'."},
        {"train --env CartPole-v1 --agent ppo", "Here that is 'cartpole'."},
        {"train --env lander --agent PPO", "Did you mean 'ppo'?"},
        {"train --env lander --agent ppo:learning_rate=1e-3", "Here that is '--optimizer adam:lr=…'."},
        {"train --env lander --agent ppo:n_steps=128", "Here that is 'rollout'."},
        {"train --env lander --agent ppo:ent_coef=0", "Here that is 'entropy'."},
        {"train --env lander --agent dqn:batch_size=64", "Here that is 'batch'."},
        {"train --env lander --agent ppo --lr 1e-3", "Here that is '--optimizer adam:lr=…'."},
        {"train --env lander --agent ppo --total-timesteps 9", "Here that is '--steps'."},
        {"train --env lander --agent ppo:hidden=64,64", "a list is written with slashes, as in hidden=64/64"},
        {"train --env lander --agent ppo:hidden=[64,32],gamma=1", "as in hidden=64/32"},
        {"eval", "missing"},
        {"eval heuristc --env lander", "Did you mean 'heuristic'?"},
        {"eval run --episodes 0", "'--episodes' cannot be '0'"}}) {
    const auto start = std::chrono::steady_clock::now();
    const Outcome outcome = cairn(wrong.line);
    RecordProperty(wrong.line, std::to_string((std::chrono::steady_clock::now() - start).count()));
    EXPECT_EQ(outcome.status, 2) << wrong.line;
    EXPECT_THAT(outcome.errors, HasSubstr(wrong.says)) << wrong.line;
    EXPECT_TRUE(outcome.out.empty()) << wrong.line;
  }
  EXPECT_FALSE(fs::exists(folder / "runs")) << "wrong use must leave nothing behind";
}

TEST_F(CalledProgram, NeverOverwritesARun) {
  const fs::path run = trained("run");
  const std::string before = contents(run / "checkpoints/last.safetensors");
  const Outcome again = cairn("train --env cartpole --agent ppo --steps 2048 --out run");
  EXPECT_EQ(again.status, 2);
  EXPECT_THAT(again.errors, HasSubstr("already holds a run"));
  EXPECT_EQ(contents(run / "checkpoints/last.safetensors"), before);
}

TEST_F(CalledProgram, RefusesDamagedCheckpointsAndKeepsThem) {
  const fs::path last = trained("run") / "checkpoints/last.safetensors";
  const std::string whole = contents(last);
  for (std::size_t at = 0; at < whole.size(); at += whole.size() / 40 + 1) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    std::ofstream(last, std::ios::binary) << damaged;
    for (const char* line : {"eval run --episodes 1", "train --resume run --quiet"}) {
      const Outcome outcome = cairn(line);
      EXPECT_EQ(outcome.status, 1) << line << " with byte " << at << " flipped: " << outcome.errors;
      EXPECT_THAT(outcome.errors, HasSubstr("last.safetensors"));
      EXPECT_EQ(contents(last), damaged);
    }
  }
}

TEST_F(CalledProgram, SaysAtOnceThatAFolderCannotBeWritten) {
  std::ofstream(folder / "file") << "not a folder";
  const Outcome outcome = cairn("train --env cartpole --agent ppo --steps 2048 --quiet --out file/run");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("file/run"));
  if (fs::exists("/dev/full")) {
    EXPECT_EQ(cairn("list envs > /dev/full; exit 0").status, 0);
    const int status = std::system(CAIRN_PROGRAM " list envs > /dev/full 2> /dev/null");
    EXPECT_EQ(WEXITSTATUS(status), 1);
  }
}

TEST_F(CalledProgram, KeepsTheLastCheckpointWhenTheDiskIsFull) {
  const fs::path last = trained("run") / "checkpoints/last.safetensors";
  const std::string before = contents(last);
  // A limit on the size of files stands for a full disk: the same writes fail, with another reason.
  const Outcome outcome = cairn("train --resume run --steps 40000 --stretch --quiet", "trap '' XFSZ; ulimit -f 8;");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("Cannot write"));
  EXPECT_THAT(outcome.errors, HasSubstr("run/"));
  EXPECT_EQ(contents(last), before);
  EXPECT_EQ(cairn("train --resume run --quiet").status, 0);
}

TEST_F(CalledProgram, InterruptedRunsSayHowTheyEnded) {
  const std::string line = "train --env cartpole --agent ppo --steps 100000000 --out run";
  EXPECT_EQ(cairn(line + "i", "timeout --preserve-status -s INT 0.3").status, 130);
  EXPECT_EQ(cairn(line + "t", "timeout --preserve-status -s TERM 0.3").status, 143);
  EXPECT_EQ(cairn(line + "h", "timeout --preserve-status -s HUP 0.3").status, 129);
  EXPECT_EQ(cairn(line + "u", "timeout --preserve-status -s USR1 0.3").status, 138);
  EXPECT_EQ(cairn(line + "x", "timeout --preserve-status -s XCPU 0.3").status, 152);
  for (const char* run : {"runi", "runt", "runh", "runu", "runx"})
    EXPECT_TRUE(fs::exists(folder / run / "checkpoints/last.safetensors")) << run;
}

TEST_F(CalledProgram, SeveralSignalsInARowAreOne) {
  const Outcome twice = shell(
      "$cairn train --env cartpole --agent ppo --steps 100000000 --quiet --out run & run=$!; "
      "for i in $(seq 200); do test -e run/config.json && break; sleep 0.05; done; "
      "kill -TERM $run; sleep 0.001; kill -TERM $run; kill -HUP $run; wait $run");
  EXPECT_EQ(twice.status, 143) << twice.errors;
  EXPECT_TRUE(fs::exists(folder / "run/checkpoints/last.safetensors"));
}

TEST_F(CalledProgram, SaysWhichLimitKeepsThreadsFromStarting) {
  // A stack of a gigabyte for each thread and room for a few of them; what hangs is killed.
  const std::string few = "ulimit -s 1000000; ulimit -v 3000000; timeout -s KILL 10";
  for (const char* line : {"train --env cartpole --agent ppo --steps 2048 --quiet --threads 8 --out run",
                           "eval heuristic --env lander --episodes 8 --threads 8",
                           "race --env cartpole --agent ppo --steps 2048 --optimizers adam sgd lion adamw --no-window "
                           "--quiet --out race"}) {
    const Outcome outcome = cairn(line, few);
    EXPECT_EQ(outcome.status, 1) << line;
    EXPECT_THAT(outcome.errors, HasSubstr("cannot be started")) << line;
    EXPECT_THAT(outcome.errors, HasSubstr("(ulimit -v) is 3072000000")) << line;
  }
}

TEST_F(CalledProgram, PlansAThreadForEachCoreItMayUse) {
  ASSERT_EQ(cairn("train --env cartpole --agent ppo --steps 2048 --quiet --out run",
                  R"(taskset -c $(taskset -cp $$ | sed 's/.*: //; s/[-,].*//'))")
                .status,
            0);
  EXPECT_EQ(nlohmann::json::parse(contents(folder / "run/config.json"))["threads"], 1);
}

TEST_F(CalledProgram, WritesNothingForPeopleIntoFilesWhenStreamsAreClosed) {
  trained("open");
  ASSERT_EQ(shell("$cairn train --env cartpole --agent ppo --steps 6144 --evaluate-every 4096 --seed 3 "
                  "--checkpoint-every 2048 --out closed <&- >&- 2>&-")
                .status,
            0);
  for (const char* name : {"progress.csv", "evaluations.csv", "networks.csv"})
    EXPECT_EQ(contents(folder / "closed" / name), contents(folder / "open" / name)) << name;
}

TEST_F(CalledProgram, GoesOnWhereNobodyReads) {
  const Outcome list = shell("{ sleep 0.1; $cairn list optimizers; echo $? >status; } | true");
  EXPECT_EQ(contents(folder / "status"), "0\n");
  EXPECT_EQ(list.errors, "");
  shell("{ $cairn train --env cartpole --agent ppo --steps 6144 --out run 2>&1; echo $? >status; } | true");
  EXPECT_EQ(contents(folder / "status"), "0\n");
  EXPECT_TRUE(fs::exists(folder / "run/checkpoints/last.safetensors"));
  if (!fs::exists("/dev/full")) return;
  const Outcome full = shell("$cairn list envs >/dev/full");
  EXPECT_EQ(full.status, 1);
  EXPECT_EQ(full.errors, "cairn: Standard output cannot be written: No space left on device.\n");
  EXPECT_EQ(shell("$cairn train --env cartpole --agent ppo --steps 2048 --json --out json >/dev/full").status, 1);
}

TEST_F(CalledProgram, PrintsWhatDiffersFromTheDefaultsBeforeTraining) {
  const std::string line =
      "train --env lander --agent ppo:gamma=0.98 --preset none --optimizer adam:lr=0.002 --steps 64 ";
  const std::string little = cairn(line + "--envs 1 --out little").errors;
  EXPECT_THAT(little, HasSubstr("agent      ppo:gamma=0.98\n"));
  EXPECT_THAT(little, HasSubstr("optimizer  adam:lr=0.002\n"));
  EXPECT_THAT(little, HasSubstr("env        lander\n"));
  EXPECT_EQ(little.find("schedule"), std::string::npos);
  EXPECT_EQ(little.find("rollout="), std::string::npos);
  const std::string everything = cairn(line + "--envs 1 --verbose --out everything").errors;
  EXPECT_THAT(everything, HasSubstr("rollout=128"));
  EXPECT_THAT(everything, HasSubstr("schedule   constant"));
  EXPECT_EQ(cairn(line + "--verbose --quiet --out nothing").status, 2);
}

TEST_F(CalledProgram, HelpsHoweverItIsAsked) {
  const std::string help = cairn("train --help").out;
  EXPECT_THAT(help, HasSubstr("--agent SPEC"));
  EXPECT_EQ(cairn("train -h").out, help);
  EXPECT_EQ(cairn("help train").out, help);
  EXPECT_EQ(cairn("-h").out, cairn("--help").out);
  EXPECT_EQ(cairn("train --version").out, cairn("--version").out);
  EXPECT_THAT(cairn("help trian").errors, HasSubstr("Did you mean 'train'?"));
}

TEST_F(CalledProgram, ExportsSayWhereTheyComeFromAndAreEvaluatedAlike) {
  const fs::path run = trained("run");
  for (const char* format : {"safetensors", "onnx", "cpp"})
    ASSERT_EQ(cairn(std::string("export run --format ") + format + " --out policy." + format).status, 0) << format;
  const std::string commit = nlohmann::json::parse(contents(run / "config.json"))["made_by"]["commit"];
  EXPECT_THAT(contents(folder / "policy.cpp"), HasSubstr("// run: run\n// steps: 6144\n// commit: " + commit));
  for (const char* name : {"policy.safetensors", "policy.onnx"}) {
    const std::string bytes = contents(folder / name);
    for (const std::string& fact : {std::string("6144"), commit, std::string("cartpole:")})
      EXPECT_THAT(bytes, HasSubstr(fact)) << name;
  }
  const auto of_run = nlohmann::json::parse(cairn("eval run --episodes 10 --json").out);
  const Outcome outcome = cairn("eval policy.safetensors --episodes 10 --json");
  ASSERT_EQ(outcome.status, 0) << outcome.errors;
  const auto of_file = nlohmann::json::parse(outcome.out);
  EXPECT_EQ(of_file["returns"], of_run["returns"]);
  EXPECT_EQ(of_file["env"], of_run["env"]);
  ASSERT_EQ(cairn("export policy.safetensors --format safetensors --out again.safetensors").status, 0);
  EXPECT_EQ(contents(folder / "again.safetensors"), contents(folder / "policy.safetensors"));
  std::ofstream(folder / "other.safetensors", std::ios::binary) << std::string("\x02\0\0\0\0\0\0\0{}", 10);
  EXPECT_THAT(cairn("eval other.safetensors").errors, HasSubstr("neither a checkpoint"));
}

TEST_F(CalledProgram, ListsEverythingForPeopleAndScripts) {
  for (const char* kind :
       {"envs", "agents", "optimizers", "schedules", "clips", "bonuses", "curricula", "problems", "presets"}) {
    const auto all = nlohmann::json::parse(cairn(std::string("list --json ") + kind).out);
    ASSERT_FALSE(all.empty()) << kind;
    for (const auto& item : all) {
      const std::string name = item["name"];
      EXPECT_EQ(nlohmann::json::parse(cairn("list --json " + std::string(kind) + " " + name).out)["name"], name);
    }
  }
  const Outcome lander = cairn("list envs lander:continuous=true");
  EXPECT_THAT(lander.out, HasSubstr("main"));
  EXPECT_THAT(lander.out, HasSubstr("difficulty=1"));
  EXPECT_EQ(cairn("--help").status, 0);
  EXPECT_THAT(cairn("--version").out, HasSubstr("cairn 0"));
  for (const char* command : {"list", "train", "eval", "export", "watch", "play", "race", "landscape"})
    EXPECT_THAT(cairn(std::string(command) + " --help").out, HasSubstr("--help")) << command;
}

TEST_F(CalledProgram, SpeaksInLinesOfEightyCharacters) {
  std::vector<std::string> calls{"--help", "list", "optimizer --help", "study list"};
  for (const OptionReader& reader : option_readers()) calls.push_back(reader.name + " --help");
  for (const char* kind : {"envs", "wrappers", "agents", "optimizers", "schedules", "clips", "bonuses", "curricula",
                           "problems", "presets"}) {
    calls.push_back(std::string("list ") + kind);
    for (const auto& item : nlohmann::json::parse(cairn(calls.back() + " --json").out))
      calls.push_back(std::string("list ") + kind + " " + item["name"].get<std::string>());
  }
  for (const std::string& call : calls) {
    std::istringstream text(cairn(call).out);
    int lines = 0;
    for (std::string line; std::getline(text, line); ++lines) {
      const auto width = std::ranges::count_if(line, [](char c) { return (c & 0xC0) != 0x80; });
      const bool one_word = line.find(' ', line.find_first_not_of(' ')) == std::string::npos;  // as a SPEC
      EXPECT_TRUE(width <= 80 || one_word || line.starts_with("  --agent ")) << call << ": " << line;
    }
    EXPECT_GT(lines, 0) << call;
  }
}

}  // namespace
}  // namespace cairn::apps
