#include "agents/training/train.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <deque>
#include <fstream>
#include <iterator>

#include "agents/archive/archive.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/training/signals.h"
#include "envs/classic/cart_pole.h"
#include "optim/catalogue.h"
#include "tests/agents/training/learner.h"
#include "tests/envs/counting_world.h"
#include "tests/files.h"

namespace cairn::agents {
namespace {

const envs::EnvironmentFactory factory = [] { return std::make_unique<envs::CountingWorld>(11); };

class Train : public ::testing::Test {
 protected:
  Train() { std::filesystem::remove_all(root_); }
  ~Train() override { clear_signal(); }

  TrainOptions options(const char* name) const {
    return {.steps = 2'000,
            .seed = 5,
            .environments = 4,
            .threads = 2,
            .folder = root_ / name,
            .checkpoint_every = 500,
            .evaluate_every = 300,
            .evaluation_episodes = 6,
            .log_every = 0,
            .config = "{}",
            .identity = "wanderer counting"};
  }
  void expect_same(const char* a, const char* b) const {
    for (const char* file : {"checkpoints/last.safetensors", "checkpoints/best.safetensors", "progress.csv",
                             "evaluations.csv", "networks.csv", "interventions.csv"})
      EXPECT_EQ(contents(root_ / a / file), contents(root_ / b / file)) << file;
  }

