#include "agents/memory/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "envs/classic/cart_pole.h"
#include "memory/damaged.h"
#include "memory/plain_bonus.h"
#include "tests/allocation_counter.h"

namespace cairn::agents {
namespace {

constexpr int length = 5;          // steps of an episode
constexpr float stride = 0.25F;    // that a walker goes at each step
constexpr float far_goal = 1'000;  // that it never reaches

/// Goes as told; shows where it is, the time of the episode and the goal; pays 1, 2, … The world ends its episodes, or
/// the horizon does. Continuous actions: how far to go, and a number that means nothing and by which tests know a
/// transition again.
class Walk : public envs::Environment {
 public:
  Walk(bool ends, bool goal_terminates)
      : Environment({.id = "walk",
                     .observation = {{"x", "", 0, 10}, {"time", "", 0, 10}, {"goal", "", 0, 10}},
                     .action = {{"go", "", -1, 1}, {"mark", "", -1e6F, 1e6F}},
                     .horizon = ends ? 1'000 : length,
                     .goal = {.achieved = 0, .desired = 2, .size = 1, .terminates = goal_terminates}}),
        ends_(ends) {}
  void draw(envs::Canvas&) const override {}
  bool reached(std::span<const float> achieved, std::span<const float> desired) const override {
    return achieved[0] == desired[0];
  }

 protected:
  void start(envs::Random&) override { x_ = 0, time_ = 0; }
  envs::Step advance(std::span<const float> action) override {
    x_ += action[0];
    ++time_;
    return {.reward = static_cast<float>(time_), .terminated = ends_ && time_ == length};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = x_;
    observation[1] = static_cast<float>(time_);
    observation[2] = far_goal;
  }

 private:
  bool ends_;
  float x_ = 0;
  int time_ = 0;
};

const envs::EnvironmentFactory ending = [] { return std::make_unique<Walk>(true, false); };
const envs::EnvironmentFactory cut = [] { return std::make_unique<Walk>(false, false); };
const envs::EnvironmentFactory goal_ends = [] { return std::make_unique<Walk>(true, true); };

/// What tells a transition: its time since the first, and which world made it.
float mark(int time, int world) {
  return static_cast<float>(time) + 0.5F * static_cast<float>(world);
}
int time_of(float mark) {
  return static_cast<int>(mark) % length;
}

/// Worlds that walk, and what a sampler remembers of it.
struct Walked {
  Walked(const envs::EnvironmentFactory& world, const SamplerOptions& options, int steps, int count = 2,
         const std::vector<Demonstration>& demonstrations = {})
      : factory(world),
        worlds(world, count, 1),
        sampler(world()->spec(), options, demonstrations),
        actions(Eigen::MatrixXf::Zero(2, count)) {
    sampler.begin(factory, count);
    batch = sampler.batch();
    for (int i = 0; i < steps; ++i) step();
  }
  void step() {
    for (int e = 0; e < worlds.size(); ++e) actions.col(e) << stride, mark(time, e);
    ++time;
    before = worlds.observations();
    worlds.step(0, actions);
    sampler.add(before, actions, worlds);
  }
  const Batch& draw(double progress = 0) {
    envs::Random random(1, envs::Stream::replay, 0, drawn++);
    sampler.draw(random, progress, batch);
    return batch;
  }
  Eigen::Index size() const { return batch.rewards.size(); }
  std::vector<double> priorities() const {
    Archive archive;
    sampler.save(archive, "memory");
    return archive.get<double>("memory/priorities");
  }

