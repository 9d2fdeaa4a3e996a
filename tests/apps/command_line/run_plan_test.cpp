#include "apps/command_line/run_plan.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "apps/command_line/presets.h"
#include "tests/files.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

RunPlan plan(const std::vector<std::string>& line) {
  return resolve_plan(parse_arguments(line, plan_options(), 0));
}

std::string plan_refusal(const std::vector<std::string>& line) {
  try {
    plan(line);
  } catch (const UsageError& error) {
    return error.what();
  }
  return "nothing was refused";
}

class RunPlanFile : public testing::Test {
 protected:
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("cairn_plan_" + std::to_string(::getpid()));
  void write(const std::string& text) const { write_file(path, text); }
  ~RunPlanFile() override { std::filesystem::remove(path); }
};

TEST(RunPlan, EveryPresetMakesAnAgentThatBegins) {
  for (const Preset& preset : presets()) {
    RunPlan chosen = plan({"--preset", preset.name});
    EXPECT_EQ(chosen.preset, preset.name);
    if (!chosen.demonstrations.empty()) chosen.demonstrations = "heuristic:episodes=1";  // many take time
    PlannedRun run = make_run(chosen);
    envs::ThreadPool pool(1);
    run.agent->begin({run.world.factory, std::min(2, chosen.environments), 1, 10'000, &pool});
    EXPECT_EQ(run.agent->steps(), 0) << preset.name;
    const Preset* usual = preset_for(parse_component(chosen.environment, ""), run.agent->name().data());
    EXPECT_EQ(usual->name == preset.name, !preset.only_by_name)
        << preset.name << ", and " << usual->name << " before it";
  }
}

TEST(RunPlan, LayersOverrideOneAnother) {
  const RunPlan tuned = plan({"--env", "lander", "--agent", "ppo"});
  EXPECT_EQ(tuned.preset, "ppo-lander");
  EXPECT_THAT(tuned.agent, HasSubstr("gamma=0.995"));

  const RunPlan one = plan({"--env", "lander", "--agent", "ppo:epochs=3"});
  EXPECT_THAT(one.agent, HasSubstr("epochs=3"));
  EXPECT_THAT(one.agent, HasSubstr("gamma=0.995"));

  const RunPlan whole = plan({"--env", "lander", "--agent", "ppo", "--optimizer", "adam"});
  EXPECT_THAT(whole.optimizer, HasSubstr("lr=0.001,"));
  EXPECT_THAT(whole.optimizer, HasSubstr("eps=1e-08"));

  const RunPlan none = plan({"--env", "lander", "--agent", "ppo", "--preset", "none"});
  EXPECT_THAT(none.agent, HasSubstr("gamma=0.99,"));
  EXPECT_EQ(none.preset, "none");
}

// Whoever names a rule with a schedule or a clip of its own means those, and not what a preset would bring.
TEST_F(RunPlanFile, RulesOwnScheduleAndClipStandForThoseOfPresetAndAgent) {
  for (const char* preset : {"ppo-lander", "none"})
    for (const auto& [optimizer, schedule, clip] :
         {std::tuple{"scheduled:rule=(sgd),schedule=(cosine),clip=(value)", "constant", "none"},
          {"scheduled:rule=(sgd),schedule=(cosine)", "constant", "global_norm"},
          {"restart:rule=(scheduled:rule=(sgd),clip=(value))", preset == std::string("none") ? "constant" : "linear",
           "none"}}) {
      const RunPlan own = plan({"--env", "lander", "--agent", "ppo", "--preset", preset, "--optimizer", optimizer});
      EXPECT_TRUE(own.schedule.starts_with(schedule)) << optimizer << ' ' << own.schedule;
      EXPECT_TRUE(own.clip.starts_with(clip)) << optimizer << ' ' << own.clip;
      EXPECT_TRUE(make_run(own).agent != nullptr);
      write(own.json());
      EXPECT_EQ(read_plan(path).json(), own.json());
      EXPECT_EQ(read_plan(path).identity(), own.identity());
    }
}

TEST(RunPlan, RefusesTwoSchedulesOrClipsThatWereBothNamed) {
  const std::vector<std::string> line = {"--env", "lander",      "--agent",
                                         "ppo",   "--optimizer", "scheduled:rule=(sgd),schedule=(cosine),clip=(value)"};
  const auto beside = [&](const char* option, const char* value) {
    std::vector<std::string> whole = line;
    whole.insert(whole.end(), {option, value});
    return whole;
  };
  EXPECT_THAT(plan_refusal(beside("--schedule", "linear")), HasSubstr("has the schedule cosine"));
  EXPECT_THAT(plan_refusal(beside("--clip", "agc")),
              HasSubstr("has the clip value:max=1 already, and cannot take agc"));
  EXPECT_THAT(plan(beside("--schedule", "constant")).optimizer, HasSubstr("cosine"));
}

TEST(RunPlan, RuleThatIsSwappedInKeepsItsOwnScheduleOrTakesTheRuns) {
  const RunPlan tuned = plan({"--env", "lander", "--agent", "ppo"});
  const optim::Rule plain = swapped_in(tuned, "sgd"), own = swapped_in(tuned, "scheduled:rule=(sgd),schedule=(cosine)");
  EXPECT_TRUE(plain.schedule().description().starts_with("linear"));
  EXPECT_TRUE(own.schedule().description().starts_with("cosine"));
  for (const optim::Rule& rule : {plain, own}) EXPECT_TRUE(rule.clip().description.starts_with("global_norm"));
}

TEST_F(RunPlanFile, KeepsTheHorizonWhereItIsNotTheSteps) {
  const RunPlan usual = plan({"--env", "cartpole", "--agent", "ppo", "--steps", "2000"});
  EXPECT_EQ(usual.horizon, 2000);
  EXPECT_THAT(usual.json(), HasSubstr(R"("horizon": null)"));
  const RunPlan longer = plan({"--env", "cartpole", "--agent", "ppo", "--steps", "2000", "--horizon", "1000"});
  write(longer.json());
  EXPECT_EQ(read_plan(path).horizon, 1000);
  EXPECT_EQ(train_options(longer, "").horizon, 1000);
}

TEST_F(RunPlanFile, HasACurriculumWhereOneIsNamed) {
  const std::vector<std::string> line = {"--env", "lander", "--agent", "ppo", "--preset", "none", "--curriculum"};
  const auto with = [&](const char* curriculum) {
    std::vector<std::string> whole = line;
    whole.emplace_back(curriculum);
    return plan(whole);
  };
  const RunPlan none = with("none"), success = with("success:step=0.1");
  EXPECT_EQ(none.identity().find("curriculum"), std::string::npos);
  EXPECT_EQ(none.json().find("curriculum"), std::string::npos);
  EXPECT_EQ(train_options(none, "").curriculum, nullptr);
  EXPECT_THAT(success.identity(), HasSubstr(" curriculum=success:initial=0,step=0.1,"));
  EXPECT_EQ(train_options(success, "").curriculum->name(), "success");
  write(success.json());
  EXPECT_EQ(read_plan(path).json(), success.json());
  EXPECT_EQ(read_plan(path).identity(), success.identity());
  const auto refused = [&](const char* world, const char* curriculum) {
    return plan_refusal({"--env", world, "--agent", "ppo", "--curriculum", curriculum});
  };
  EXPECT_THAT(refused("cartpole", "success"), HasSubstr("'cartpole' has no easier episodes."));
  EXPECT_THAT(refused("cartpole", "reverse:demos=0"), HasSubstr("nowhere to start from"));
  EXPECT_EQ(refused("cartpole", "learnability"), "nothing was refused");
  EXPECT_THAT(refused("lander", "succes"), HasSubstr("Did you mean 'success'?"));
  EXPECT_THAT(refused("lander", "success:step=2"), HasSubstr("'step'"));
  EXPECT_THAT(refused("lander", "none:step=2"), HasSubstr("takes no options"));
}

TEST(RunPlan, APresetsCurriculumGivesWay) {
  const RunPlan tuned = plan({"--preset", "ppo-lander-sparse"});
  EXPECT_TRUE(tuned.curriculum.starts_with("success:")) << tuned.curriculum;
  EXPECT_EQ(plan({"--preset", "ppo-lander-sparse", "--curriculum", "none"}).curriculum, "");
  EXPECT_TRUE(plan({"--preset", "ppo-lander-sparse", "--curriculum", "learnability"}).curriculum.starts_with("learn"));
}

TEST(RunPlan, KnowsWhereTheRateEndsWithTheHorizon) {
  const auto ends = [](const char* schedule, const char* optimizer = "adam") {
    return rate_ends_with_horizon(plan(
        {"--env", "cartpole", "--agent", "ppo", "--preset", "none", "--schedule", schedule, "--optimizer", optimizer}));
  };
  EXPECT_TRUE(ends("linear"));
  EXPECT_TRUE(ends("cosine"));
  EXPECT_TRUE(ends("warmup:steps=500,then=(cosine)"));
  EXPECT_TRUE(ends("constant", "scheduled:rule=(adam),schedule=(linear)"));
  EXPECT_FALSE(ends("constant"));
  EXPECT_FALSE(ends("linear:end_factor=0.1"));
  EXPECT_FALSE(ends("linear:total_iters=500")) << "a longer horizon would not help";
}

TEST(RunPlan, KnowsDemonstrationsByAPathThatHoldsEverywhere) {
  const auto demos = [](const char* text) {
    return plan({"--env", "lander", "--agent", "dqn", "--demos", text}).demonstrations;
  };
  EXPECT_EQ(demos("flown/./a.safetensors"), (std::filesystem::current_path() / "flown/a.safetensors").string());
  EXPECT_EQ(demos("/a.safetensors"), "/a.safetensors");
  EXPECT_EQ(demos("heuristic:episodes=3"), "heuristic:episodes=3");
}

TEST_F(RunPlanFile, KeepsABonusWhereThereIsOne) {
  const std::vector<std::string> line = {"--env", "mountain_car", "--agent", "ppo", "--preset", "none"};
  const auto with = [&](const char* bonus) {
    std::vector<std::string> whole = line;
    whole.insert(whole.end(), {"--bonus", bonus});
    return whole;
  };
  const RunPlan without = plan(line);
  EXPECT_EQ(plan(with("none")).json(), without.json());
  EXPECT_EQ(without.json().find("bonus"), std::string::npos);
  EXPECT_EQ(without.identity().find("bonus"), std::string::npos);
  for (const char* bonus :
       {"counts:components=position/velocity,bins=20/15,scope=product", "rnd:optimizer=(sgd:lr=0.1)", "elliptical"}) {
    const RunPlan paid = plan(with(bonus));
    EXPECT_THAT(identity_word(paid.identity(), "bonus"), HasSubstr("coefficient="));
    write(paid.json());
    EXPECT_EQ(read_plan(path).json(), paid.json());
    EXPECT_EQ(read_plan(path).identity(), paid.identity());
    EXPECT_TRUE(make_run(paid).agent != nullptr);
  }
}

TEST_F(RunPlanFile, WithoutTheBonusOfItsPresetStaysWithout) {
  const RunPlan without = plan({"--preset", "ppo-mountain_car-counts", "--bonus", "none"});
  write(without.json());
  EXPECT_EQ(read_plan(path).bonus, "");
  EXPECT_EQ(read_plan(path).json(), without.json());
  EXPECT_NE(plan({"--preset", "ppo-mountain_car-counts"}).bonus, "");
}

TEST(RunPlan, RefusesABonusThatCannotBe) {
  const auto of = [](const char* agent, const char* bonus) {
    return plan_refusal({"--env", "mountain_car", "--agent", agent, "--bonus", bonus});
  };
  EXPECT_THAT(of("ppo", "count"), HasSubstr("Did you mean 'counts'?"));
  EXPECT_THAT(of("ppo", "counts:components=angle"), HasSubstr("'mountain_car' shows: position, velocity"));
  EXPECT_THAT(of("ppo", "counts:bins=0"), HasSubstr("Option 'bins' of bonus 'counts' cannot be '0'"));
  EXPECT_THAT(of("ppo", "rnd:optimizer=(adam:lr=-1)"), HasSubstr("'lr' of optimizer 'adam'"));
  EXPECT_THAT(of("reinforce", "rnd"), HasSubstr("agent 'reinforce' takes no intrinsic reward"));
  EXPECT_THAT(of("ppo", "rnd:hidden=60000/60000"), HasSubstr("GiB of it for the bonus"));
}

TEST(RunPlan, SuitsPresetsToVariants) {
  EXPECT_EQ(plan({"--env", "lander:continuous=true", "--agent", "ppo"}).preset, "ppo-lander-continuous");
  EXPECT_EQ(plan({"--env", "acrobot", "--agent", "reinforce"}).preset, "none");
}

TEST_F(RunPlanFile, ReadsBackWhatItWrote) {
  const RunPlan first = plan({"--env", "lander:wind=true", "--agent", "ppo:hidden=32", "--seed", "9", "--until",
                              "return=200", "--schedule", "warmup:steps=5,then=(cosine)", "--threads", "3"});
  write(first.json());
  EXPECT_EQ(read_plan(path).json(), first.json());
  EXPECT_EQ(read_plan(path).identity(), first.identity());
  EXPECT_EQ(identity_word(first.identity(), "env"), first.environment);

  const RunPlan other = plan({"--config", path.string(), "--seed", "4"});
  EXPECT_EQ(other.seed, 4U);
  EXPECT_EQ(other.agent, first.agent);
}

TEST_F(RunPlanFile, RefusesDamagedFiles) {
  for (const char* text : {"", "{", "[]", R"({"env": 3})", R"({"env": "lander", "agent": "ppo", "gama": 1})",
                           R"({"env": "lander", "agent": "ppo", "steps": -5})", R"({"env": ["lander"]})"}) {
    write(text);
    EXPECT_THROW(read_plan(path), std::runtime_error) << text;
  }
  std::filesystem::remove(path);
  EXPECT_THROW(read_plan(path), std::runtime_error);
}

TEST(RunPlan, RefusesWhatMemoryDoesNotHoldBeforeAnythingIsAllocated) {
  const auto refused = [](const std::string& agent, const std::string& environments) {
    return plan_refusal({"--env", "cartpole", "--agent", agent, "--envs", environments, "--preset", "none"});
  };
  EXPECT_THAT(refused("ppo:rollout=65536", "65536"), HasSubstr("of it for rollout=65536 of 65536 worlds, and"));
  EXPECT_THAT(refused("a2c:rollout=10000000", "65536"), HasSubstr("The run would need about"));
  EXPECT_THAT(refused("reinforce:rollout=10000000", "65536"), HasSubstr("GiB are available."));
  EXPECT_THAT(refused("ppo:hidden=65536/65536/65536/65536/65536", "1"), HasSubstr("for the networks of hidden=65536/"));
  EXPECT_THAT(refused("dqn:batch=1000000,hidden=65536", "4"), HasSubstr("for batch=1000000"));

  const agents::MemoryNeed replay{.parts = {{"memory=1000000000", 3.0 * (1U << 30)}, {"4 worlds", 1.0 * (1U << 30)}}};
  EXPECT_NO_THROW(refuse_beyond_memory(replay, 4.5 * (1U << 30)));
  EXPECT_THAT([&] { refuse_beyond_memory(replay, 2.5 * (1U << 30)); },
              testing::ThrowsMessage<UsageError>("The run would need about 4.0 GiB of memory, 3.0 GiB of it for "
                                                 "memory=1000000000, and 2.5 GiB are available."));
  const agents::MemoryNeed long_rollout{.parts = {{"rollout", 1}}, .samples = 4294967296.0};
  EXPECT_THAT([&] { refuse_beyond_memory(long_rollout, 1e12); },
              testing::ThrowsMessage<UsageError>(HasSubstr("4294967296 samples")));
}

TEST(RunPlan, RefusesWhatDoesNotFit) {
  EXPECT_THAT(plan_refusal({"--env", "lander"}), HasSubstr("'--agent' is missing"));
  EXPECT_THAT(plan_refusal({"--agent", "ppo"}), HasSubstr("'--env' is missing"));
  EXPECT_THAT(plan_refusal({"--env", "lander", "--agent", "ppo", "--preset", "ppo-landr"}),
              HasSubstr("Did you mean 'ppo-lander'?"));
  EXPECT_THAT(plan_refusal({"--env", "cartpole", "--agent", "ppo", "--preset", "ppo-lander"}),
              HasSubstr("is for --env lander"));
  EXPECT_THAT(plan_refusal({"--env", "lander", "--agent", "ppo", "--demos", "heuristic"}),
              HasSubstr("no replay memory"));
  EXPECT_THAT(plan_refusal({"--env", "lander", "--agent", "ppo", "--optimizer", "sgd:nesterov=true"}),
              HasSubstr("nesterov"));
  EXPECT_THAT(plan_refusal({"--env", "lander", "--agent", "ppo", "--until", "return=x"}), HasSubstr("'x'"));
  EXPECT_THAT(plan_refusal({"--env", "lander", "--agent", "ppo", "--seed", "-1"}), HasSubstr("'-1'"));
}

}  // namespace
}  // namespace cairn::apps
