#include "agents/training/run_folder.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cmath>

#include "agents/archive/archive.h"
#include "tests/agents/events.h"
#include "tests/agents/training/learner.h"
#include "tests/envs/counting_world.h"

namespace cairn::agents {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class WrittenFolder : public testing::Test {
 protected:
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cairn_run_folder_" + std::to_string(::getpid()));
  Wanderer agent;
  WrittenFolder() { std::filesystem::remove_all(path); }
  ~WrittenFolder() override { std::filesystem::remove_all(path); }

  struct Begun : RunFolder {
    explicit Begun(const std::filesystem::path& path) : RunFolder(path, "{}", false) { on_start({}); }
  };
  void iterate(RunFolder& folder, std::int64_t steps, double mean_return = NAN, double success = NAN) const {
    Telemetry telemetry;
    telemetry.steps = steps;
    telemetry.recent.episode_return = mean_return;
    telemetry.recent.success = success;
    telemetry.report("train/loss", 0.25);
    report_loop(telemetry);
    folder.on_iteration(telemetry, agent);
  }
  static void sync(RunFolder& folder) {
    Archive archive;
    folder.save(archive);
  }
  static EvaluationResult evaluation(std::int64_t steps) {
    EvaluationResult result;
    result.steps = steps;
    result.returns = {1, 3};
    result.mean_return = 2;
    result.networks = {{"policy", {.dead_units = 0.5, .effective_rank = 3}}};
    return result;
  }
  static InterventionNote note(std::int64_t steps) {
    return {.steps = steps,
            .kind = Intervention::Kind::rule,
            .value = "lion:lr=1,beta1=0.9",
            .label = "lion",
            .sentence = "step 1: a person swapped the optimizer."};
  }
};

TEST_F(WrittenFolder, HoldsWhatARunTells) {
  Begun folder(path);
  iterate(folder, 32);
  iterate(folder, 64, 1.5);
  folder.on_evaluation(evaluation(64));
  folder.on_message("something was said");
  folder.on_intervention(note(64));
  folder.on_intervention({.steps = 64, .kind = Intervention::Kind::stop, .value = {}, .label = {}, .sentence = "stop"});
  sync(folder);
  EXPECT_EQ(text_of(path / "config.json"), "{}");
  EXPECT_EQ(text_of(path / "log.txt"), "something was said\n");
  EXPECT_EQ(text_of(path / "progress.csv"),
            "iteration,steps,updates,episodes,return_mean,length_mean,success_rate,train/loss\n"
            "0,32,0,0,nan,nan,nan,0.25\n0,64,0,0,1.5,nan,nan,0.25\n");
  EXPECT_EQ(text_of(path / "evaluations.csv"),
            "steps,episodes,return_mean,return_std,return_median,length_mean,success_rate\n64,2,2,0,0,0,0\n");
  EXPECT_EQ(text_of(path / "networks.csv"), "steps,policy/dead_units,policy/effective_rank\n64,0.5,3\n");
  EXPECT_EQ(text_of(path / "interventions.csv"), "steps,kind,value,label\n64,rule,\"lion:lr=1,beta1=0.9\",lion\n")
      << "what changed nothing is none";
  EXPECT_EQ(text_of(path / "timing.csv"), "steps,seconds,training_seconds\n32,0,0\n64,0,0\n");
}

TEST_F(WrittenFolder, TensorBoardHasTheSameUnderTheirTags) {
  Begun folder(path);
  iterate(folder, 32);
  iterate(folder, 64, 1.5);
  folder.on_evaluation(evaluation(64));
  sync(folder);
  const std::vector<Scalar> scalars = read_scalars(path);
  const std::vector<Scalar> wanted{{"train/loss", 32, 0.25F},       {"rollout/ep_rew_mean", 64, 1.5F},
                                   {"train/loss", 64, 0.25F},       {"eval/mean_reward", 64, 2},
                                   {"eval/success_rate", 64, 0},    {"policy/dead_units", 64, 0.5F},
                                   {"policy/effective_rank", 64, 3}};
  EXPECT_EQ(scalars, wanted) << "a mean of no episode is no point";
}

TEST_F(WrittenFolder, GoesOnFromACheckpointAndDropsWhatCameBehind) {
  Archive archive;
  std::vector<std::string> kept;
  const auto tables = {"progress.csv", "evaluations.csv", "networks.csv", "interventions.csv"};
  {
    Begun folder(path);
    iterate(folder, 32);
    folder.on_evaluation(evaluation(32));
    folder.on_intervention(note(32));
    folder.save(archive);
    for (const char* table : tables) kept.push_back(text_of(path / table));
    iterate(folder, 64);
    folder.on_evaluation(evaluation(64));
    folder.on_intervention(note(64));
    sync(folder);
  }
  RunFolder folder(path, "", true);
  folder.load(archive);
  folder.on_start({});
  sync(folder);
  std::size_t i = 0;
  for (const char* table : tables) EXPECT_EQ(text_of(path / table), kept[i++]) << table;
  EXPECT_EQ(text_of(path / "config.json"), "{}");
  EXPECT_THAT(text_of(path / "timing.csv"), HasSubstr("\n64,")) << "time that was spent stays spent";

  folder.on_evaluation(evaluation(32));
  iterate(folder, 64);
  sync(folder);
  EXPECT_EQ(text_of(path / "evaluations.csv"), kept[1]) << "the evaluation that it has already";
  EXPECT_EQ(text_of(path / "progress.csv"), kept[0] + "0,64,0,0,nan,nan,nan,0.25\n");
}

TEST_F(WrittenFolder, TheFirstSuccessHasARowOfItsOwn) {
  Archive before, after;
  {
    RunFolder folder(path, "{}", false, 1000);
    folder.on_start({});
    for (const std::int64_t steps : {100, 200}) iterate(folder, steps, 1, 0);
    folder.save(before);
    for (const std::int64_t steps : {300, 400, 500}) iterate(folder, steps, 1, 0.01);
    folder.save(after);
  }
  using Steps = std::vector<double>;
  EXPECT_EQ(read_columns(path / "progress.csv")["steps"], (Steps{100, 300, 500})) << "500 is the checkpoint's";
  {
    RunFolder folder(path, "", true, 1000);
    folder.load(before);
    folder.on_start({.agent = {}, .environment = {}, .folder = {}, .first_step = 200, .factory = {}});
    for (const std::int64_t steps : {300, 400}) iterate(folder, steps, 1, 0.01);
    sync(folder);
  }
  EXPECT_EQ(read_columns(path / "progress.csv")["steps"], (Steps{100, 300, 400}));
  {
    RunFolder folder(path, "", true, 1000);
    folder.load(after);
    folder.on_start({.agent = {}, .environment = {}, .folder = {}, .first_step = 500, .factory = {}});
    for (const std::int64_t steps : {600, 700}) iterate(folder, steps, 1, 0.02);
    sync(folder);
  }
  EXPECT_EQ(read_columns(path / "progress.csv")["steps"], (Steps{100, 300, 700})) << "600 is no first one";
}

TEST_F(WrittenFolder, IsOneProcessesAtATime) {
  {
    Begun folder(path);
    EXPECT_THAT(
        [&] { RunFolder(path, "", true); },
        ThrowsMessage<std::runtime_error>(HasSubstr("is in use: process " + std::to_string(::getpid()) + " on ")));
  }
  EXPECT_THAT([&] { RunFolder(path, "{}", false); },
              ThrowsMessage<std::runtime_error>(HasSubstr("already holds a run")));
  EXPECT_NO_THROW(RunFolder(path, "", true));
}

TEST_F(WrittenFolder, DropsARowOfTimingThatWasTorn) {
  Archive archive;
  {
    Begun folder(path);
    iterate(folder, 32);
    folder.save(archive);
  }
  const std::string whole = text_of(path / "timing.csv");
  std::ofstream(path / "timing.csv", std::ios::app) << "64,0.12";
  RunFolder folder(path, "", true);
  folder.load(archive);
  folder.on_start({.agent = {}, .environment = {}, .folder = {}, .first_step = 32, .factory = {}});
  iterate(folder, 64);
  sync(folder);
  EXPECT_EQ(text_of(path / "timing.csv"), whole + "64,0,0\n");
}

TEST_F(WrittenFolder, TablesThatVanishAreMadeAgainAndNoted) {
  Begun folder(path);
  iterate(folder, 32);
  folder.on_message("something was said");
  sync(folder);
  for (const char* name : {"progress.csv", "log.txt"}) std::filesystem::remove(path / name);
  iterate(folder, 64);
  sync(folder);
  EXPECT_EQ(read_columns(path / "progress.csv")["steps"], (std::vector<double>{32, 64}));
  EXPECT_EQ(text_of(path / "log.txt"), "something was said\n");
  EXPECT_THAT(folder.take_notes(),
              testing::ElementsAre(HasSubstr("progress.csv had vanished"), HasSubstr("log.txt had vanished")));
  iterate(folder, 96);
  sync(folder);
  EXPECT_EQ(read_columns(path / "progress.csv")["steps"], (std::vector<double>{32, 64, 96}));
  EXPECT_THAT(folder.take_notes(), testing::IsEmpty());
}

TEST_F(WrittenFolder, ATableThatIsGoneBeginsAnew) {
  Archive archive;
  {
    Begun folder(path);
    iterate(folder, 32);
    folder.save(archive);
  }
  std::filesystem::remove(path / "progress.csv");
  RunFolder folder(path, "", true);
  folder.load(archive);
  folder.on_start({.agent = {}, .environment = {}, .folder = {}, .first_step = 32, .factory = {}});
  EXPECT_THAT(folder.take_notes(), testing::ElementsAre("progress.csv is gone; it begins anew at step 32."));
  iterate(folder, 64);
  sync(folder);
  EXPECT_EQ(read_columns(path / "progress.csv")["steps"], (std::vector<double>{64}));
}

TEST_F(WrittenFolder, SaysThatItsLogCannotBeWritten) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP();
  std::filesystem::create_directories(path);
  std::filesystem::create_symlink("/dev/full", path / "log.txt");
  Begun folder(path);
  EXPECT_THAT([&] { folder.on_message("something"); },
              ThrowsMessage<std::runtime_error>(HasSubstr("log.txt: No space left on device.")));
}

