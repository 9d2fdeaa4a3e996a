#include "apps/comparison/matrix.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/apps/comparison/fake_runs.h"

namespace cairn::comparison {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Matrix, ReadsBackWhatItWrote) {
  const Scratch scratch;
  Matrix matrix = small_matrix(7);
  matrix.tuned = matrix.untuned_beside = true;
  matrix.tuning.keys = {"lr"};
  matrix.arms[1].schedule = "linear";
  write_file(scratch.path / "comparison.json", to_json(matrix));
  const Matrix back = read_matrix(scratch.path / "comparison.json");
  EXPECT_TRUE(differences(matrix, back).empty());
  EXPECT_EQ(to_json(back), to_json(matrix));
  write_file(scratch.path / "comparison.json", "{}");
  EXPECT_THROW(read_matrix(scratch.path / "comparison.json"), std::runtime_error);
}

TEST(Matrix, TakesPresetsAsTrainDoes) {
  Matrix matrix = small_matrix(2);
  const Workload cartpole{"cartpole", "ppo", 4000};
  matrix.workloads = {cartpole};
  matrix.arms = {{"adam:lr=1e-3", preset_schedule}};
  EXPECT_THROW(refuse_malformed(matrix), apps::UsageError) << "of no preset";
  matrix.preset = "auto";
  EXPECT_NO_THROW(refuse_malformed(matrix));
  const apps::RunPlan plan = plan_run(matrix, cartpole, matrix.arms[0], 1);
  apps::Arguments train;
  for (const auto& [name, value] : {std::pair{"env", "cartpole"}, {"agent", "ppo"}, {"optimizer", "adam:lr=1e-3"}})
    train.set(name, value, "test");
  const apps::RunPlan same = apps::resolve_plan(train);
  EXPECT_EQ(plan.preset, "ppo-cartpole");
  EXPECT_EQ(plan.agent, same.agent);
  EXPECT_EQ(plan.schedule, same.schedule);
  EXPECT_EQ(plan.clip, same.clip);
  EXPECT_EQ(plan.environments, same.environments);
  EXPECT_THAT(settings_text(matrix), HasSubstr("cartpole, ppo: ppo-cartpole"));
  EXPECT_THAT(command(matrix), HasSubstr(" --preset auto "));
  matrix.arms[0].schedule = "constant";
  EXPECT_EQ(plan_run(matrix, cartpole, matrix.arms[0], 1).schedule.find("constant"), 0U) << "what is named holds";
  Matrix plain = matrix;
  plain.preset = "none";
  EXPECT_THAT(differences(matrix, plain), testing::Contains("preset: auto there, none here"));
  EXPECT_THAT(settings_text(plain), HasSubstr("library defaults"));
}

TEST(Matrix, HasOneCurriculumForAllRuns) {
  const Scratch scratch;
  Matrix matrix = small_matrix(2);
  const std::string plain = to_json(matrix);
  EXPECT_EQ(plain.find("curriculum"), std::string::npos);
  const Workload lander{"lander", "ppo", 4000};
  matrix.workloads = {lander};
  matrix.curriculum = "success:step=0.1";
  EXPECT_THAT(plan_run(matrix, lander, matrix.arms[0], 1).curriculum, HasSubstr("step=0.1"));
  EXPECT_THAT(command(matrix), HasSubstr(" --curriculum success:step=0.1"));
  EXPECT_THAT(settings_text(matrix), HasSubstr("start by the curriculum success:step=0.1"));
  write_file(scratch.path / "comparison.json", to_json(matrix));
  const Matrix back = read_matrix(scratch.path / "comparison.json");
  EXPECT_TRUE(differences(matrix, back).empty());
  Matrix without = matrix;
  without.curriculum.clear();
  EXPECT_THAT(differences(matrix, without), ElementsAre("curriculum: success:step=0.1 there, not named here"));
  matrix.workloads = {{"cartpole", "ppo", 4000}};
  EXPECT_THROW(refuse_malformed(matrix), apps::UsageError) << "a world without easier episodes";
}

