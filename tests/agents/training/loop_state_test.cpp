#include "agents/training/loop_state.h"

#include <gmock/gmock.h>

namespace cairn::agents {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

LoopState some_state() {
  LoopState state;
  state.recent = {{1, 20, -3.5, false}, {0, 7, 12, true}};
  state.iterations = 1;
  state.updates = 2;
  state.episodes = 3;
  state.evaluations = 4;
  state.next_evaluation = 5;
  state.next_checkpoint = 6;
  state.evaluated_at = 7;
  state.best = 8.5;
  return state;
}

TEST(LoopState, ComesBackByName) {
  const LoopState saved = some_state();
  Archive archive;
  saved.save(archive);
  EXPECT_EQ(archive.get_value<std::int64_t>("loop/next_checkpoint"), 6);
  LoopState loaded;
  loaded.load(archive);
  EXPECT_EQ(loaded.iterations, 1);
  EXPECT_EQ(loaded.updates, 2);
  EXPECT_EQ(loaded.episodes, 3);
  EXPECT_EQ(loaded.evaluations, 4);
  EXPECT_EQ(loaded.next_evaluation, 5);
  EXPECT_EQ(loaded.next_checkpoint, 6);
  EXPECT_EQ(loaded.evaluated_at, 7);
  EXPECT_EQ(loaded.best, 8.5);
  ASSERT_EQ(loaded.recent.size(), 2U);
  EXPECT_EQ(loaded.recent[0].environment, 1);
  EXPECT_EQ(loaded.recent[0].length, 20);
  EXPECT_EQ(loaded.recent[0].episode_return, -3.5);
  EXPECT_TRUE(loaded.recent[1].success);
}

TEST(LoopState, BeforeTheFirstEvaluationThereIsNoBest) {
  Archive archive;
  LoopState().save(archive);
  LoopState loaded = some_state();
  loaded.load(archive);
  EXPECT_FALSE(loaded.best.has_value());
  EXPECT_EQ(loaded.evaluated_at, -1);
  EXPECT_TRUE(loaded.recent.empty());
}

TEST(LoopState, RefusesCountsThatCannotBe) {
  const auto loading = [](auto&& change) {
    return [change] {
      LoopState state = some_state(), loaded;
      change(state);
      Archive archive;
      state.save(archive);
      loaded.load(archive);
    };
  };
  EXPECT_NO_THROW(loading([](LoopState&) {})());
  EXPECT_THAT(loading([](LoopState& s) { s.iterations = -1; }),
              ThrowsMessage<std::runtime_error>(HasSubstr("'loop/iterations' is -1, not in [0,")));
  EXPECT_THAT(loading([](LoopState& s) { s.evaluated_at = -2; }),
              ThrowsMessage<std::runtime_error>(HasSubstr("'loop/evaluated_at' is -2")));
  EXPECT_THAT(loading([](LoopState& s) { s.evaluations = INT64_MAX; }),
              ThrowsMessage<std::runtime_error>(HasSubstr("'loop/evaluations' is 9223372036854775807")));
  EXPECT_THAT(loading([](LoopState& s) { s.recent.resize(101); }),
              ThrowsMessage<std::runtime_error>(HasSubstr("'loop/recent_episodes' holds 404 numbers")));
  EXPECT_THAT(loading([](LoopState& s) { s.recent[0].length = -1; }),
              ThrowsMessage<std::runtime_error>(HasSubstr("'loop/recent_episodes' holds -1")));
}

}  // namespace
}  // namespace cairn::agents
