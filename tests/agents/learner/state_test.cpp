#include "agents/learner/state.h"

#include <gmock/gmock.h>

#include <limits>

#include "tests/envs/counting_world.h"
#include "tests/optim/every_rule.h"

namespace cairn::agents {
namespace {

using optim::numbers;
using testing::HasSubstr;
using testing::ThrowsMessage;

using optim::n;

/// Every second column begins in a state, the others with a difficulty of their own.
envs::VectorEnvironment counting_worlds() {
  const auto starts = [](int column, std::uint32_t episode, envs::Start usual) {
    if (column % 2 == 0)
      usual.difficulty = 1 / (2.0 + episode);
    else
      usual.state = {10.0F + static_cast<float>(episode)};
    return usual;
  };
  return {[] { return std::make_unique<envs::CountingWorld>(); }, 4, 7, envs::Stream::environment, starts};
}

TEST(SavedWorlds, GoOnFromTheirStartsToTheSameBits) {
  envs::VectorEnvironment worlds = counting_worlds(), resumed = counting_worlds();
  const Eigen::MatrixXf actions = Eigen::MatrixXf::Constant(1, 4, 0.5F);
  for (int t = 0; t < 13; ++t) worlds.step(0, actions);
  Archive archive;
  save_worlds(archive, "worlds", worlds);
  load_worlds(archive, "worlds", resumed);
  std::vector<envs::Episode> a, b;
  worlds.take_finished(a);
  a.clear();
  for (int t = 0; t < 13; ++t) {
    ASSERT_EQ(worlds.observations(), resumed.observations()) << t;
    worlds.step(0, actions);
    resumed.step(0, actions);
  }
  worlds.take_finished(a);
  resumed.take_finished(b);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].episode_return, b[i].episode_return);
    EXPECT_EQ(a[i].number, b[i].number);
    EXPECT_EQ(a[i].difficulty, b[i].difficulty);
    EXPECT_EQ(a[i].from_state, b[i].from_state);
  }
}

/// The worlds' archive with one of its arrays replaced.
template <class T>
Archive with(const std::string& name, const std::vector<T>& values) {
  envs::VectorEnvironment worlds = counting_worlds();
  worlds.step(0, Eigen::MatrixXf::Ones(1, 4));
  Archive saved, archive;
  save_worlds(saved, "worlds", worlds);
  const auto copy = [&]<class V>(const char* key, V) {
    const std::string full = std::string("worlds/") + key;
    if (key == name)
      archive.put(full, values);
    else
      archive.put(full, saved.get<V>(full));
  };
  copy("random", std::uint64_t());
  copy("difficulties", double());
  copy("from_states", std::uint8_t());
  copy("states", float());
  copy("actions", float());
  copy("action_counts", std::int64_t());
  copy("episodes", std::int64_t());
  copy("returns", double());
  copy("successes", std::uint8_t());
  return archive;
}

template <class T>
void expect_refused(const std::string& name, const std::vector<T>& values, const char* sentence) {
  const Archive archive = with(name, values);
  envs::VectorEnvironment worlds = counting_worlds();
  EXPECT_THAT([&] { load_worlds(archive, "worlds", worlds); }, ThrowsMessage<std::runtime_error>(HasSubstr(sentence)))
      << name;
}

TEST(SavedWorlds, RefuseStartsThatMakeNoSense) {
  envs::VectorEnvironment worlds = counting_worlds();
  EXPECT_NO_THROW(load_worlds(with<float>("", {}), "worlds", worlds));
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  using Flags = std::vector<std::uint8_t>;
  using Doubles = std::vector<double>;
  using Floats = std::vector<float>;
  expect_refused("difficulties", Doubles{0.5, 0.5, 1.5, 0.5}, "cannot be replayed: counting: the difficulty");
  expect_refused("difficulties", Doubles{0.5, 0.5, double{nan}, 0.5}, "it cannot be nan");
  expect_refused("difficulties", Doubles{0.5, 0.5}, "worlds/difficulties");
  expect_refused("from_states", Flags{0, 2, 0, 1}, "'worlds/from_states' does not fit the states or the world.");
  expect_refused("from_states", Flags{1, 1, 0, 1}, "'worlds/from_states' does not fit the states or the world.");
  expect_refused("from_states", Flags{0, 1, 0, 0}, "'worlds/states' holds more than the episodes that began in one.");
  expect_refused("states", Floats{10, nan}, "cannot be replayed: counting: 'count' of a state");
  expect_refused("states", Floats{10, 1001}, "cannot be replayed: counting: 'count' of a state");
  expect_refused("states", Floats{10}, "'worlds/from_states' does not fit the states or the world.");
  expect_refused("states", Floats{10, 10, 10}, "'worlds/states' holds more than the episodes that began in one.");
}

class SavedOptimizer : public testing::TestWithParam<optim::NamedRule> {};

