#include "apps/command_line/foreign_names.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "apps/command_line/entries.h"
#include "apps/command_line/errors.h"
#include "apps/command_line/registry.h"
#include "apps/command_line/run_plan.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;

std::vector<std::string> keys_of(const std::vector<Field>& fields) {
  std::vector<std::string> keys;
  for (const Field& field : fields) keys.push_back(field.key);
  return keys;
}

/// Every key of every agent.
std::vector<std::string> agent_keys() {
  std::vector<std::string> keys;
  for (const AgentEntry& entry : registry().agents)
    for (const std::string& key : keys_of(entry.fields)) keys.push_back(key);
  return keys;
}

TEST(ForeignNames, AreAnsweredByWhatIsHere) {
  std::vector<std::string> options{"--watch", "--resume", "--episodes"};
  for (const Option& option : plan_options()) options.push_back("--" + option.name);
  const std::vector<std::string> keys = agent_keys();
  for (const ForeignName& name : foreign_names()) {
    ASSERT_FALSE(name.ours.empty());
    for (const std::string& ours : name.ours) {
      SCOPED_TRACE(ours);
      const std::string word = ours.substr(0, ours.find_first_of(":= "));
      switch (name.kind) {
        case ForeignName::Kind::world:
          EXPECT_NO_THROW(make_environment(parse_component(ours, "")));
          break;
        case ForeignName::Kind::agent:
          for (const ComponentText::Setting& setting : parse_component(ours, "").settings)
            EXPECT_THAT(keys_of(find_agent(word).fields), testing::Contains(setting.key));
          break;
        case ForeignName::Kind::option:
          EXPECT_THAT(word.starts_with("--") ? options : keys, testing::Contains(word));
          break;
        case ForeignName::Kind::rule: {
          std::vector<std::string> all;
          for (const auto& entry : registry().rules) std::ranges::copy(keys_of(entry.fields), std::back_inserter(all));
          EXPECT_THAT(all, testing::Contains(word));
        }
      }
    }
  }
}

TEST(ForeignNames, AreKnownAsPeopleTypeThem) {
  const auto worlds = names_of(registry().environments), agents = names_of(registry().agents);
  const std::vector<std::string> options{"--env", "--agent", "--optimizer", "--steps", "--envs"};
  const auto ppo = keys_of(find_agent("ppo").fields), dqn = keys_of(find_agent("dqn").fields);
  const struct {
    std::string kind, word;
    std::vector<std::string> allowed;
    std::string answer;
  } cases[] = {
      {"environment", "LunarLander-v3", worlds, "Here that is 'lander'."},
      {"environment", "LunarLanderContinuous-v2", worlds, "Here that is 'lander:continuous=true'."},
      {"environment", "CartPole-v1", worlds, "Here that is 'cartpole'."},
      {"environment", "PointMaze_UMaze-v3", worlds, "Here that is 'point_maze'."},
      {"environment", "Ant-v5", worlds, ""},
      {"agent", "HER", agents, "Here that is 'dqn:hindsight=true'."},
      {"option", "--total-timesteps", options, "Here that is '--steps'."},
      {"option", "--total_timesteps", options, "Here that is '--steps'."},
      {"option", "--lr", options, "Here that is '--optimizer adam:lr=…'."},
      {"option", "--num-envs", options, "Here that is '--envs'."},
      {"option", "--ent-coef", options, "Here that is an option of the agent: '--agent NAME:entropy=…'."},
      {"option", "--lr", {"--json"}, ""},
      {"option of agent 'ppo':", "learning_rate", ppo, "Here that is '--optimizer adam:lr=…'."},
      {"option of agent 'ppo':", "n_steps", ppo, "Here that is 'rollout'."},
      {"option of agent 'dqn':", "n_steps", dqn, "Here that is 'n_step'."},
      {"option of agent 'ppo':", "batch_size", ppo, "Here that is 'minibatch'."},
      {"option of agent 'dqn':", "batch_size", dqn, "Here that is 'batch'."},
      {"option of agent 'ppo':", "ent_coef", ppo, "Here that is 'entropy'."},
      {"option of agent 'dqn':", "ent_coef", dqn, ""},
      {"option of optimizer 'adam':", "learning_rate", {"lr", "eps"}, "Here that is 'lr'."},
  };
  for (const auto& each : cases)
    EXPECT_EQ(answer_to_foreign(each.kind, each.word, each.allowed), each.answer) << each.kind << ' ' << each.word;
  EXPECT_THAT(unknown("environment", "CartPole-v1", worlds).what(),
              HasSubstr("Unknown environment 'CartPole-v1'. Here that is 'cartpole'. Allowed: "));
  EXPECT_THAT(unknown("agent", "PPO", agents).what(), HasSubstr("Did you mean 'ppo'?"));
}

// A page shows the table; a name that is added here is added there.
TEST(ForeignNames, StandOnThePage) {
  std::ifstream file(std::filesystem::path(CAIRN_TEST_DATA) / "../../apps/reference/coming_from.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const ForeignName& name : foreign_names()) {
    std::string theirs, ours;
    for (const std::string& word : name.theirs) theirs += (theirs.empty() ? "`" : ", `") + word + "`";
    for (const std::string& word : name.ours) ours += (ours.empty() ? "`" : ", `") + word + "`";
    EXPECT_THAT(page, HasSubstr("| " + theirs + " | " + ours + " | " + name.from + " |"));
  }
}

}  // namespace
}  // namespace cairn::apps