  envs::EnvironmentFactory factory;
  envs::VectorEnvironment worlds;
  Sampler sampler;
  Batch batch;
  Eigen::MatrixXf before, actions;
  int time = 0;
  std::uint32_t drawn = 0;
};

/// A walk of `steps` steps that tests know by marks from 10,000 on.
Demonstration shown_walk(int steps = length) {
  Demonstration flown{.observations = Eigen::MatrixXf::Zero(3, steps + 1),
                      .actions = Eigen::MatrixXf::Constant(2, steps, stride),
                      .rewards = Eigen::VectorXf::Constant(steps, 7),
                      .terminated = true};
  for (int t = 0; t <= steps; ++t)
    flown.observations.col(t) << stride * static_cast<float>(t), static_cast<float>(t), far_goal;
  for (int t = 0; t < steps; ++t) flown.actions(1, t) = mark(10'000 + t, 0);
  return flown;
}

TEST(Sampler, DrawsTheLatestTransitionsEquallyOften) {
  Walked walked(ending, {.memory = 12}, 9);
  EXPECT_EQ(walked.sampler.size(), 12);
  std::map<float, int> counts;
  constexpr int draws = 500;
  for (int i = 0; i < draws; ++i) {
    const Batch& batch = walked.draw();
    for (const float drawn : batch.actions.row(1)) ++counts[drawn];
  }
  EXPECT_EQ(counts.size(), 12U);
  EXPECT_EQ(counts.begin()->first, mark(3, 0)) << "six steps of each world are remembered";
  const double all = draws * static_cast<double>(walked.size());
  for (const auto& [drawn, count] : counts) EXPECT_NEAR(count / all, 1.0 / 12, 5 * std::sqrt(1.0 / 12 / all)) << drawn;
}

// Windows of up to n steps that end with their episode, or with what was flown so far.
TEST(Sampler, SumsWindowsThatEndWithTheirEpisode) {
  for (const auto& factory : {ending, cut})
    for (const int n_step : {1, 3}) {
      const float gamma = 0.5F, scale = 2;
      Walked walked(factory, {.gamma = gamma, .reward_scale = scale, .n_step = n_step}, 13);
      for (int i = 0; i < 10; ++i) {
        const Batch& batch = walked.draw();
        for (Eigen::Index s = 0; s < walked.size(); ++s) {
          const float drawn = batch.actions(1, s);
          const int begin = time_of(drawn), latest = 12 - static_cast<int>(drawn);
          const int steps = std::min({n_step, length - begin, latest + 1});
          float reward = 0, discount = 1;
          for (int k = 0; k < steps; ++k) {
            reward += discount * scale * static_cast<float>(begin + k + 1);
            discount *= gamma;
          }
          const bool over = begin + steps == length && factory()->spec().horizon > length;
          EXPECT_EQ(batch.actions(0, s), stride);
          EXPECT_EQ(batch.rewards[s], reward);
          EXPECT_EQ(batch.discounts[s], over ? 0 : discount) << "only an end of the world has nothing after it";
          EXPECT_EQ(batch.observations(0, s), stride * static_cast<float>(begin));
          EXPECT_EQ(batch.observations(1, s), static_cast<float>(begin));
          EXPECT_EQ(batch.next_observations(1, s), static_cast<float>(begin + steps))
              << "the final observation, never that of the next episode";
          EXPECT_EQ(batch.weights[s], 1);
          EXPECT_FALSE(batch.relabelled[static_cast<std::size_t>(s)]);
          EXPECT_TRUE(batch.next_mask(s).empty());
        }
      }
    }
}

/// Pays the observed time, or, where it depends on the episode, the number of the call.
class Clock final : public tests::PlainBonus {
 public:
  explicit Clock(bool of_episode) : of_episode_(of_episode) {}
  float coefficient() const override { return 10; }
  bool of_episode() const override { return of_episode_; }
  void pay(const Visits& visits, std::span<float> bonuses) override {
    ++calls;
    for (std::size_t i = 0; i < bonuses.size(); ++i) {
      EXPECT_EQ(visits.reached(1, static_cast<Eigen::Index>(i)), static_cast<float>((calls - 1) % length + 1));
      EXPECT_EQ(visits.done(static_cast<Eigen::Index>(i)), calls % length == 0);
      bonuses[i] = static_cast<float>(calls);
    }
  }
  void novelty(const Eigen::Ref<const Eigen::MatrixXf>& observations,
               Eigen::Ref<Eigen::ArrayXf> bonuses) const override {
    bonuses = factor * observations.row(1).transpose().array();
  }
  void save(Archive& archive) const override { archive.put_value("bonus/calls", calls); }
  void load(const Archive& archive) override { calls = archive.get_value<std::int64_t>("bonus/calls"); }
  std::int64_t calls = 0;
  float factor = 1;

 private:
  bool of_episode_;
};

TEST(Sampler, AddsTheBonusOfWhatEachStepOfAWindowReached) {
  for (const bool of_episode : {false, true}) {
    const auto clock = std::make_shared<Clock>(of_episode);
    const auto with_bonus = [&](std::shared_ptr<Bonus> bonus) {
      const SamplerOptions options{.gamma = 0.5F, .reward_scale = 2, .n_step = 3, .demonstration_fraction = 0.5F};
      Walked walked(cut, options, 0, 2, {shown_walk()});
      walked.sampler = Sampler(cut()->spec(), options, {shown_walk()}, bonus);
      walked.sampler.begin(cut, 2);
      walked.sampler.begin_bonus({.factory = cut, .environments = 2, .visits = 2});
      for (int i = 0; i < 13; ++i) walked.step();
      return walked;
    };
    Walked paid = with_bonus(clock), unpaid = with_bonus(nullptr);
    EXPECT_EQ(clock->calls, 13);
    EXPECT_EQ(paid.sampler.take_mean_bonus(), 7.0) << "1 to 13";
    EXPECT_EQ(paid.sampler.take_mean_bonus(), 0.0) << "nothing since";
    EXPECT_FALSE(unpaid.sampler.take_mean_bonus());
    clock->factor = 3;  // it has learned since
    const Batch &with = paid.draw(), &without = unpaid.draw();
    EXPECT_EQ(with.shown, 32);
    for (Eigen::Index i = 0; i < with.rewards.size(); ++i) {
      const bool own = i >= with.shown;
      const float drawn = with.actions(1, i);
      EXPECT_EQ(drawn, without.actions(1, i)) << "the same draws";
      const int time = own ? static_cast<int>(drawn) : static_cast<int>(drawn) - 10'000, begin = time % length;
      const int latest = own ? 12 - time : length;
      float expected = without.rewards[i];
      for (int k = 0; k < std::min({3, length - begin, latest + 1}); ++k) {
        const float at =
            of_episode ? static_cast<float>(own ? time + k + 1 : 0) : 3 * static_cast<float>(begin + k + 1);
        expected += std::pow(0.5F, static_cast<float>(k)) * 10 * at;
      }
      EXPECT_FLOAT_EQ(with.rewards[i], expected) << of_episode << ' ' << i;
      EXPECT_EQ(with.discounts[i], without.discounts[i]);
    }
    Archive archive;
    paid.sampler.save(archive, "memory");
    EXPECT_EQ(archive.has("memory/bonuses"), of_episode);
    clock->calls = 0;
    paid.sampler.load(archive, "memory");
    EXPECT_EQ(clock->calls, 13);
    if (of_episode) {
      std::vector<float> bad = archive.get<float>("memory/bonuses");
      bad[1] = NAN;
      EXPECT_THROW(paid.sampler.load(damaged(archive, "memory/bonuses", bad), "memory"), std::runtime_error);
    }
  }
}

TEST(Sampler, DrawsByPriorityAndCorrectsForIt) {
  constexpr float alpha = 0.5F, beta = 0.4F;
  Walked walked(ending, {.memory = 8, .prioritized = true, .priority_alpha = alpha, .priority_beta = beta}, 8, 1);
  EXPECT_EQ(walked.priorities(), std::vector<double>(8, 1)) << "nothing is known yet";
  const auto error = [](float drawn) { return 1 + drawn * drawn; };  // of either sign
  for (int i = 0; i < 20; ++i) {                                     // 64 samples each: all are drawn
    const Batch& batch = walked.draw();
    Eigen::ArrayXf errors(walked.size());
    for (Eigen::Index s = 0; s < errors.size(); ++s)
      errors[s] = (s % 2 == 0 ? 1.0F : -1.0F) * error(batch.actions(1, s));
    walked.sampler.set_priorities(batch, errors);
  }
  double total = 0;
  std::map<float, double> expected;
  for (int t = 0; t < 8; ++t) total += expected[mark(t, 0)] = std::pow(error(mark(t, 0)) + 1e-6, alpha);
  std::map<float, int> counts;
  constexpr int draws = 500;
  for (const double progress : {0.0, 1.0}) {
    counts.clear();
    for (int i = 0; i < draws; ++i) {
      const Batch& batch = walked.draw(progress);
      double largest = 0;
      for (const float drawn : batch.actions.row(1)) {
        ++counts[drawn];
        largest = std::max(largest, 1 / expected[drawn]);
      }
      const double exponent = progress == 1 ? 1 : static_cast<double>(beta);
      for (Eigen::Index s = 0; s < walked.size(); ++s)
        EXPECT_NEAR(batch.weights[s], std::pow(1 / expected[batch.actions(1, s)] / largest, exponent), 1e-5);
    }
    for (const auto& [drawn, priority] : expected)
      EXPECT_NEAR(counts[drawn] / (draws * static_cast<double>(walked.size())), priority / total, 0.01) << drawn;
  }
  walked.step();  // in the place of the first
  EXPECT_DOUBLE_EQ(walked.priorities()[0], expected[mark(7, 0)]) << "new: as much as the worst so far";
}

// `future` (Andrychowicz et al. 2017): goals reached by this or a later step of the same episode.
TEST(Sampler, HindsightRelabelsWithWhatTheEpisodeReached) {
  const float gamma = 0.5F;
  for (const auto& factory : {ending, goal_ends})
    for (const int n_step : {1, 2}) {
      const bool terminates = factory()->spec().goal.terminates;
      Walked walked(factory, {.gamma = gamma, .n_step = n_step, .hindsight = true, .hindsight_goals = 3}, 23);
      int relabelled = 0, reached_at_once = 0;
      constexpr int draws = 200;
      for (int i = 0; i < draws; ++i) {
        const Batch& batch = walked.draw();
        for (Eigen::Index s = 0; s < walked.size(); ++s) {
          const float drawn = batch.actions(1, s), goal = batch.observations(2, s);
          EXPECT_EQ(goal, batch.next_observations(2, s)) << "the same goal in both";
          if (!batch.relabelled[static_cast<std::size_t>(s)]) {
            EXPECT_EQ(goal, far_goal);
            EXPECT_GE(batch.rewards[s], 1 + static_cast<float>(time_of(drawn)));
            continue;
          }
          ++relabelled;
          const int begin = time_of(drawn), latest = 22 - static_cast<int>(drawn);
          const int flown = std::min(length, begin + latest + 1);
          const auto at = static_cast<int>(goal / stride);  // the time at which the episode reached the goal
          EXPECT_GT(at, begin);
          EXPECT_LE(at, flown);
          reached_at_once += at == begin + 1;
          float reward = 0, discount = 1;
          for (int k = 1; k <= n_step && begin + k <= flown && discount > 0; ++k) {
            if (begin + k == at) reward += discount;  // 1 where reached
            discount *= gamma;
            if (terminates ? begin + k == at : begin + k == length) discount = 0;
          }
          EXPECT_EQ(batch.rewards[s], reward);
          EXPECT_EQ(batch.discounts[s], discount);
        }
      }
      const double all = draws * static_cast<double>(walked.size());
      EXPECT_NEAR(relabelled / all, 0.75, 5 * std::sqrt(0.25 * 0.75 / all));
      // Steps 1 to 5 of an episode have 5 to 1 goals each; three of the 23 belong to one not yet over.
      const double at_once = (4 * (1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0 + 1 / 5.0) + 1 + 1 / 2.0 + 1 / 3.0) / 23;
      EXPECT_NEAR(static_cast<double>(reached_at_once) / relabelled, at_once, 5 * std::sqrt(0.25 / relabelled));
    }
}

TEST(Sampler, DemonstrationsComeFirstAndAreNeverForgotten) {
  Walked walked(
      ending,
      {.memory = 4, .prioritized = true, .hindsight = true, .hindsight_goals = 1'000, .demonstration_fraction = 0.25F},
      40, 1, {shown_walk(), shown_walk(3)});
  EXPECT_EQ(walked.sampler.size(), 4) << "demonstrations are apart";
  std::map<float, int> counts;
  for (int i = 0; i < 100; ++i) {
    const Batch& batch = walked.draw();
    ASSERT_EQ(batch.shown, 16);
    for (Eigen::Index s = 0; s < walked.size(); ++s) {
      const float drawn = batch.actions(1, s);
      ASSERT_EQ(drawn >= 10'000, s < 16);
      if (s >= 16) continue;
      ++counts[drawn];
      EXPECT_EQ(batch.weights[s], 1);
      EXPECT_FALSE(batch.relabelled[static_cast<std::size_t>(s)]);
      EXPECT_EQ(batch.observations(2, s), far_goal);
      EXPECT_EQ(batch.rewards[s], 7);
    }
    walked.sampler.set_priorities(batch, Eigen::ArrayXf::Constant(walked.size(), 3));
  }
  EXPECT_EQ(counts.size(), 5U);
  EXPECT_GT(counts[mark(10'000, 0)], counts[mark(10'004, 0)]) << "both episodes have a first step, one a fifth";
  const std::vector<double> priorities = walked.priorities();
  ASSERT_EQ(priorities.size(), 4U) << "those shown have none";
  for (const double priority : priorities) EXPECT_NEAR(priority, std::pow(3, 0.6), 1e-5);
}

TEST(Sampler, ADemonstrationThatWasCutIsWorthMoreThanItsRewards) {
  Demonstration flown = shown_walk(1);
  for (const bool terminated : {true, false}) {
    flown.terminated = terminated;
    Walked walked(ending, {.gamma = 0.5F, .demonstration_fraction = 1}, 1, 1, {flown});
    EXPECT_EQ(walked.draw().shown, walked.size());
    EXPECT_EQ(walked.batch.discounts[0], terminated ? 0 : 0.5F);
  }
}

const SamplerOptions everything{
    .memory = 30, .batch = 32, .n_step = 3, .prioritized = true, .hindsight = true, .demonstration_fraction = 0.25F};

TEST(Sampler, DrawsTheSameBitsAfterLoading) {
  Walked walked(goal_ends, everything, 12, 2, {shown_walk()}), copy(goal_ends, everything, 0, 2, {shown_walk()});
  for (int i = 0; i < 3; ++i) {
    const Batch& batch = walked.draw(0.5);
    walked.sampler.set_priorities(batch, batch.rewards + 0.1F);
  }
  Archive archive, again;
  walked.sampler.save(archive, "replay");
  EXPECT_EQ(archive.metadata["replay"], "exact");
  copy.sampler.load(archive, "replay");
  copy.sampler.save(again, "replay");
  ASSERT_EQ(archive.tensors().size(), again.tensors().size());
  for (std::size_t i = 0; i < archive.tensors().size(); ++i)
    EXPECT_EQ(archive.tensors()[i].bytes, again.tensors()[i].bytes) << archive.tensors()[i].name;
  walked.drawn = copy.drawn = 0;
  for (int i = 0; i < 3; ++i) {
    const Batch &a = walked.draw(0.5), &b = copy.draw(0.5);
    EXPECT_EQ(a.observations, b.observations);
    EXPECT_EQ(a.actions, b.actions);
    EXPECT_TRUE((a.rewards == b.rewards).all());
    EXPECT_TRUE((a.discounts == b.discounts).all());
    EXPECT_EQ(a.next_observations, b.next_observations);
    EXPECT_TRUE((a.weights == b.weights).all());
    EXPECT_EQ(a.origins, b.origins);
    EXPECT_EQ(a.relabelled, b.relabelled);
  }
}

TEST(Sampler, LeavesTheMemoryOutWhenAskedTo) {
  SamplerOptions options = everything;
  options.save_memory = false;
  Walked walked(ending, options, 12), copy(ending, options, 0);
  Archive archive;
  walked.sampler.save(archive, "memory");
  EXPECT_TRUE(archive.tensors().empty());
  EXPECT_EQ(archive.metadata["memory"], "left out");
  copy.sampler.load(archive, "memory");
  EXPECT_EQ(copy.sampler.size(), 0);
}

TEST(Sampler, RefusesFilesThatMakeNoSense) {
  Walked walked(ending, everything, 3, 1);  // three of thirty places
  Archive archive;
  walked.sampler.save(archive, "memory");
  const auto refuses = [&]<class T>(const char* name, std::size_t place, T value) {
    std::vector<T> values = archive.get<T>(name);
    values.at(place) = value;
    EXPECT_THROW(walked.sampler.load(damaged(archive, name, values), "memory"), std::runtime_error)
        << name << " " << value;
  };
  refuses("memory/actions", 3, NAN);
  refuses("memory/actions", 0, HUGE_VALF);
  refuses("memory/priorities", 0, -1.0);
  refuses("memory/priorities", 1, 0.0);
  refuses("memory/priorities", 3, 1.0);
  refuses("memory/priorities", 2, static_cast<double>(NAN));
  refuses("memory/largest_priority", 0, static_cast<double>(NAN));
  refuses("memory/largest_priority", 0, 0.0);
  walked.sampler.load(archive, "memory");
  EXPECT_EQ(walked.sampler.size(), 3);
}

TEST(Sampler, AllocatesNothingOnceWarm) {
  Walked walked(goal_ends, everything, 20, 2, {shown_walk()});
  Eigen::ArrayXf errors = Eigen::ArrayXf::Ones(walked.size());
  const auto use = [&] {
    walked.step();
    walked.sampler.set_priorities(walked.draw(), errors);
  };
  for (int i = 0; i < 10; ++i) use();
  const long before = tests::allocations;
  for (int i = 0; i < 50; ++i) use();
  EXPECT_EQ(tests::allocations - before, 0);
}

TEST(Sampler, TakesItsOptionsFromThoseOfAnAgent) {
  const SamplerOptions all{.gamma = 0.5F,
                           .reward_scale = 3,
                           .memory = 5,
                           .batch = 6,
                           .n_step = 7,
                           .prioritized = true,
                           .priority_alpha = 0.1F,
                           .priority_beta = 0.2F,
                           .hindsight = true,
                           .hindsight_goals = 8,
                           .demonstration_fraction = 0.3F,
                           .save_memory = false};
  std::map<std::string, double> from, to, usual;
  const auto note = [](std::map<std::string, double>& values, SamplerOptions options) {
    options.fields([&](const char* name, const auto& value, const char*, const char*) {
      values[name] = static_cast<double>(value);
    });
  };
  note(from, all);
  note(to, sampler_options(all));
  note(usual, {});
  EXPECT_EQ(from, to);
  for (const auto& [name, value] : from) EXPECT_NE(value, usual[name]) << name << " is to be another one here";
}

TEST(Sampler, RefusesOptionsAndDemonstrationsThatDoNotSuit) {
  const envs::Spec walk = ending()->spec(), cart_pole = envs::CartPole().spec();
  const auto with = [](const envs::Spec& spec, const SamplerOptions& options,
                       const std::vector<Demonstration>& demonstrations = {}) {
    Sampler sampler(spec, options, demonstrations);
  };
  EXPECT_THROW(with(walk, {.gamma = 1.5F}), std::invalid_argument);
  EXPECT_THROW(with(walk, {.reward_scale = 0}), std::invalid_argument);
  EXPECT_THROW(with(walk, {.memory = 0}), std::invalid_argument);
  EXPECT_THROW(with(walk, {.batch = 0}), std::invalid_argument);
  EXPECT_THROW(with(walk, {.n_step = 0}), std::invalid_argument);
  EXPECT_THROW(with(walk, {.priority_alpha = NAN}), std::invalid_argument);
  EXPECT_THROW(with(walk, {.hindsight_goals = 0}), std::invalid_argument);
  EXPECT_THROW(with(walk, {.demonstration_fraction = 2}), std::invalid_argument);
  EXPECT_THROW(with(cart_pole, {.hindsight = true}), std::invalid_argument) << "CartPole has no goals";

  EXPECT_NO_THROW(with(walk, {}, {shown_walk()}));
  EXPECT_THROW(with(cart_pole, {}, {shown_walk()}), std::invalid_argument);
  Demonstration odd = shown_walk();
  odd.actions(1, 2) = NAN;
  EXPECT_THROW(with(walk, {}, {odd}), std::invalid_argument);
  odd = shown_walk();
  odd.actions.conservativeResize(1, length);
  EXPECT_THROW(with(walk, {}, {odd}), std::invalid_argument);
  Demonstration pole{.observations = Eigen::MatrixXf::Zero(4, 2),
                     .actions = Eigen::MatrixXf::Ones(1, 1),
                     .rewards = Eigen::VectorXf::Ones(1)};
  EXPECT_NO_THROW(with(cart_pole, {}, {pole}));
  for (const float action : {-1.0F, 0.5F, 2.0F}) {
    pole.actions(0, 0) = action;
    EXPECT_THROW(with(cart_pole, {}, {pole}), std::invalid_argument) << action;
  }
}

}  // namespace
}  // namespace cairn::agents