  std::filesystem::path root_ =
      std::filesystem::path(::testing::TempDir()) / ("cairn_train_test_" + std::to_string(::getpid()));
};

TEST_F(Train, WritesTheRunFolder) {
  Wanderer agent;
  const TrainResult result = train(agent, factory, options("a"));
  EXPECT_EQ(result.ending, Ending::finished);
  EXPECT_EQ(result.steps, 2'016) << "whole iterations of 32 steps";
  EXPECT_EQ(result.updates, 63);
  EXPECT_EQ(result.episodes, 4 * (504 / 11));
  EXPECT_EQ(result.evaluation.steps, 2'016) << "the last evaluation is of the last policy";
  EXPECT_EQ(contents(root_ / "a/config.json"), "{}");
  EXPECT_THAT(contents(root_ / "a/progress.csv"),
              ::testing::StartsWith(
                  "iteration,steps,updates,episodes,return_mean,length_mean,success_rate,train/bias\n1,32,1,0,nan"));
  const std::string rows = contents(root_ / "a/progress.csv"), evaluations = contents(root_ / "a/evaluations.csv");
  EXPECT_EQ(std::ranges::count(rows, '\n'), 64);
  EXPECT_EQ(std::ranges::count(evaluations, '\n'), 1 + 6 + 1) << "every 300 steps, and at the end";
  const std::string networks = contents(root_ / "a/networks.csv");
  EXPECT_THAT(networks, ::testing::StartsWith("steps,critic/dead_units,critic/effective_rank\n320,"))
      << "its policy has no hidden layer to speak of";
  EXPECT_EQ(std::ranges::count(networks, '\n'), 1 + 6 + 1) << "with every evaluation";
  EXPECT_NO_THROW(Policy::load(read_archive(root_ / "a/checkpoints/best.safetensors")));
}

TEST_F(Train, ResumesToTheSameBytesFromAnyIteration) {
  Wanderer whole;
  train(whole, factory, options("whole"));
  for (const std::int64_t stop : {0, 1, 9, 10, 15, 16, 31, 62}) {
    TrainOptions o = options("stopped");
    std::filesystem::remove_all(o.folder);
    Wanderer first;
    first.before_iteration = [&](std::int64_t iteration) {
      if (iteration == stop) std::raise(SIGINT);
    };
    watch_signals();
    const TrainResult interrupted = train(first, factory, o);
    EXPECT_EQ(interrupted.ending, Ending::interrupted);
    EXPECT_EQ(interrupted.signal, SIGINT);
    clear_signal();
    o.resume = true;
    o.threads = 1;
    Wanderer second;
    const TrainResult resumed = train(second, factory, o);
    EXPECT_EQ(resumed.resumed_from, 32 * (stop + 1));
    EXPECT_EQ(resumed.ending, Ending::finished);
    expect_same("whole", "stopped");
  }
}

TEST_F(Train, ResumesAfterBeingKilledFromTheLastCheckpoint) {
  Wanderer whole;
  train(whole, factory, options("whole"));
  for (const std::int64_t kill : {3, 20, 50}) {
    TrainOptions o = options("killed");
    std::filesystem::remove_all(o.folder);
    const pid_t child = ::fork();
    if (child == 0) {
      Wanderer agent;
      agent.before_iteration = [&](std::int64_t iteration) {
        if (iteration == kill) ::kill(::getpid(), SIGKILL);
      };
      train(agent, factory, o);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    o.resume = true;
    Wanderer agent;
    const TrainResult resumed = train(agent, factory, o);
    EXPECT_EQ(resumed.resumed_from, kill < 16 ? 0 : 32 * (kill < 32 ? 16 : 47))
        << "checkpoints follow steps 500, 1000, 1500";
    expect_same("whole", "killed");
  }
}

TEST_F(Train, ASignalInALongIterationSavesTheBoundaryBeforeIt) {
  TrainOptions o = options("long");
  o.steps = 96;
  o.checkpoint_every = 0;
  Wanderer whole;
  train(whole, factory, o);
  o.folder = root_ / "signalled";
  const pid_t child = ::fork();
  if (child == 0) {
    watch_signals();
    Wanderer agent;
    agent.pause = std::chrono::milliseconds(600);
    agent.before_iteration = [&agent](std::int64_t iteration) {
      if (iteration == 1) {
        agent.pause = std::chrono::milliseconds(20'000);
        std::raise(SIGTERM);
      }
    };
    train(agent, factory, o);
    ::_exit(0);
  }
  const auto start = std::chrono::steady_clock::now();
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10)) << "it did not wait for the iteration";
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 143);
  o.resume = true;
  Wanderer agent;
  EXPECT_EQ(train(agent, factory, o).resumed_from, 32);
  expect_same("long", "signalled");
}

TEST_F(Train, ResumesToTheSameBytesWhereRowsAreFew) {
  const auto sparse = [&](const char* name) {
    TrainOptions o = options(name);
    o.log_every = 150;
    return o;
  };
  Wanderer whole;
  train(whole, factory, sparse("whole"));
  const std::string rows = contents(root_ / "whole/progress.csv");
  EXPECT_EQ(std::ranges::count(rows, '\n'), 1 + 1 + 1 + 13 + 1)
      << "head, step 32, the first success, every 150 steps, the latest";
  EXPECT_THAT(rows, ::testing::HasSubstr("\n63,2016,"));
  for (const std::int64_t stop : {0, 3, 9, 10, 31}) {
    TrainOptions o = sparse("stopped");
    std::filesystem::remove_all(o.folder);
    Wanderer first;
    first.before_iteration = [&](std::int64_t iteration) {
      if (iteration == stop) std::raise(SIGINT);
    };
    watch_signals();
    train(first, factory, o);
    clear_signal();
    EXPECT_THAT(contents(o.folder / "progress.csv"),
                ::testing::HasSubstr("\n" + std::to_string(stop + 1) + "," + std::to_string(32 * (stop + 1)) + ","));
    o.resume = true;
    Wanderer second;
    train(second, factory, o);
    expect_same("whole", "stopped");
  }
}

TEST_F(Train, SaysThatItStartsAnewWithoutACheckpoint) {
  TrainOptions o = options("a");
  o.steps = 64;
  Wanderer whole;
  train(whole, factory, o);
  o.folder = root_ / "failed";
  std::filesystem::create_directories(o.folder);
  std::ofstream(o.folder / "config.json") << "{}";
  o.resume = true;
  Wanderer agent;
  EXPECT_EQ(train(agent, factory, o).resumed_from, 0);
  EXPECT_THAT(contents(o.folder / "log.txt"), ::testing::HasSubstr("no checkpoint in"));
  EXPECT_THAT(contents(o.folder / "log.txt"), ::testing::HasSubstr("starts anew"));
  expect_same("a", "failed");
}

TEST_F(Train, ResumingAFinishedRunChangesNothing) {
  TrainOptions o = options("whole");
  Wanderer whole;
  train(whole, factory, o);
  o.folder = root_ / "again";
  std::filesystem::copy(root_ / "whole", o.folder, std::filesystem::copy_options::recursive);
  o.resume = true;
  Wanderer agent;
  const auto written = std::filesystem::last_write_time(o.folder / "checkpoints/last.safetensors");
  const TrainResult result = train(agent, factory, o);
  EXPECT_EQ(result.resumed_from, whole.steps());
  EXPECT_TRUE(result.nothing_to_do);
  EXPECT_EQ(std::filesystem::last_write_time(o.folder / "checkpoints/last.safetensors"), written);
  expect_same("whole", "again");
}

TEST_F(Train, ASignalInALongFirstIterationHasNothingToSave) {
  TrainOptions o = options("whole");
  o.steps = 96;
  Wanderer whole;
  train(whole, factory, o);
  o.folder = root_ / "early";
  const pid_t child = ::fork();
  if (child == 0) {
    watch_signals();
    Wanderer agent;
    agent.pause = std::chrono::milliseconds(20'000);
    agent.before_iteration = [](std::int64_t) { std::raise(SIGINT); };
    train(agent, factory, o);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  EXPECT_FALSE(std::filesystem::exists(o.folder / "checkpoints/last.safetensors"));
  o.resume = true;
  Wanderer agent;
  EXPECT_EQ(train(agent, factory, o).resumed_from, 0);
  expect_same("whole", "early");
}

TEST_F(Train, StopsWhenAPolicyIsGoodEnough) {
  // Return of an episode is 66 times the action; the wanderer's bias crosses 0.5 at some time or other.
  TrainOptions o = options("until");
  o.steps = 200'000;
  o.until_return = 33;
  Wanderer agent;
  const TrainResult result = train(agent, factory, o);
  EXPECT_EQ(result.ending, Ending::reached);
  EXPECT_LT(result.steps, 200'000);
  EXPECT_EQ(result.evaluation.returns.size(), 100U);
  EXPECT_GE(result.evaluation.mean_return, 33);
  EXPECT_EQ(result.best_return, result.evaluation.mean_return);
  EXPECT_TRUE(std::filesystem::exists(root_ / "until/checkpoints/best.safetensors"));
  EXPECT_THAT(contents(root_ / "until/evaluations.csv"),
              ::testing::HasSubstr("\n" + std::to_string(result.steps) + ",100,"));

  // It is over, and resuming it finds so: the same evaluation, not a byte changed.
  const std::string before = contents(root_ / "until/checkpoints/last.safetensors");
  o.resume = true;
  Wanderer again;
  const TrainResult resumed = train(again, factory, o);
  EXPECT_EQ(resumed.ending, Ending::reached);
  EXPECT_EQ(resumed.steps, result.steps);
  EXPECT_EQ(resumed.evaluation.returns, result.evaluation.returns);
  EXPECT_EQ(contents(root_ / "until/checkpoints/last.safetensors"), before);
}

TEST_F(Train, RefusesACheckpointOfAnotherRun) {
  Wanderer agent;
  train(agent, factory, options("a"));
  TrainOptions o = options("a");
  o.resume = true;
  o.identity = "wanderer elsewhere";
  Wanderer other;
  EXPECT_THAT([&] { train(other, factory, o); },
              ::testing::ThrowsMessage<std::runtime_error>(::testing::AllOf(
                  ::testing::HasSubstr("a/checkpoints/last.safetensors"),
                  ::testing::HasSubstr("counting, not elsewhere"), ::testing::Not(::testing::HasSubstr("wanderer")))));
}

TEST_F(Train, RefusesACheckpointOfAnotherFormat) {
  Wanderer agent;
  train(agent, factory, options("a"));
  const auto last = root_ / "a/checkpoints/last.safetensors";
  Archive archive = read_archive(last);
  EXPECT_EQ(archive.metadata.at("format"), "cairn checkpoint 2");
  EXPECT_EQ(read_archive(root_ / "a/checkpoints/best.safetensors").metadata.at("format"), "cairn checkpoint 2");
  archive.metadata["format"] = "cairn checkpoint 1";
  write_archive(last, archive);
  TrainOptions o = options("a");
  o.resume = true;
  Wanderer other;
  EXPECT_THAT([&] { train(other, factory, o); },
              ::testing::ThrowsMessage<std::runtime_error>(
                  ::testing::AllOf(::testing::HasSubstr("'cairn checkpoint 1'"),
                                   ::testing::HasSubstr("'cairn checkpoint 2'"), ::testing::HasSubstr(last.string()))));
}

TEST_F(Train, RefusesToGoOnWithATableOfOtherColumnsAndLosesNothing) {
  TrainOptions o = options("a");
  o.steps = 1'000;
  Wanderer agent;
  train(agent, factory, o);
  const std::string rows = contents(root_ / "a/progress.csv"),
                    last = contents(root_ / "a/checkpoints/last.safetensors");
  const std::string other = "iteration,steps,updates,episodes,return_mean,length_mean,success_rate,train/bios\n" +
                            rows.substr(rows.find('\n') + 1);
  std::ofstream(root_ / "a/progress.csv") << other << "a row behind the checkpoint\n";
  o.steps = 2'000;
  o.resume = true;
  Wanderer again;
  EXPECT_THAT([&] { train(again, factory, o); },
              ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr(
                  "a/progress.csv: its column 8 is 'train/bios', and this program would write 'train/bias'.")));
  EXPECT_EQ(contents(root_ / "a/progress.csv"), other + "a row behind the checkpoint\n");
  EXPECT_EQ(contents(root_ / "a/checkpoints/last.safetensors"), last);
}

TEST_F(Train, DivergenceLeavesADumpAndTheLastCheckpoint) {
  Wanderer agent;
  agent.diverges_after = 40;
  EXPECT_THROW(train(agent, factory, options("a")), Diverged);
  EXPECT_EQ(read_archive(root_ / "a/checkpoints/last.safetensors").metadata.at("steps"), "1024");
  EXPECT_EQ(read_archive(root_ / "a/checkpoints/diverged.safetensors").metadata.at("steps"), "1280");
  EXPECT_THAT(contents(root_ / "a/log.txt"), ::testing::HasSubstr("not finite"));
}

TEST_F(Train, WeightsThatAreNotFiniteLeaveTheLastCheckpointAndNoDump) {
  Wanderer agent;
  agent.weights_end_after = 40;
  EXPECT_THROW(train(agent, factory, options("a")), Diverged);
  EXPECT_EQ(read_archive(root_ / "a/checkpoints/last.safetensors").metadata.at("steps"), "1024");
  EXPECT_NO_THROW(Policy::load(read_archive(root_ / "a/checkpoints/last.safetensors")));
  EXPECT_FALSE(std::filesystem::exists(root_ / "a/checkpoints/diverged.safetensors"));
  EXPECT_THAT(contents(root_ / "a/log.txt"), ::testing::HasSubstr("The weights are not finite"));
}

TEST_F(Train, SaysWhichFolderItCannotWrite) {
  Wanderer agent;
  TrainOptions o = options("a");
  o.folder = "/proc/nothing/here";
  EXPECT_THAT([&] { train(agent, factory, o); },
              ::testing::ThrowsMessage<std::runtime_error>(::testing::HasSubstr("/proc/nothing/here")));
}

/// Somebody who wants things done once so many steps have been made.
struct Person : Observer {
  struct Wish {
    std::int64_t steps;
    Intervention what;
  };
  std::deque<Wish> wishes;
  std::int64_t steps = 0;
  std::vector<InterventionNote> notes;
  std::vector<std::size_t> blocks_seen;

  void on_iteration(const Telemetry& telemetry, const Agent&) override {
    steps = telemetry.steps;
    blocks_seen.push_back(telemetry.blocks.size());
  }
  bool wants_blocks() override { return steps >= 256; }
  std::optional<Intervention> intervene() override {
    if (wishes.empty() || wishes.front().steps > steps) return std::nullopt;
    Intervention what = wishes.front().what;
    wishes.pop_front();
    return what;
  }
  void on_intervention(const InterventionNote& note) override { notes.push_back(note); }
};

class Intervened : public Train {
 protected:
  static constexpr auto cart_pole = [] { return std::make_unique<envs::CartPole>(); };
  TrainResult run(const TrainOptions& options, Person& person) const {
    Ppo agent(cart_pole()->spec(), {.rollout = 16, .minibatch = 32, .epochs = 2}, optim::adam({.lr = 1e-3}));
    Observer* observers[] = {&person};
    return train(agent, cart_pole, options, observers);
  }
  static Intervention swap() { return {.kind = Intervention::Kind::rule, .rule = optim::lion({.lr = 1e-4})}; }
  static optim::Rule read_rule(const std::string& description) {
    EXPECT_EQ(description, optim::lion({.lr = 1e-4}).description());
    return optim::lion({.lr = 1e-4});
  }
};

TEST_F(Intervened, IsAnsweredNotedAndLoggedBetweenIterations) {
  Person nobody, person;
  const TrainResult alone = run(options("alone"), nobody);
  EXPECT_FALSE(alone.intervened);
  EXPECT_THAT(nobody.blocks_seen, ::testing::Each(::testing::Le(12U)));
  EXPECT_EQ(nobody.blocks_seen.front(), 0U);
  EXPECT_EQ(nobody.blocks_seen.back(), 12U) << "where they were wanted";

  person.wishes = {{640, {.kind = Intervention::Kind::rate, .factor = 0.5}},
                   {640, {.kind = Intervention::Kind::checkpoint}},
                   {1'000, swap()},
                   {1'500, {.kind = Intervention::Kind::stop}}};
  const TrainResult result = run(options("a"), person);
  EXPECT_EQ(result.ending, Ending::stopped);
  EXPECT_EQ(result.steps, 1'536);
  EXPECT_TRUE(result.intervened);
  ASSERT_EQ(person.notes.size(), 4U);
  EXPECT_EQ(person.notes[0].label, "rate x 0.5");
  EXPECT_FALSE(person.notes[1].changed()) << "a checkpoint changes nothing";
  EXPECT_EQ(person.notes[2].label, "lion");
  EXPECT_EQ(person.notes[2].steps, 1'024);
  EXPECT_EQ(contents(root_ / "a/log.txt"), person.notes[0].sentence + "\n" + person.notes[1].sentence + "\n" +
                                               person.notes[2].sentence + "\n" + person.notes[3].sentence + "\n");
  const std::vector<InterventionNote> read = read_interventions(root_ / "a/interventions.csv");
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].label, "rate x 0.5");
  EXPECT_EQ(read[1].label, "lion");
  EXPECT_EQ(read[1].steps, 1'024);
  const Archive kept = read_archive(root_ / "a/checkpoints/step-640.safetensors");
  EXPECT_EQ(kept.metadata.at("interventions"), person.notes[0].sentence + "\n");
  EXPECT_EQ(contents(root_ / "a/progress.csv").substr(0, 2'000),
            contents(root_ / "alone/progress.csv").substr(0, 2'000))
      << "the same until then";

  std::filesystem::copy_file(root_ / "a/checkpoints/step-640.safetensors", root_ / "a/checkpoints/last.safetensors",
                             std::filesystem::copy_options::overwrite_existing);
  TrainOptions again = options("a");
  again.resume = true;
  run(again, nobody);
  EXPECT_EQ(read_interventions(root_ / "a/interventions.csv").size(), 1U) << "the swap came later and is undone";
}

TEST_F(Intervened, ResumesWithTheSwappedRuleToTheSameBits) {
  Person whole, first, second;
  for (Person* person : {&whole, &first})
    person->wishes = {{300, {.kind = Intervention::Kind::rate, .factor = 2}},
                      {640, swap()},
                      {700, {.kind = Intervention::Kind::rate, .factor = 0.5}}};
  run(options("whole"), whole);
  first.wishes.push_back({1'000, {.kind = Intervention::Kind::stop}});
  TrainOptions o = options("stopped");
  run(o, first);
  o.resume = true;
  EXPECT_THAT([&] { run(o, second); }, ::testing::ThrowsMessage<std::runtime_error>(
                                           ::testing::HasSubstr("had swapped the optimizer for 'lion")));
  o.read_rule = &read_rule;
  const TrainResult resumed = run(o, second);
  EXPECT_EQ(resumed.ending, Ending::finished);
  EXPECT_TRUE(resumed.intervened);
  expect_same("whole", "stopped");
}

}  // namespace
}  // namespace cairn::agents