// Anyone may have written comparison.json: each line changes one piece of a good one.
TEST(Matrix, TrustsNoFile) {
  const Scratch scratch;
  const std::filesystem::path file = scratch.path / "comparison.json";
  struct Case {
    const char *at, *value, *says;
  };
  for (const Case& wrong : {
           Case{"/evaluations", "0", "'evaluations' cannot be '0'. Allowed: [1,100000]."},
           {"/seeds", "1e9", "'seeds' cannot be '1000000000.0'. Allowed: [1,1000000]."},
           {"/seeds", "-1", "'seeds' cannot be '-1'"},
           {"/seeds", "2.7", "'seeds' cannot be '2.7'"},
           {"/seeds", "0", "'seeds' cannot be '0'"},
           {"/seeds", "null", "'seeds' cannot be 'null'"},
           {"/seeds", "1000000", "That would be 6000000 runs, 1000000 of each of 3 optimizers in each of 2 settings."},
           {"/envs", "65537", "'envs' cannot be '65537'"},
           {"/episodes", "\"many\"", "'episodes' cannot be '\"many\"'"},
           {"/preset", "\"ppo-lander\"", "'preset' cannot be 'ppo-lander'. Allowed: none, auto."},
           {"/tuned", "1", "'tuned' cannot be '1'. Allowed: true, false."},
           {"/tuning", "7", "'trials' is missing."},
           {"/tuning/trials", "0", "'trials' cannot be '0'"},
           {"/tuning/keys", "\"lr\"", "'keys' cannot be '\"lr\"'. Allowed: a list."},
           {"/arms", "[]", "There is no optimizer to compare."},
           {"/arms", "null", "'arms' cannot be 'null'. Allowed: a list."},
           {"/arms/1/optimizer", "\"adam\"", "'adam' is named twice."},
           {"/arms/1/optimizer", "\"adm\"", "Did you mean 'adam'?"},
           {"/arms/1", "\"adam\"", "'optimizer' is missing."},
           {"/settings", "[]", "There is no task to compare in."},
           {"/settings/0/steps", "0", "'steps' cannot be '0'"},
           {"/settings/0/task", "\"cartpol\"", "Did you mean 'cartpole'?"},
           {"/settings/0/task", "3", "'task' cannot be '3'. Allowed: a text."},
           {"/settings/1", R"({"task": "cartpole", "agent": "ppo", "steps": 9})", "'cartpole, ppo' is named twice."},
       }) {
    auto json = nlohmann::json::parse(to_json(small_matrix(7)));
    json.at(nlohmann::json::json_pointer(wrong.at)) = nlohmann::json::parse(wrong.value);
    write_file(file, json.dump());
    EXPECT_THAT([&] { read_matrix(file); },
                testing::ThrowsMessage<std::runtime_error>(testing::AllOf(
                    testing::StartsWith(file.string() + " describes no comparison: "), HasSubstr(wrong.says))))
        << wrong.at << ' ' << wrong.value;
  }
  for (const char* text : {"", "{", "[]", "7", "{\"seeds\": \"caf\xe9\"}"}) {
    write_file(file, text);
    EXPECT_THAT([&] { read_matrix(file); },
                testing::ThrowsMessage<std::runtime_error>(testing::EndsWith("it is no JSON object.")))
        << text;
  }
  Matrix tuned = small_matrix(0);
  tuned.tuned = true;
  write_file(file, to_json(tuned));
  EXPECT_EQ(read_matrix(file).seeds, 0) << "only tuned so far";
  tuned.tuning.keys = {"lr", "lr"};
  write_file(file, to_json(tuned));
  EXPECT_THROW(read_matrix(file), std::runtime_error);
  EXPECT_THAT([&] { read_matrix(scratch.path / "none"); },
              testing::ThrowsMessage<std::runtime_error>(testing::EndsWith("none: No such file or directory.")));
}