// Rows follow steps 1, 100, 200, …; a checkpoint also shows the latest one, which goes again.
TEST_F(WrittenFolder, HasARowOnceInSoManyStepsAndTheLatestAtACheckpoint) {
  const auto steps = [&] { return read_columns(path / "progress.csv")["steps"]; };
  Archive at_96;
  {
    RunFolder folder(path, "{}", false, 100);
    folder.on_start({});
    for (const std::int64_t done : {32, 64, 96}) iterate(folder, done);
    folder.save(at_96);
    EXPECT_EQ(steps(), (std::vector<double>{32, 96}));
    Archive again;
    folder.save(again);
    EXPECT_EQ(steps(), (std::vector<double>{32, 96}));
    for (const std::int64_t done : {128, 160, 192, 224, 256}) iterate(folder, done);
    sync(folder);
    EXPECT_EQ(steps(), (std::vector<double>{32, 128, 224, 256}));
  }
  const std::string uninterrupted = text_of(path / "progress.csv");
  RunFolder folder(path, "", true, 100);
  folder.load(at_96);
  folder.on_start({.agent = {}, .environment = {}, .folder = {}, .first_step = 96, .factory = {}});
  sync(folder);
  EXPECT_EQ(steps(), (std::vector<double>{32, 96})) << "also where nothing was done since";
  for (const std::int64_t done : {128, 160, 192, 224, 256}) iterate(folder, done);
  sync(folder);
  EXPECT_EQ(text_of(path / "progress.csv"), uninterrupted);
  std::vector<std::int64_t> points;
  for (const Scalar& scalar : read_scalars(path)) points.push_back(scalar.step);
  EXPECT_EQ(points, (std::vector<std::int64_t>{32, 96, 128, 224, 256})) << "none twice";
}

