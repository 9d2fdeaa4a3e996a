// What is said of parts that a program adds and that are not as they must be.
#include <gmock/gmock.h>

#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <limits>
#include <sstream>

#include "agents/exploration/counts.h"
#include "agents/policy_gradient/a2c.h"
#include "apps/command_line/output.h"
#include "apps/program.h"
#include "envs/wrappers.h"
#include "optim/adam.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

struct Fake {
  envs::Spec spec = {.id = "fake",
                     .summary = "Nothing happens.",
                     .observation = {{"x", "m", -1, 1}, {"y", "m", -1, 1}},
                     .action = {{"push", "", -1, 1}},
                     .horizon = 10};
  int written = 2;
  float shown = 0;
  bool throws = false;
  int nan_after = 1000, throws_after = 1000;  // steps
};
Fake next_fake;

class FakeWorld : public envs::Environment {
 public:
  FakeWorld() : Environment(next_fake.spec), fake_(next_fake) {}
  void draw(envs::Canvas&) const override {}

 protected:
  void start(envs::Random&) override {}
  envs::Step advance(std::span<const float>) override {
    if (fake_.throws || elapsed() >= fake_.throws_after) throw std::runtime_error("no step");
    return {};
  }
  void observe(std::span<float> observation) const override {
    for (int i = 0; i < fake_.written; ++i) observation.data()[i] = elapsed() > fake_.nan_after ? NAN : fake_.shown;
  }

 private:
  Fake fake_;
};

/// What a program that adds a part says when it is called, after its name. Parts that are sound would stay, for all
/// tests.
std::string said(const std::function<void(Program&)>& add) {
  Program program("lab");
  add(program);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_EQ(program.run({"list", "clips"}), 2);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(text.starts_with("lab: ")) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 1) << text;
  return text;
}
std::string said_of(Fake fake) {
  next_fake = std::move(fake);
  return said([](Program& program) { program.add_environment<FakeWorld>(); });
}

TEST(Registering, NamesAnEnvironmentThatIsNotAsItMustBe) {
  const auto with = [](auto&& change) {
    Fake fake;
    change(fake);
    return said_of(fake);
  };
  constexpr float infinite = std::numeric_limits<float>::infinity();
  EXPECT_THAT(with([](Fake& fake) { fake.spec.id = ""; }), HasSubstr("FakeWorld has an empty id."));
  EXPECT_THAT(with([](Fake& fake) { fake.spec.id = "cartpole"; }),
              HasSubstr("environment 'cartpole' is registered twice."));
  EXPECT_THAT(with([](Fake& fake) { fake.spec.id = "My World"; }),
              HasSubstr("environment 'My World' cannot be called so"));
  EXPECT_THAT(with([](Fake& fake) { fake.spec.action[0].high = infinite; }),
              HasSubstr("environment 'fake' has bounds [-1, inf] for action 'push', which must be finite."));
  EXPECT_THAT(with([](Fake& fake) { fake.spec.observation[1].low = NAN; }),
              HasSubstr("environment 'fake' has bounds [nan, 1] for observation 'y', which are none."));
  EXPECT_THAT(with([](Fake& fake) { fake.spec.observation[0].low = 2; }), HasSubstr("bounds [2, 1]"));
  EXPECT_THAT(with([](Fake& fake) { fake.spec.observation.clear(); }), HasSubstr("'fake' has no observations."));
  EXPECT_THAT(with([](Fake& fake) { fake.spec.action_names = {"left"}; }), HasSubstr("both discrete actions and"));
  EXPECT_THAT(with([](Fake& fake) { fake.spec.horizon = 0; }), HasSubstr("'fake' has 0 for its horizon"));
  EXPECT_THAT(with([](Fake& fake) { fake.spec.goal = {.achieved = 0, .desired = 2, .size = 1}; }),
              HasSubstr("goals that lie outside"));
  EXPECT_THAT(with([](Fake& fake) { fake.shown = NAN; }), HasSubstr("'fake' shows 'x' as nan after the reset."));
  EXPECT_THAT(with([](Fake& fake) { fake.shown = 3; }),
              HasSubstr("'x' as 3 after the reset, outside its bounds [-1, 1]"));
  EXPECT_THAT(with([](Fake& fake) { fake.written = 1; }), HasSubstr("'fake' writes only 1 of its 2 observations."));
  EXPECT_THAT(with([](Fake& fake) { fake.written = 3; }), HasSubstr("'fake' writes more than its 2 observations."));
  EXPECT_THAT(with([](Fake& fake) { fake.throws = true; }), HasSubstr("environment 'fake' throws: no step."));
}