TEST(Matrix, SaysHowTwoComparisonsDiffer) {
  const Matrix there = small_matrix(5);
  Matrix here = there;
  here.arms.push_back({"rprop"});
  here.seeds = 9;
  EXPECT_TRUE(differences(there, here).empty()) << "optimizers and seeds may be added";
  here.workloads[0].steps = 9000;
  here.workloads[1].agent = "ppo";
  here.episodes = 3;
  EXPECT_THAT(differences(there, here),
              ElementsAre("budget of cartpole, ppo: 4000 there, 9000 here", "acrobot, dqn: there, not here",
                          "acrobot, ppo: here, not there", "episodes: 20 there, 3 here"));
}

TEST(Matrix, UntunedAndTunedGoTogetherWithEitherAlone) {
  const Matrix untuned = small_matrix(5);
  Matrix tuned = untuned, both = untuned;
  tuned.tuned = both.tuned = both.untuned_beside = true;
  EXPECT_THAT(differences(untuned, tuned), ElementsAre("tuned: false there, true here"));
  EXPECT_TRUE(differences(untuned, both).empty());
  EXPECT_TRUE(differences(tuned, both).empty());
  both.tuning.trials = 3;
  EXPECT_TRUE(differences(untuned, both).empty()) << "no trials there";
  EXPECT_THAT(differences(tuned, both), ElementsAre("trials: 12 there, 3 here"));
}

TEST(Matrix, RefusesEveryImpossiblePairAtOnce) {
  Matrix matrix = small_matrix(1);
  EXPECT_NO_THROW(refuse_impossible(matrix));
  matrix.workloads.push_back({"pendulum", "dqn", 1000});
  matrix.workloads.push_back({"mountain_car_continuous", "dqn", 1000});
  try {
    refuse_impossible(matrix);
    FAIL();
  } catch (const apps::UsageError& error) {
    EXPECT_THAT(error.what(), HasSubstr("dqn cannot learn pendulum"));
    EXPECT_THAT(error.what(), HasSubstr("dqn cannot learn mountain_car_continuous"));
    EXPECT_THAT(error.what(), testing::Not(HasSubstr("cartpole")));
  }
}

TEST(Matrix, PairsRunsBySeedAlone) {
  const Matrix matrix = small_matrix(1);
  const apps::RunPlan adam = plan_run(matrix, matrix.workloads[0], matrix.arms[0], 3);
  const apps::RunPlan other = plan_run(matrix, matrix.workloads[0], matrix.arms[1], 3);
  EXPECT_EQ(adam.seed, other.seed);
  EXPECT_EQ(adam.agent, other.agent);
  EXPECT_EQ(adam.environment, other.environment);
  EXPECT_EQ(adam.preset, "none");
  EXPECT_NE(folder_name(adam), folder_name(other));
  EXPECT_EQ(folder_name(adam), folder_name(plan_run(matrix, matrix.workloads[0], matrix.arms[0], 4)));
  EXPECT_NE(folder_name(adam), folder_name(plan_run(matrix, matrix.workloads[0], matrix.arms[0], 3, "adam:lr=0.1")));
}

TEST(Matrix, NamesTheCommandThatMakesItAgain) {
  Matrix matrix = small_matrix(7);
  EXPECT_THAT(command(matrix),
              HasSubstr("--optimizers adam sgd:momentum=0.9 lion --schedules constant --budget 4000 4000"));
  matrix.tuned = true;
  EXPECT_THAT(command(matrix), HasSubstr("--seeds 7 --tuned --trials 12"));
  matrix.untuned_beside = true;
  EXPECT_THAT(command(matrix), HasSubstr("--seeds 7 --tuned --untuned --trials 12"));
  matrix.seeds = 0;
  EXPECT_THAT(command(matrix), testing::AllOf(testing::StartsWith("cairn tune "), HasSubstr(" --trials 12"),
                                              testing::Not(HasSubstr("--seeds")), testing::Not(HasSubstr("--tuned"))));
  EXPECT_EQ(usual_budget("cartpole"), 100'000);
}

}  // namespace
}  // namespace cairn::comparison
