// The program as people call it: subprocesses, exit statuses, files.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "calls.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Program : public Calls {
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
};

TEST_F(Program, TrainsEvaluatesAndSaysSo) {
  const fs::path run = trained("run");
  for (const char* name : {"config.json", "progress.csv", "evaluations.csv", "networks.csv", "timing.csv", "log.txt",
                           "checkpoints/last.safetensors", "checkpoints/best.safetensors"})
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

TEST_F(Program, ThreadsChangeNothing) {
  const fs::path one = trained("one", "--threads 1"), four = trained("four", "--threads 4");
  for (const char* name : {"progress.csv", "evaluations.csv", "networks.csv", "checkpoints/last.safetensors"})
    EXPECT_EQ(contents(one / name), contents(four / name)) << name;
}

TEST_F(Program, ResumesToTheSameBytesAfterAnySignal) {
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

TEST_F(Program, ResumesForLonger) {
  trained("run");
  ASSERT_EQ(cairn("train --quiet --resume run --steps 10000").status, 0);
  EXPECT_EQ(nlohmann::json::parse(contents(folder / "run/config.json"))["steps"], 10000);
  EXPECT_THAT(cairn("train --resume run --seed 4").errors, HasSubstr("'--seed' cannot stand beside '--resume'"));
}

// A variable is no mistake where it is another command's: all options of all commands must be known as such.
TEST_F(Program, TakesVariablesOfOtherCommands) {
  EXPECT_EQ(cairn("train --env cartpole --agent ppo", "CAIRN_STEP=5").status, 2);
  std::string variables;
  for (const char* command : {"list", "train", "eval", "watch", "play", "race", "landscape", "compare", "tune", "study",
                              "export", "optimizer replay", "optimizer schedule", "optimizer descend"}) {
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

TEST_F(Program, RefusesWrongUseAtOnce) {
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
        {"train --env lander --agent ppo --until return=nan", "cannot be 'nan'. Allowed: (-inf,inf)"},
        {"train --config .", "is a folder"},
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

TEST_F(Program, NeverOverwritesARun) {
  const fs::path run = trained("run");
  const std::string before = contents(run / "checkpoints/last.safetensors");
  const Outcome again = cairn("train --env cartpole --agent ppo --steps 2048 --out run");
  EXPECT_EQ(again.status, 2);
  EXPECT_THAT(again.errors, HasSubstr("already holds a run"));
  EXPECT_EQ(contents(run / "checkpoints/last.safetensors"), before);
}

TEST_F(Program, RefusesDamagedCheckpointsAndKeepsThem) {
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

TEST_F(Program, SaysAtOnceThatAFolderCannotBeWritten) {
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

TEST_F(Program, KeepsTheLastCheckpointWhenTheDiskIsFull) {
  const fs::path last = trained("run") / "checkpoints/last.safetensors";
  const std::string before = contents(last);
  // A limit on the size of files stands for a full disk: the same writes fail, with another reason.
  const Outcome outcome = cairn("train --resume run --steps 40000 --quiet", "trap '' XFSZ; ulimit -f 8;");
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.errors, HasSubstr("Cannot write"));
  EXPECT_THAT(outcome.errors, HasSubstr("run/"));
  EXPECT_EQ(contents(last), before);
  EXPECT_EQ(cairn("train --resume run --quiet").status, 0);
}

TEST_F(Program, InterruptedRunsSayHowTheyEnded) {
  const std::string line = "train --env cartpole --agent ppo --steps 100000000 --out run";
  EXPECT_EQ(cairn(line + "i", "timeout --preserve-status -s INT 0.3").status, 130);
  EXPECT_EQ(cairn(line + "t", "timeout --preserve-status -s TERM 0.3").status, 143);
  EXPECT_TRUE(fs::exists(folder / "runi/checkpoints/last.safetensors"));
  EXPECT_TRUE(fs::exists(folder / "runt/checkpoints/last.safetensors"));
}

TEST_F(Program, ListsEverythingForPeopleAndScripts) {
  for (const char* kind : {"envs", "agents", "optimizers", "schedules", "clips", "problems", "presets"}) {
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

}  // namespace
}  // namespace cairn::apps
