// Every recorded case that options can say, and what is said of folders and rules that differ.
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/apps/optimizer/scratch.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

const std::string recorded = std::string(CAIRN_TEST_DATA) + "/optim";

class CheckCommand : public OptimizerCommand {
 protected:
  Outcome check(const std::string& traces, std::vector<std::string> more = {}) const {
    std::vector<std::string> line = {"check", "--traces", traces};
    line.insert(line.end(), more.begin(), more.end());
    return run(line);
  }
  /// A folder with one case, whose text `change` may alter.
  template <class Change>
  std::string copied(const std::string& name, Change&& change) const {
    const auto manifest = nlohmann::json::parse(std::ifstream(recorded + "/manifest.json"));
    nlohmann::json kept;
    for (const auto& entry : manifest["optimizers"])
      if (entry["name"] == name) kept["optimizers"].push_back(entry);
    std::string trace = cairn::contents(recorded + "/traces/" + name + ".csv");
    change(kept, trace);
    std::filesystem::create_directories(folder / "traces");
    write("manifest.json", kept.dump());
    write("traces/" + name + ".csv", trace);
    return folder.string();
  }
};

TEST_F(CheckCommand, EveryCaseThatOptionsCanSayAgrees) {
  const Outcome outcome = check(recorded);
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.errors;
  const auto manifest = nlohmann::json::parse(std::ifstream(recorded + "/manifest.json"));
  const Outcome listed = check(recorded, {"--json"});
  const auto results = nlohmann::json::parse(listed.out);
  std::size_t said = 0;
  for (const auto& entry : manifest["optimizers"]) said += entry["arguments"].is_null() ? 0 : 1;
  ASSERT_EQ(results.size(), said);
  EXPECT_GE(said, 54U);
  for (const auto& one : results) {
    EXPECT_TRUE(one["agrees"]) << one;
    EXPECT_LE(one["float64"]["error"], one["float64"]["allowed"]) << one;
    EXPECT_GT(one["float32"]["error"], 0) << one << " was recorded by another program";
  }
  EXPECT_THAT(outcome.out, HasSubstr(std::to_string(said) + " of " + std::to_string(said) + " agree; "));
}

TEST_F(CheckCommand, AnyRuleStandsInForTheCasesOwn) {
  const Outcome same = check(recorded, {"--case", "adamw", "--optimizer", "adamw:weight_decay=0.01"});
  EXPECT_EQ(same.status, 0) << same.out << same.errors;
  EXPECT_THAT(same.out, HasSubstr("1 of 1 agree."));
  const Outcome other = check(recorded, {"--case", "adamw", "--optimizer", "adam:weight_decay=0.01"});
  EXPECT_EQ(other.status, 1);
  EXPECT_THAT(other.out, HasSubstr("differs in float64 from step 1: parameter 0 is"));
  EXPECT_THAT(other.out, HasSubstr("differs in float32 from step 1"));
  EXPECT_THAT(other.out, HasSubstr("0 of 1 agree."));
  EXPECT_THAT(check(recorded, {"--case", "adam", "--optimizer", "adam:lr=2e-3"}).out,
              HasSubstr("step 1: the learning rate is 0.002, not 0.001"));
  EXPECT_EQ(check(recorded, {"--case", "muon_wide", "--optimizer", "muon"}).status, 0) << "with the case's blocks";
  EXPECT_EQ(check(recorded, {"--case", "adam_maximize", "--optimizer", "adam"}).status, 1) << "an ascent";
}

TEST_F(CheckCommand, NoticesOneChangedNumber) {
  const std::string traces = copied("adam", [](auto&, std::string& trace) {
    const std::size_t last = trace.rfind(',', trace.size() - 2) + 1;
    trace.replace(last, std::string::npos, std::to_string(std::stod(trace.substr(last)) + 1e-4) + "\n");
  });
  const Outcome outcome = check(traces);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, HasSubstr("differs in float32 from step 50: parameter 7 is"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("differs in float64")));
}

TEST_F(CheckCommand, ARuleThatIsNotThereIsSaidAndCountsAsDifferent) {
  const std::string traces = copied("adam", [](auto& manifest, std::string&) {
    manifest["optimizers"][0]["arguments"] = {"--optimizer", "addam"};
  });
  const Outcome outcome = check(traces);
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.out, HasSubstr("adam  Unknown optimizer 'addam'. Did you mean 'adam'?"));
  EXPECT_THAT(outcome.out, HasSubstr("0 of 1 agree."));
}

TEST_F(CheckCommand, RefusesWrongUse) {
  struct Case {
    Outcome outcome;
    int status;
    const char* says;
  };
  for (const Case& wrong :
       {Case{run({"check"}), 2, "'--traces' is missing"},
        {check(recorded, {"--optimizer", "adam"}), 2, "'--optimizer' needs '--case'"},
        {check(recorded, {"--case", "adma"}), 2, "Did you mean 'adam'?"},
        {check(recorded, {"--case", "adam", "--optimizer", "adm"}), 2, "Did you mean 'adam'?"},
        {check(recorded, {"--case", "adam", "--optimizer", "adam:lr=-1"}), 2, "Allowed: [0,inf)"},
        {check(path("nowhere")), 1, "Cannot read"},
        {check(copied("adam", [](auto&manifest, auto&) { manifest.clear(); })), 1, "describes no traces"},
        {check(copied("adam", [](auto&manifest, auto&) { manifest["optimizers"] = {1}; })), 1, "describes no traces"},
        {check(copied("adam", [](auto&manifest, auto&) { manifest["optimizers"].clear(); })), 1, "lists no optimizers"},
        {check(copied("adam", [](auto&, std::string&trace) { trace = "step,lr\n"; })), 1, "is no trace"},
        {check(copied("adam", [](auto&, std::string&trace) { trace.replace(trace.find("d7"), 2, "e7"); })), 1,
         "has no column 'd7'"},
        {check(copied("adam", [](auto&, std::string&trace) { trace.replace(trace.find("\n1,") + 9, 1, "x"); })), 1,
         "has no finite number at step 1"}}) {
    EXPECT_EQ(wrong.outcome.status, wrong.status) << wrong.says << wrong.outcome.out;
    EXPECT_THAT(wrong.outcome.errors, HasSubstr(wrong.says));
  }
}

}  // namespace
}  // namespace cairn::apps