TEST_P(SavedOptimizer, GoesOnToTheSameBits) {
  const auto bind = [] { return GetParam().rule.bind<float>(optim::two_layers(), {.updates = 30}); };
  const auto whole = bind(), resumed = bind();
  std::vector<float> p = numbers<float>(n, 1);
  whole->set_rate_factor(0.75);
  for (unsigned i = 0; i < 7; ++i) {
    whole->on(optim::Event::rollout);
    whole->step(p, numbers<float>(n, i));
  }
  Archive archive;
  save_optimizer(archive, "optimizer", *whole);
  load_optimizer(archive, "optimizer", *resumed);
  std::vector<float> q = p;
  for (unsigned i = 7; i < 20; ++i) {
    whole->step(p, numbers<float>(n, i));
    resumed->step(q, numbers<float>(n, i));
    ASSERT_EQ(p, q) << "step " << i;
  }
}
INSTANTIATE_TEST_SUITE_P(Catalogue, SavedOptimizer, testing::ValuesIn(optim::every_rule()),
                         [](const auto& parameter) { return parameter.param.name; });

class OtherOptimizer : public testing::Test {
 protected:
  Archive archive;
  void SetUp() override {
    save_optimizer(archive, "optimizer", *optim::adam({.lr = 1e-3}).bind<float>(optim::two_layers()));
  }
  auto loading(const optim::Rule& rule, const optim::Layout& layout) const {
    return [this, rule, layout] { load_optimizer(archive, "optimizer", *rule.bind<float>(layout)); };
  }
};

TEST_F(OtherOptimizer, IsRefusedForItsRuleItsOptionsItsScheduleAndItsClip) {
  const optim::Layout layout = optim::two_layers();
  EXPECT_NO_THROW(loading(optim::adam({.lr = 1e-3}), layout)());
  for (const optim::Rule& rule : {optim::sgd(), optim::adam({.lr = 1e-4}), optim::adam().with_schedule(optim::linear()),
                                  optim::adam().with_clip(optim::global_norm())})
    EXPECT_THAT(loading(rule, layout), ThrowsMessage<std::runtime_error>(
                                           testing::AllOf(HasSubstr("The checkpoint's optimizer is 'adam:lr=0.001"),
                                                          HasSubstr("the run's '" + rule.description() + "'."))));
}

TEST_F(OtherOptimizer, IsRefusedWhateverBothRulesAre) {
  const optim::Layout layout = optim::two_layers();
  const std::vector<optim::NamedRule> rules = optim::every_rule();
  for (const optim::NamedRule& saved : rules) {
    Archive one;
    save_optimizer(one, "optimizer", *saved.rule.bind<float>(layout));
    for (const optim::NamedRule& loaded : rules) {
      const auto other = loaded.rule.bind<float>(layout);
      if (saved.rule.description() == loaded.rule.description())
        EXPECT_NO_THROW(load_optimizer(one, "optimizer", *other)) << saved.name << ' ' << loaded.name;
      else
        EXPECT_THAT([&] { load_optimizer(one, "optimizer", *other); },
                    ThrowsMessage<std::runtime_error>(HasSubstr(saved.rule.description())))
            << saved.name << ' ' << loaded.name;
    }
  }
}

TEST_F(OtherOptimizer, IsRefusedForItsBlocks) {
  optim::Layout renamed = optim::two_layers(), turned;
  renamed.blocks[3].name = "value/bias";
  turned.add("encoder/weight", 3, 4, {"weight"});  // as many numbers, of another shape
  for (std::size_t i = 1; i < 4; ++i) {
    const optim::Block block = optim::two_layers().blocks[i];
    turned.add(block.name, block.rows, block.cols, block.tags);
  }
  EXPECT_THAT(
      loading(optim::adam(), renamed),
      ThrowsMessage<std::runtime_error>(
          "The checkpoint's parameter blocks are 'encoder/weight 4x3, encoder/bias 4x1, head/weight 2x4, "
          "head/bias 2x1', the run's 'encoder/weight 4x3, encoder/bias 4x1, head/weight 2x4, value/bias 2x1'."));
  EXPECT_THAT(loading(optim::adam(), turned), ThrowsMessage<std::runtime_error>(HasSubstr("3x4")));
}

TEST_F(OtherOptimizer, IsRefusedForCountsBelowZeroAndBeyondAnyRun) {
  for (const auto& [count, says] :
       {std::pair{std::int64_t{-1}, "negative"}, std::pair{std::numeric_limits<std::int64_t>::max(), "beyond the"}}) {
    Archive bad;  // counters are looked at first
    bad.metadata = archive.metadata;
    std::vector<std::int64_t> counters(7);
    counters[1] = count;
    bad.put("optimizer/counters", counters);
    EXPECT_THAT([&] { load_optimizer(bad, "optimizer", *optim::adam().bind<float>(optim::two_layers())); },
                ThrowsMessage<std::runtime_error>(HasSubstr(says)));
  }
}

}  // namespace
}  // namespace cairn::agents