struct BadOptions {
  double lr = 0.1;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
  }
};
struct OutOfRange {
  double lr = -1;
  template <class V>
  void fields(V&& v) {
    v("lr", lr, "[0,inf)", "learning rate");
  }
};

TEST(Registering, NamesARuleThatIsNotAsItMustBe) {
  const auto of = [](const About& about, auto* make) {
    return said([&](Program& program) { program.add_rule(about, make); });
  };
  EXPECT_THAT(of(
                  {""}, +[](const BadOptions&) { return optim::adam(); }),
              HasSubstr("adds optimizer '', which has an empty name."));
  EXPECT_THAT(of(
                  {"adam"}, +[](const BadOptions& o) { return optim::adam({.lr = o.lr}); }),
              HasSubstr("optimizer 'adam' is registered twice."));
  EXPECT_THAT(of(
                  {"mine"}, +[](const BadOptions&) { return optim::adam(); }),
              HasSubstr("optimizer 'mine' describes itself as 'adam:lr="));
  EXPECT_THAT(of(
                  {"mine"}, +[](const BadOptions&) -> optim::Rule { throw std::runtime_error("no rule"); }),
              HasSubstr("optimizer 'mine' cannot be made with its defaults: no rule"));
  EXPECT_THAT(of(
                  {"mine"}, +[](const OutOfRange& o) { return optim::Rule(optim::describe("mine", o), {}, {}); }),
              HasSubstr("optimizer 'mine' cannot be made with its defaults: mine: 'lr' cannot be -1"));
  EXPECT_THAT(of(
                  {"mine"},
                  +[](const BadOptions& o) {
                    const auto refuse = [](const auto&, const auto&) -> std::unique_ptr<optim::Optimizer<float>> {
                      throw std::runtime_error("it does not suit");
                    };
                    return optim::Rule(optim::describe("mine", o), refuse, {});
                  }),
              HasSubstr("optimizer 'mine' throws: it does not suit"));
}

TEST(Registering, NamesASchedulePresetOrAgentThatIsNotAsItMustBe) {
  EXPECT_THAT(said([](Program& program) {
                program.add_schedule(
                    {"mine"}, +[](const BadOptions& o) {
                      return optim::Schedule(optim::describe("mine", o), [](auto, double, auto) { return -1.0; });
                    });
              }),
              HasSubstr("schedule 'mine' gives a rate of -1 at update 0 of 100."));
  EXPECT_THAT(said([](Program& program) {
                program.add_preset({.name = "mine",
                                    .environment = "cartpol",
                                    .agent = "ppo",
                                    .optimizer = "adam",
                                    .schedule = "constant",
                                    .clip = "none"});
              }),
              HasSubstr("preset 'mine' cannot be used: Unknown environment 'cartpol'. Did you mean 'cartpole'?"));
  EXPECT_THAT(
      said([](Program& program) {
        program.add_preset({.name = "ppo-cartpole", .environment = "cartpole", .agent = "ppo", .optimizer = "adam"});
      }),
      HasSubstr("preset 'ppo-cartpole' is registered twice."));
}

class MyAgent : public agents::ScoreFunctionAgent {
 public:
  MyAgent(const envs::Spec& spec, optim::Rule rule)
      : ScoreFunctionAgent(
            "my_agent", spec, {.hidden = {8}, .rollout = 8},
            {.lambda = 1, .baseline = true, .normalise_advantages = true, .entropy = 0, .value_coefficient = 0.5F},
            std::move(rule)) {}
};
struct MyWorld : FakeWorld {
  explicit MyWorld(const BadOptions&) {}
};
envs::Recipe doubled(const envs::FrameSkipOptions& options) {
  if (!options.of.factory) throw std::invalid_argument("doubled: 'of' is missing.");
  return {optim::describe("doubled", options), options.of.factory};
}