TEST_F(WrittenFolder, RefusesTablesOfOtherColumns) {
  Archive archive;
  {
    Begun folder(path);
    iterate(folder, 32);
    folder.save(archive);
  }
  const std::string other = "steps,episodes,return_MEAN,return_std,return_median,length_mean,success_rate\n";
  std::ofstream(path / "evaluations.csv") << other;
  RunFolder folder(path, "", true);
  folder.load(archive);
  EXPECT_THAT([&] { folder.on_start({}); },
              ThrowsMessage<std::runtime_error>(HasSubstr(
                  "evaluations.csv: its column 3 is 'return_MEAN', and this program would write 'return_mean'.")));
  EXPECT_EQ(text_of(path / "evaluations.csv"), other);
}

TEST_F(WrittenFolder, RefusesLengthsThatCannotBe) {
  Begun folder(path);
  for (const char* wrong : {"progress", "evaluations", "networks", "interventions"}) {
    Archive archive;
    for (const char* table : {"progress", "evaluations", "networks", "interventions"})
      archive.put_value("run_folder/" + std::string(table) + "_bytes",
                        std::int64_t{std::string_view(table) == wrong ? -1 : 0});
    archive.put_value("run_folder/evaluated_at", std::int64_t{-1});
    EXPECT_THAT([&] { folder.load(archive); },
                ThrowsMessage<std::runtime_error>(HasSubstr("'run_folder/" + std::string(wrong) + "_bytes' is -1")));
  }
}

TEST_F(WrittenFolder, AnAgentReportsTheSameEveryTime) {
  Begun folder(path);
  iterate(folder, 32);
  Telemetry telemetry;
  report_loop(telemetry);
  EXPECT_THROW(folder.on_iteration(telemetry, agent), std::logic_error);
}

TEST_F(WrittenFolder, AMetricThatIsNotListedIsWrittenAllTheSame) {
  Begun folder(path);
  Telemetry telemetry;
  telemetry.report("train/of_another_agent", 2);
  folder.on_iteration(telemetry, agent);
  sync(folder);
  EXPECT_EQ(text_of(path / "progress.csv"), "train/of_another_agent\n2\n");
  EXPECT_THAT(read_scalars(path), Contains(Scalar{"train/of_another_agent", 0, 2}));
}

}  // namespace
}  // namespace cairn::agents
