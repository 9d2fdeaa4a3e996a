#include "agents/exploration/curriculum.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "agents/exploration/learnability_curriculum.h"
#include "agents/exploration/reverse_curriculum.h"
#include "agents/exploration/success_curriculum.h"
#include "agents/policy_gradient/ppo.h"
#include "agents/q_learning/dqn.h"
#include "agents/training/metrics.h"
#include "agents/training/train.h"
#include "envs/box2d/lander.h"
#include "optim/adam.h"
#include "players.h"
#include "tests/agents/training/learner.h"
#include "tests/files.h"

namespace cairn::agents {
namespace {

using Make = std::function<std::shared_ptr<Curriculum>(const envs::Environment&)>;
const std::vector<Make> curricula = {
    [](const envs::Environment& world) {
      return std::make_shared<SuccessCurriculum>(world, SuccessCurriculumOptions{.window = 8});
    },
    [](const envs::Environment& world) {
      return std::make_shared<LearnabilityCurriculum>(world, LearnabilityCurriculumOptions{.levels = 8});
    },
    [](const envs::Environment& world) {
      return std::make_shared<ReverseCurriculum>(
          world, ReverseCurriculumOptions{.demos = world.spec().id == "lander" ? 2 : 0, .visited = true, .starts = 8});
    },
};

class UnderEveryCurriculum : public ::testing::Test {
 protected:
  ~UnderEveryCurriculum() override { std::filesystem::remove_all(root_); }
  TrainOptions options(const std::string& name, std::int64_t steps) const {
    return {.steps = steps,
            .seed = 5,
            .environments = 4,
            .threads = 2,
            .folder = root_ / name,
            .checkpoint_every = 500,
            .evaluate_every = 700,
            .evaluation_episodes = 4,
            .log_every = 0,
            .config = "{}",
            .identity = "curriculum"};
  }
  void expect_same(const std::string& a, const std::string& b) const {
    for (const char* file : {"checkpoints/last.safetensors", "progress.csv", "evaluations.csv"})
      EXPECT_EQ(contents(root_ / a / file), contents(root_ / b / file)) << b << ' ' << file;
  }
  std::filesystem::path root_ =
      std::filesystem::path(::testing::TempDir()) / ("cairn_curriculum_test_" + std::to_string(::getpid()));
};

TEST_F(UnderEveryCurriculum, AKilledRunGoesOnToTheSameBytes) {
  for (std::size_t i = 0; i < curricula.size(); ++i) {
    const auto run = [&](const std::string& name, std::int64_t kill, bool resume) {
      TrainOptions o = options(name + std::to_string(i), 2'000);
      o.resume = resume;
      o.curriculum = curricula[i](*counting());
      Wanderer agent;
      agent.before_iteration = [&](std::int64_t iteration) {
        if (iteration == kill) ::kill(::getpid(), SIGKILL);
      };
      return train(agent, counting, o).resumed_from;
    };
    run("whole", -1, false);
    for (const std::int64_t kill : {20, 50}) {
      std::filesystem::remove_all(root_ / ("killed" + std::to_string(i)));
      const pid_t child = ::fork();
      if (child == 0) {
        run("killed", kill, false);
        ::_exit(0);
      }
      int status = 0;
      ::waitpid(child, &status, 0);
      ASSERT_TRUE(WIFSIGNALED(status));
      EXPECT_GT(run("killed", -1, true), 0);
      expect_same("whole" + std::to_string(i), "killed" + std::to_string(i));
    }
  }
}

TEST_F(UnderEveryCurriculum, ThreadsChangeNothing) {
  const envs::EnvironmentFactory lander = [] {
    return std::make_unique<envs::Lander>(envs::LanderOptions{.reward = envs::Reward::sparse});
  };
  const envs::Spec spec = lander()->spec();
  const PpoOptions small{.hidden = {8}, .rollout = 32, .minibatch = 64, .epochs = 1};
  for (std::size_t i = 0; i < curricula.size(); ++i)
    for (const int threads : {1, 2, 4}) {
      TrainOptions o = options(std::to_string(i) + "with" + std::to_string(threads), 3'000);
      o.environments = 16;
      o.threads = threads;
      o.curriculum = curricula[i](*lander());
      Ppo agent(spec, small, optim::adam());
      train(agent, lander, o);
      if (threads > 1) expect_same(std::to_string(i) + "with1", std::to_string(i) + "with" + std::to_string(threads));
    }
}

/// Which difficulties training episodes had.
struct Difficulties : Observer {
  std::vector<double> seen;
  void on_iteration(const Telemetry& telemetry, const Agent&) override {
    for (const envs::Episode& episode : telemetry.episodes) seen.push_back(episode.difficulty);
  }
};

TEST_F(UnderEveryCurriculum, AnAgentOfEitherKindPlaysWhatItChooses) {
  const envs::EnvironmentFactory lander = [] { return std::make_unique<envs::Lander>(); };
  const envs::Spec spec = lander()->spec();
  Ppo ppo(spec, {.hidden = {8}, .rollout = 64}, optim::adam());
  Dqn dqn(spec, {.hidden = {8}, .memory = 4'000}, optim::adam());
  for (Agent* agent : std::initializer_list<Agent*>{&ppo, &dqn}) {
    Difficulties difficulties;
    Observer* const observers[] = {&difficulties};
    TrainOptions o{.steps = 2'000, .environments = 4, .evaluate_every = 0, .evaluation_episodes = 1};
    o.curriculum = std::make_shared<SuccessCurriculum>(*lander(), SuccessCurriculumOptions{.initial = 0.3});
    train(*agent, lander, o, observers);
    ASSERT_FALSE(difficulties.seen.empty()) << agent->name();
    EXPECT_EQ(std::ranges::count(difficulties.seen, 1.0), 0) << agent->name();
    EXPECT_GT(std::ranges::count(difficulties.seen, 0.3), 0) << agent->name();
  }
}

TEST(Curricula, ReportListedMetrics) {
  std::vector<std::string_view> listed;
  for (const MetricInfo& metric : agent_metrics()) listed.push_back(metric.name);
  for (const Make& make : curricula) {
    const auto curriculum = make(envs::Lander());
    curriculum->begin({.factory = [] { return std::make_unique<envs::Lander>(); }, .environments = 2, .seed = 1});
    Telemetry telemetry;
    curriculum->report(telemetry);
    EXPECT_FALSE(telemetry.metrics.empty());
    for (const Telemetry::Metric& metric : telemetry.metrics)
      EXPECT_EQ(std::ranges::count(listed, metric.name), 1) << metric.name;
  }
}

TEST(Curricula, ReadNumbersWithinTheirRange) {
  Archive archive;
  archive.put("numbers", std::vector<double>{0, 1});
  archive.put("none", std::vector<double>{NAN});
  EXPECT_EQ(read_range<double>(archive, "numbers", 2, 0, 1), (std::vector<double>{0, 1}));
  EXPECT_THROW(read_range<double>(archive, "numbers", 2, 0, 0.9), std::runtime_error);
  EXPECT_THROW(read_range<double>(archive, "numbers", 3, 0, 1), std::runtime_error);
  EXPECT_THROW(read_range<double>(archive, "none", 1, 0, 1), std::runtime_error);
}

}  // namespace
}  // namespace cairn::agents
