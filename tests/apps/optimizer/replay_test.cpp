// Every recorded case that has arguments, through the command as people type it; check_test.cpp compares the rules
// alone.
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/apps/optimizer/scratch.h"
#include "tests/optim/reference.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

nlohmann::json recorded_optimizers() {
  return nlohmann::json::parse(std::ifstream(std::string(CAIRN_TEST_DATA) + "/optim/manifest.json"))["optimizers"];
}

std::vector<std::string> replayable() {
  std::vector<std::string> names;
  for (const auto& entry : recorded_optimizers())
    if (!entry["arguments"].is_null()) names.push_back(entry["name"]);
  return names;
}

/// Column `kind` of parameter i in a recorded trace: g gradients, d float64, f float32.
std::string column(char kind, int i) {
  return std::string(1, kind) + std::to_string(i);
}

class RecordedReplay : public OptimizerCommand, public testing::WithParamInterface<std::string> {};

TEST_P(RecordedReplay, ReproducesTheTrace) {
  constexpr int n = 8;
  nlohmann::json entry;
  for (const auto& candidate : recorded_optimizers())
    if (candidate["name"] == GetParam()) entry = candidate;
  auto trace = optim::read_columns("traces/" + GetParam() + ".csv");
  const std::size_t rows = trace["step"].size();

  for (const auto& [dtype, kind, tolerance] :
       {std::tuple{"float64", 'd', entry.value("f64_allowed", 1e-12)},
        {"float32", 'f', std::max(4 * entry["f32_error"].get<double>(), 2e-6)}}) {
    std::ostringstream in;
    in << std::setprecision(17) << "step";
    for (int i = 0; i < n; ++i) in << ',' << column('g', i);
    for (std::size_t row = 0; row < rows; ++row) {
      in << '\n' << row;
      for (int i = 0; i < n; ++i) in << ',' << trace[column(row == 0 ? kind : 'g', i)][row];
    }
    write("in.csv", in.str() + "\n");

    std::vector<std::string> line = {"replay", "--in", path("in.csv"), "--out", path("out.csv"), "--dtype", dtype};
    for (const auto& argument : entry["arguments"]) line.push_back(argument);
    const Outcome outcome = run(line);
    ASSERT_EQ(outcome.status, 0) << outcome.errors;

    auto replayed = optim::read_columns_of(path("out.csv"));
    ASSERT_EQ(replayed["step"].size(), rows - 1);
    for (std::size_t row = 1; row < rows; ++row) {
      EXPECT_EQ(replayed["step"][row - 1], static_cast<double>(row));
      EXPECT_NEAR(replayed["lr"][row - 1], trace["lr"][row], 1e-7 * std::abs(trace["lr"][row]));
      for (int i = 0; i < n; ++i) {
        const double expected = trace[column(kind, i)][row];
        ASSERT_NEAR(replayed[column('p', i)][row - 1], expected, tolerance * std::max(1.0, std::abs(expected)))
            << dtype << " step " << row << " parameter " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Traces, RecordedReplay, testing::ValuesIn(replayable()),
                         [](const auto& each) { return each.param; });

class ReplayCommand : public OptimizerCommand {
 protected:
  ReplayCommand() { write("in.csv", "step,g0,g1,g2,g3\n0,1,1,1,1\n1,0.1,0.2,0.3,0.4\n2,1,1,1,1\n"); }
  Outcome replay(std::vector<std::string> more) const {
    std::vector<std::string> line = {"replay", "--in", path("in.csv"), "--out", path("out.csv")};
    line.insert(line.end(), more.begin(), more.end());
    return run(line);
  }
};

TEST_F(ReplayCommand, WritesDigitsThatReadBackTheSame) {
  ASSERT_EQ(replay({"--optimizer", "sgd:lr=0.1"}).status, 0);
  EXPECT_THAT(contents("out.csv"), HasSubstr("step,lr,p0,p1,p2,p3\n1,0.10000000000000001,0.98999999999999999,"));
  ASSERT_EQ(replay({"--optimizer", "sgd:lr=0.1", "--dtype", "float32"}).status, 0);
  EXPECT_THAT(contents("out.csv"), HasSubstr("\n1,0.1,0.99000001,"));
}

TEST_F(ReplayCommand, FollowsPartsAndSchedules) {
  ASSERT_EQ(replay({"--optimizer", "partition:block0=(sgd:lr=1),block1=(sgd:lr=0)", "--blocks", "2,2"}).status, 0);
  EXPECT_THAT(contents("out.csv"), HasSubstr("0.90000000000000002,0.80000000000000004,1,1\n"));
  ASSERT_EQ(replay({"--optimizer", "sgd:lr=1", "--schedule", "linear"}).status, 0);
  EXPECT_THAT(contents("out.csv"), HasSubstr("\n2,0.5,"));
}

TEST_F(ReplayCommand, RefusesWrongUseAndLeavesTheOutputAlone) {
  write("out.csv", "precious");
  struct Case {
    std::vector<std::string> more;
    const char* says;
  };
  for (const Case& wrong : {Case{{}, "'--optimizer' is missing"},
                            {{"--optimizer", "adm"}, "Did you mean 'adam'?"},
                            {{"--optimizer", "adam:lr=-1"}, "Allowed: [0,inf)"},
                            {{"--optimizer", "adam:beta1=1"}, "Allowed: [0,1)"},
                            {{"--optimizer", "adam:beta3=0"}, "Unknown option of optimizer 'adam': 'beta3'"},
                            {{"--optimizer", "sgd:nesterov=true"}, "nesterov"},
                            {{"--optimizer", "adam", "--clip", "global_norm:max=0"}, "Allowed: (0,inf)"},
                            {{"--optimizer", "adam", "--dtype", "float16"}, "Allowed: float64, float32"},
                            {{"--optimizer", "adam", "--blocks", "2x3"}, "2x3 holds 6 parameters, the file 4"},
                            {{"--optimizer", "adam", "--blocks", "two"}, "neither ROWS nor ROWSxCOLUMNS"},
                            {{"--optimizer", "adam", "--restart", "clock"}, "need each other"},
                            {{"--optimizer", "adam", "--restart-every", "3"}, "need each other"},
                            {{"--optimizer", "adam", "--restart", "clocks", "--restart-every", "3"}, "clock, state"},
                            {{"--optimizer", "adam", "--restart", "clock", "--restart-every", "0"}, "cannot be '0'"},
                            {{"--optimizer", "partition:nobody=(adam)"}, "no part takes 'block0'"}}) {
    const Outcome outcome = replay(wrong.more);
    EXPECT_EQ(outcome.status, 2) << outcome.errors;
    EXPECT_THAT(outcome.errors, HasSubstr(wrong.says));
    EXPECT_EQ(contents("out.csv"), "precious");
  }
}

TEST_F(ReplayCommand, FailsOnFilesThatCannotBeReadOrWritten) {
  write("out.csv", "precious");
  write("in.csv", "step,g0\n0,1\n1,one\n");
  const Outcome damaged = replay({"--optimizer", "adam"});
  EXPECT_EQ(damaged.status, 1);
  EXPECT_THAT(damaged.errors, HasSubstr("in.csv, line 3: 'one' in column g0 is no finite number"));
  EXPECT_EQ(contents("out.csv"), "precious");
  EXPECT_EQ(run({"replay", "--optimizer", "adam", "--in", path("nowhere.csv"), "--out", path("out.csv")}).status, 1);
  write("in.csv", "step,g0\n0,1\n");
  EXPECT_EQ(run({"replay", "--optimizer", "adam", "--in", path("in.csv"), "--out", path("no/folder.csv")}).status, 1);
  EXPECT_EQ(run({"replay", "--optimizer", "adam", "--in", path("in.csv"), "--out", folder.string()}).status, 2);
}

}  // namespace
}  // namespace cairn::apps