// In a process of its own, since what is added stays.
TEST(Registering, TakesEveryKindOfPart) {
  testing::FLAGS_gtest_death_test_style = "fast";
  const auto run = [](const std::string& line) {
    next_fake = {};
    next_fake.spec.id = "my_world";
    Program program("lab");
    program.add_environment<MyWorld, BadOptions>();
    program.add_wrapper({"doubled"}, &doubled);
    program.add_agent<MyAgent>({"my_agent"});
    program.add_rule(
        {"my_rule"}, +[](const BadOptions& o) {
          const auto bind = [o]<class S>(S) {
            return [o](const optim::Layout& layout, const optim::Rule::Binding&) {
              return optim::adam({.lr = o.lr}).bind<S>(layout);
            };
          };
          return optim::Rule(optim::describe("my_rule", o), bind(0.0F), bind(0.0));
        });
    program.add_schedule(
        {"my_schedule"}, +[](const BadOptions& o) {
          return optim::Schedule(optim::describe("my_schedule", o), [](auto, double base, auto) { return base / 2; });
        });
    program.add_bonus<agents::Counts, agents::CountsOptions>({"my_bonus"});
    program.add_preset({.name = "mine",
                        .environment = "my_world",
                        .agent = "ppo",
                        .optimizer = "my_rule",
                        .schedule = "my_schedule",
                        .bonus = "my_bonus"});
    program.add_to_suite(
        {.world = "mine", .method = "ppo", .options = {{"env", "my_world"}, {"agent", "ppo"}}, .steps = 100});
    std::istringstream words(line);
    std::exit(program.run({std::istream_iterator<std::string>(words), {}}));
  };
  const auto folder = std::filesystem::temp_directory_path() / ("cairn_registering_" + std::to_string(::getpid()));
  for (const std::string line : {"train --env my_world --agent ppo --steps 100 --envs 2 --quiet --out ",
                                 "train --env doubled:of=(my_world:lr=2) --agent my_agent --optimizer my_rule:lr=0.5 "
                                 "--schedule my_schedule --steps 100 --envs 2 --quiet --out ",
                                 "train --env cartpole --agent ppo --bonus my_bonus --steps 100 --quiet --out "}) {
    std::filesystem::remove_all(folder);
    EXPECT_EXIT(run(line + folder.string()), testing::ExitedWithCode(0), "") << line;
    EXPECT_EXIT(run("eval " + folder.string() + " --episodes 2"), testing::ExitedWithCode(0), "") << line;
  }
  std::filesystem::remove_all(folder);
  EXPECT_EXIT(run("suite list --json"), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(run("list envs my_world --check"), testing::ExitedWithCode(1), "") << "it draws nothing";
}

TEST(Registering, IsBlamedForARunThatFailsLater) {
  testing::FLAGS_gtest_death_test_style = "fast";
  const auto folder = std::filesystem::temp_directory_path() / ("cairn_blamed_" + std::to_string(::getpid()));
  const auto train = [&](Fake fake) {
    next_fake = std::move(fake);
    Program program("lab");
    program.add_environment<FakeWorld>();
    std::exit(program.run({"train", "--env", "fake", "--agent", "ppo", "--steps", "5000", "--quiet", "--out", folder}));
  };
  EXPECT_EXIT(train({.nan_after = 5}), testing::ExitedWithCode(1),
              "lab: environment 'fake' shows 'x' as nan after step 6");
  std::filesystem::remove_all(folder);
  EXPECT_EXIT(train({.throws_after = 5}), testing::ExitedWithCode(1), "lab: environment 'fake' throws: no step.");
  std::filesystem::remove_all(folder);
}

TEST(Registering, CallsTheProgramByItsName) {
  const auto printed = [](const std::vector<std::string>& line, int status) {
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    EXPECT_EQ(Program("lab").run(line), status);
    return testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  };
  EXPECT_THAT(printed({"--help"}, 0), HasSubstr("  lab COMMAND [options]      lab COMMAND --help"));
  EXPECT_THAT(printed({"train", "--help"}, 0), HasSubstr("lab train --resume DIR"));
  EXPECT_EQ(printed({"train"}, 2), "lab: Option '--env' is missing; 'lab list envs' shows what there is.\n");
  EXPECT_EQ(as_called("'cairn list' of /my/cairn run"), "'lab list' of /my/cairn run");
  EXPECT_EQ(Program().run({"--version"}), 0);
  EXPECT_EQ(as_called("cairn list"), "cairn list");
}

TEST(Registering, IsNotNeededToSayTheVersion) {
  next_fake = {.spec = {}};
  Program program("lab");
  program.add_environment<FakeWorld>();
  testing::internal::CaptureStdout();
  EXPECT_EQ(program.run({"--version"}), 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), testing::StartsWith("lab, by cairn "));
}

}  // namespace
}  // namespace cairn::apps
