// `--start`: a run that begins with another one's weights.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "calls.h"

namespace cairn::apps {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class Starting : public Calls {
 protected:
  const std::string car =
      "train --env mountain_car --preset none --envs 2 --evaluate-every 0 --evaluation-episodes 5 --quiet ";
};

TEST_F(Starting, FromAClonedPolicyKeepsWhatItKnows) {
  ASSERT_EQ(cairn(car + "--agent bc --optimizer adam:lr=3e-3 --demos heuristic:episodes=10 --steps 40000 --out cloned")
                .status,
            0);
  const Outcome alone = cairn(car + "--agent bc --steps 4000 --out alone");
  EXPECT_EQ(alone.status, 2);
  EXPECT_THAT(alone.errors, HasSubstr("Agent 'bc' needs demonstrations"));
  EXPECT_FALSE(fs::exists(folder / "alone"));

  const std::string ppo =
      "--agent ppo:rollout=16,epochs=1,normalise_observations=true --optimizer adam:lr=1e-9 --steps 32 ";
  for (const char* from : {"cloned", "cloned/checkpoints/best.safetensors"}) {
    fs::remove_all(folder / "on");
    const Outcome on = cairn(car + ppo + "--out on --start " + from);
    ASSERT_EQ(on.status, 0) << on.errors;
    const auto result = nlohmann::json::parse(cairn("eval on --episodes 10 --json").out);
    EXPECT_GE(result["success_rate"], 0.9);
  }
  const auto config = nlohmann::json::parse(contents(folder / "on/config.json"));
  EXPECT_EQ(config["start"], (fs::canonical(folder) / "cloned/checkpoints/best.safetensors").string());
  // The run goes on by itself, also where what it began with is there no more.
  fs::remove_all(folder / "cloned");
  EXPECT_EQ(cairn("train --resume on --steps 64 --quiet").status, 0);
  EXPECT_EQ(cairn("train --resume on --start on --quiet").status, 2);
}

TEST_F(Starting, FromWhatDoesNotFitIsRefusedAndCreatesNothing) {
  ASSERT_EQ(cairn(car + "--agent dqn:hidden=8 --steps 512 --out values").status, 0);
  const auto refused = [&](const std::string& line, const char* sentence) {
    const Outcome outcome = cairn(car + "--steps 512 --out run --start " + line);
    EXPECT_EQ(outcome.status, 2) << line;
    EXPECT_THAT(outcome.errors, HasSubstr(sentence)) << line;
    EXPECT_FALSE(fs::exists(folder / "run")) << line;
  };
  refused("values --agent ppo", "2-8-3 with relu before q_values, that of ppo here 2-64-64-3 with tanh before logits");
  refused("values --agent dqn", "2-8-3 with relu before q_values, that of dqn here 2-64-64-3");
  refused("nowhere --agent dqn", "there is no checkpoint");
  EXPECT_EQ(cairn(car + "--steps 512 --out run --agent dqn:hidden=8,gamma=0.9 --start values").status, 0);
}

}  // namespace
}  // namespace cairn::apps
