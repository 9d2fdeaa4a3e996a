// The exported header is compiled alone, by the compiler that built this test, and must decide as the policy does.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "agents/export/export.h"
#include "small_policy.h"

namespace cairn::agents {
namespace {

namespace fs = std::filesystem;

class Header : public testing::TestWithParam<tests::PolicyCase> {
 protected:
  fs::path folder = fs::temp_directory_path() / ("cairn_header_" + std::to_string(::getpid()));
  Header() { fs::create_directories(folder); }
  ~Header() override { fs::remove_all(folder); }
};

constexpr const char* main_program = R"(#include "flown-policy.h"
#include <cstdio>
int main() {
  flown_policy::Observation observation;
  while (std::fread(observation.data(), sizeof(float), observation.size(), stdin) == observation.size()) {
    const auto output = flown_policy::evaluate(observation);
    std::fwrite(output.data(), sizeof(float), output.size(), stdout);
  }
  static_cast<void>(flown_policy::act(observation));
}
)";

TEST_P(Header, CompilesAloneAndDecidesAsThePolicyDoes) {
  constexpr int samples = 1000;
  const Policy policy = tests::small_policy(GetParam());
  export_policy(policy, tests::small_spec(policy), ExportFormat::cpp, folder / "flown-policy.h");
  std::ofstream(folder / "main.cpp") << main_program;
  std::ofstream(folder / "other.cpp") << "#include \"flown-policy.h\"\n";  // defining nothing twice
  const Eigen::MatrixXf observations = tests::random_observations(samples);
  std::ofstream(folder / "in", std::ios::binary)
      .write(reinterpret_cast<const char*>(observations.data()), observations.size() * 4);
  const std::string in = "cd " + folder.string() + " && ";
  for (const char* standard : {"11", "14", "17", "20"})
    ASSERT_EQ(std::system((in + CAIRN_TEST_CXX " -std=c++" + standard +
                           " -O1 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror main.cpp other.cpp -o main")
                              .c_str()),
              0)
        << "C++" << standard;
  ASSERT_EQ(std::system((in + "./main < in > out").c_str()), 0);
  Eigen::MatrixXf got(3, samples);
  std::ifstream out(folder / "out", std::ios::binary);
  ASSERT_TRUE(out.read(reinterpret_cast<char*>(got.data()), got.size() * 4));
  const Eigen::MatrixXf expected = tests::expected_outputs(policy, observations);
  int compared = 0;
  for (int i = 0; i < samples; ++i) {
    if (continuous(policy.head)) {
      EXPECT_LT((got.col(i) - expected.col(i)).cwiseAbs().maxCoeff(), 1e-5F);
      ++compared;
      continue;
    }
    Eigen::VectorXf sorted = expected.col(i);
    std::ranges::sort(sorted);
    if (sorted[2] - sorted[1] <= 1e-4F) continue;
    Eigen::Index ours = 0, theirs = 0;
    expected.col(i).maxCoeff(&ours);
    got.col(i).maxCoeff(&theirs);
    EXPECT_EQ(ours, theirs);
    ++compared;
  }
  EXPECT_GT(compared, 900);
}

INSTANTIATE_TEST_SUITE_P(Policies, Header, testing::ValuesIn(tests::policy_cases),
                         [](const auto& each) { return each.param.name; });

TEST(HeaderExport, SaysWhereThePolicyComesFrom) {
  const Policy policy = tests::small_policy(tests::policy_cases[0]);
  const std::string text = to_header(policy, tests::small_spec(policy), "flown",
                                     {.run = "a\nrun", .steps = "4096", .commit = "abc123", .world = "", .agent = ""});
  EXPECT_NE(text.find("\n// run: a run\n// steps: 4096\n// commit: abc123\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("// world"), std::string::npos) << "what is not known is left out";
}

TEST(HeaderExport, MakesIdentifiersOfFileNames) {
  EXPECT_EQ(identifier_for("runs/my-lander.h"), "my_lander");
  EXPECT_EQ(identifier_for("2fast.hpp"), "policy_2fast");
  EXPECT_EQ(identifier_for("__x__y.h"), "x_y");
  EXPECT_EQ(identifier_for("class.h"), "class_policy");
  EXPECT_EQ(identifier_for("…"), "policy");
}

}  // namespace
}  // namespace cairn::agents
