#include "apps/comparison/merging.h"

#include <gmock/gmock.h>

#include "apps/command_line/errors.h"
#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
namespace fs = std::filesystem;

Job moved(Job job, const fs::path& from, const fs::path& to) {
  job.folder = to / job.folder.lexically_relative(from);
  return job;
}

TEST(Merging, JoinsArmsAndSeeds) {
  Matrix a = small_matrix(2), b = small_matrix(3);
  b.arms = {{"muon"}, {"adam"}};
  const Matrix both = joined(a, b);
  EXPECT_EQ(both.seeds, 3);
  EXPECT_EQ(both.arms, (std::vector<Arm>{{"adam"}, {"sgd:momentum=0.9"}, {"lion"}, {"muon"}}));
}

TEST(Merging, RefusesFoldersOfDifferentPlans) {
  const Scratch scratch;
  Matrix matrix = small_matrix(2);
  write_file(scratch.path / "a/comparison.json", to_json(matrix));
  matrix.workloads[0].steps = 5000;
  write_file(scratch.path / "b/comparison.json", to_json(matrix));
  const std::vector<fs::path> folders{scratch.path / "a", scratch.path / "b"}, none{scratch.path / "c"};
  EXPECT_THAT([&] { joined(folders); },
              ThrowsMessage<apps::UsageError>(HasSubstr("budget of cartpole, ppo: 4000 there, 5000 here")));
  EXPECT_THAT([&] { joined(none); }, ThrowsMessage<apps::UsageError>(HasSubstr("/c holds no comparison.")));
}

TEST(Merging, BringsOverWhatIsConcluded) {
  const Scratch scratch;
  const Matrix matrix = small_matrix(1);
  const fs::path from = scratch.path / "from", to = scratch.path / "to";
  const auto source = [&](std::size_t a) { return moved(fake_job(scratch, matrix, 0, a, 1), scratch.path, from); };
  const auto target = [&](std::size_t a) { return moved(fake_job(scratch, matrix, 0, a, 1), scratch.path, to); };
  fake_run(source(0), 1, 2);  // finished
  write_file(source(0).folder / "checkpoints/best.safetensors", "weights");
  write_file(source(0).folder / "lock", "1 here\n");
  write_file(source(0).folder.string() + ".log", "said\n");
  write_file(source(1).folder / "checkpoints/last.safetensors", "goes on");  // begun
  write_file(source(2).folder / "checkpoints/diverged.safetensors", "no numbers");
  write_file(source(2).folder.string() + ".failed", "It diverged.\n");
  gather_runs(from, to);
  EXPECT_EQ(state_of(target(0)), JobState::finished);
  EXPECT_EQ(contents(target(0).folder / "checkpoints/best.safetensors"), "weights");
  EXPECT_EQ(contents(target(0).folder.string() + ".log"), "said\n");
  EXPECT_FALSE(fs::exists(target(0).folder / "lock"));
  EXPECT_EQ(state_of(target(1)), JobState::missing);
  EXPECT_EQ(state_of(target(2)), JobState::failed);
  EXPECT_TRUE(concluded(target(2)));
  gather_runs(from, to);  // what is there stays

  fake_run(source(0), 1, 3);
  EXPECT_THAT([&] { gather_runs(from, to); },
              ThrowsMessage<std::runtime_error>(HasSubstr("are of one plan, but their evaluations.csv differ")));
}

TEST(Merging, ReplacesAHalfOfARun) {
  const Scratch scratch;
  const Matrix matrix = small_matrix(1);
  const Job job = fake_job(scratch, matrix, 0, 0, 1);
  const Job source = moved(job, scratch.path, scratch.path / "from"),
            target = moved(job, scratch.path, scratch.path / "to");
  fake_run(source, 1, 2);
  write_file(target.folder / "log.txt", "begun");
  fs::path half = target.folder;
  half += ".merging";
  write_file(half / "log.txt", "of a merge that was killed");
  gather_runs(scratch.path / "from", scratch.path / "to");
  EXPECT_EQ(state_of(target), JobState::finished);
  EXPECT_FALSE(fs::exists(target.folder / "log.txt"));
  EXPECT_FALSE(fs::exists(half));
}

}  // namespace
}  // namespace cairn::comparison
