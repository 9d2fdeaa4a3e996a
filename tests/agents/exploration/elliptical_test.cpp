#include "agents/exploration/elliptical.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "exploration/wander.h"
#include "memory/damaged.h"
#include "tests/allocation_counter.h"
#include "tests/optim/out_of_range.h"
#include "worlds.h"

namespace cairn::agents {
namespace {

constexpr EllipticalFeatures kinds[] = {EllipticalFeatures::inverse, EllipticalFeatures::whitened};

EllipticalOptions small_bonus(EllipticalFeatures features) {
  return {.features = features, .hidden = {16}, .size = 6, .minibatch = 40, .epochs = 2};
}

TEST(Elliptical, AgreesWithTheReference) {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/algorithms/e3b.json");
  const auto data = nlohmann::json::parse(file);
  const double ridge = data["ridge"];
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(4, 4) / ridge;
  Eigen::VectorXd image(4);
  for (std::size_t t = 0; t < data["features"].size(); ++t) {
    Eigen::VectorXd feature(4);
    for (int i = 0; i < 4; ++i) feature[i] = data["features"][t][i];
    const double bonus = elliptical_step<double>(inverse, feature, image), expected = data["bonus"][t];
    EXPECT_NEAR(bonus, expected, 1e-12 * std::max(1.0, expected)) << t;
    for (int row = 0; row < 4; ++row)
      for (int col = 0; col < 4; ++col)
        EXPECT_NEAR(inverse(row, col), data["inverse"][t][row][col].get<double>(), 1e-12 * 10) << t;
    if (data["done"][t] == 1) inverse = Eigen::MatrixXd::Identity(4, 4) / ridge;
  }
}

TEST(Elliptical, BonusOfARepeatedFeatureGoesFromBToBOverOneAndB) {
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(3, 3) * 10;
  const Eigen::VectorXd feature = Eigen::Vector3d(0.3, -1, 0.2);
  Eigen::VectorXd image(3);
  double before = elliptical_step<double>(inverse, feature, image);
  for (int i = 0; i < 5; ++i) {
    const double after = elliptical_step<double>(inverse, feature, image);
    EXPECT_NEAR(after, before / (1 + before), 1e-12);
    before = after;
  }
}

TEST(Elliptical, FirstStepsOfEpisodesPayNothingAndEpisodesBeginAnew) {
  envs::ThreadPool pool(1);
  for (const EllipticalFeatures features : kinds) {
    Wander wander(cart_pole, 2, 200);  // episodes of some twenty steps
    Elliptical elliptical(cart_pole()->spec(), small_bonus(features));
    elliptical.begin(wander.run(pool));
    for (int call = 0; call < 2; ++call) {
      const std::vector<std::uint8_t> ended_before = wander.terminated;
      const std::vector<float> bonuses = wander.show(elliptical);
      int first_steps = 0;
      for (std::size_t i = 0; i < bonuses.size(); ++i) {
        const bool first = i >= 2 ? wander.terminated[i - 2] != 0 : call == 0 || ended_before[bonuses.size() - 2 + i];
        EXPECT_EQ(bonuses[i] == 0, first) << i;
        first_steps += first ? 1 : 0;
      }
      EXPECT_GT(first_steps, 4);
    }
  }
}

TEST(Elliptical, NoveltyFallsWhereEpisodesHaveBeen) {
  envs::ThreadPool pool(1);
  Elliptical elliptical(car()->spec(), small_bonus(EllipticalFeatures::whitened));
  elliptical.begin({.factory = car, .visits = 30, .calls = 1, .seed = 1, .pool = &pool});
  Eigen::MatrixXf observations = Eigen::MatrixXf::Zero(2, 30);
  observations.row(0).setConstant(-0.9F);
  const Stream still(observations);
  pay(elliptical, still.visits());
  Eigen::MatrixXf asked(2, 2);
  asked << -0.9F, 0.5F, 0, 0.05F;
  Eigen::ArrayXf novelty(2);
  elliptical.novelty(asked, novelty);
  EXPECT_LT(novelty[0], 0.1F * novelty[1]);
}

TEST(Elliptical, GoesOnAfterLoading) {
  envs::ThreadPool pool(1);
  for (const auto& factory : {cart_pole, continuous_car})
    for (const EllipticalFeatures features : kinds) {
      Wander wander(factory, 3, 31);
      Elliptical whole(factory()->spec(), small_bonus(features)), loaded(factory()->spec(), small_bonus(features));
      whole.begin(wander.run(pool));
      loaded.begin(wander.run(pool));
      for (int i = 0; i < 2; ++i) wander.show(whole);
      loaded.load(saved(whole));
      for (int i = 0; i < 2; ++i) {
        const Visits visits = wander.play();
        EXPECT_EQ(pay(whole, visits), pay(loaded, visits));
        whole.learn(visits);
        loaded.learn(visits);
      }
    }
}

TEST(Elliptical, RefusesCheckpointsThatNoRunHasLeft) {
  envs::ThreadPool pool(1);
  Wander wander(car, 2, 10);
  Elliptical elliptical(car()->spec(), small_bonus(EllipticalFeatures::inverse));
  elliptical.begin(wander.run(pool));
  wander.show(elliptical);
  const Archive good = saved(elliptical);
  const auto bad = [&](const char* name, auto values) {
    EXPECT_THROW(elliptical.load(damaged(good, name, values)), std::runtime_error) << name;
  };
  bad("bonus/inverse", std::vector<double>(72, NAN));
  bad("bonus/inverse", std::vector<double>(71, 1));
  bad("bonus/previous", std::vector<float>(4, INFINITY));
  bad("bonus/running", std::vector<std::uint8_t>{1, 2});
  bad("bonus/calls", std::vector<std::int64_t>{-1});
  bad("bonus/encoder/0/bias", std::vector<float>(16, NAN));
  bad("bonus/observations/squares", std::vector<double>(2, -1));
  elliptical.load(good);
}

TEST(Elliptical, AllocatesNothingOnceWarm) {
  envs::ThreadPool pool(1);
  for (const EllipticalFeatures features : kinds) {
    Wander wander(cart_pole, 4, 60);
    Elliptical elliptical(cart_pole()->spec(), small_bonus(features));
    elliptical.begin(wander.run(pool));
    wander.show(elliptical);
    Eigen::ArrayXf novelty(240);
    const long before = tests::allocations;
    elliptical.pay(wander.visits(), wander.bonuses);
    elliptical.learn(wander.visits());
    elliptical.novelty(wander.reached, novelty);
    EXPECT_EQ(tests::allocations - before, 0);
  }
}

TEST(Elliptical, RefusesOptionsOutOfRange) {
  EXPECT_GT(optim::for_each_out_of_range(EllipticalOptions{},
                                         [&](const auto& key, const EllipticalOptions& options) {
                                           EXPECT_THROW(Elliptical(car()->spec(), options), std::invalid_argument)
                                               << key;
                                         }),
            0);
}

}  // namespace
}  // namespace cairn::agents
