#include "agents/exploration/rnd.h"

#include <gtest/gtest.h>

#include <numeric>

#include "agents/networks/finite.h"
#include "exploration/wander.h"
#include "memory/damaged.h"
#include "optim/sgd.h"
#include "tests/allocation_counter.h"
#include "tests/optim/out_of_range.h"
#include "worlds.h"

namespace cairn::agents {
namespace {

RndOptions fast() {
  return {.hidden = {16, 16}, .features = 8, .minibatch = 50, .epochs = 2, .optimizer = optim::adam({.lr = 1e-3})};
}

TEST(Rnd, BonusOfWhatIsSeenAgainFallsAndOfWhatIsNewDoesNot) {
  envs::ThreadPool pool(1);
  Rnd rnd(car()->spec(), fast());
  rnd.begin({.factory = car, .visits = 50, .calls = 100, .seed = 1, .pool = &pool});
  Eigen::MatrixXf observations(2, 50);
  for (Eigen::Index i = 0; i < 50; ++i) observations.col(i) << -0.55F + 0.002F * static_cast<float>(i), 0.001F;
  const Stream familiar(observations);
  Eigen::MatrixXf asked(2, 2);
  asked << -0.5F, 0.5F, 0.001F, 0.06F;
  const auto unscaled_share = [&] {  // of the first in both: the scale goes out
    Eigen::ArrayXf novelty(2);
    rnd.novelty(asked, novelty);
    EXPECT_GT(novelty.minCoeff(), 0);
    return novelty[0] / novelty[1];
  };
  pay(rnd, familiar.visits());
  const float at_first = unscaled_share();
  for (int i = 0; i < 100; ++i) {
    rnd.learn(familiar.visits());
    pay(rnd, familiar.visits());
  }
  EXPECT_LT(unscaled_share(), 0.2F * at_first);
}

TEST(Rnd, PaysForWhatIsReachedInUnitsOfItsDiscountedSum) {
  envs::ThreadPool pool(1);
  Wander wander(car, 4, 50);
  Rnd rnd(car()->spec(), fast());
  rnd.begin(wander.run(pool));
  BonusScale scale(4, 0.99);
  const std::vector<float> bonuses = wander.show(rnd);
  scale.take(std::span<const float>(bonuses));
  EXPECT_NEAR(scale.factor(), 1, 1e-4) << "the deviation of what is paid, as it is summed, is 1";
}

TEST(Rnd, SameBitsWithAnyNumberOfThreads) {
  std::vector<std::vector<float>> paid;
  std::vector<std::vector<float>> weights;
  for (const int threads : {1, 2, 4}) {
    envs::ThreadPool pool(threads);
    Wander wander(cart_pole, 5, 131);  // parts of odd sizes
    Rnd rnd(cart_pole()->spec(), fast());
    rnd.begin(wander.run(pool));
    for (int i = 0; i < 3; ++i) wander.show(rnd);
    paid.push_back(wander.bonuses);
    weights.push_back(saved(rnd).get<float>("bonus/predictor/0/weight"));
  }
  EXPECT_EQ(paid[0], paid[1]);
  EXPECT_EQ(paid[0], paid[2]);
  EXPECT_EQ(weights[0], weights[1]);
  EXPECT_EQ(weights[0], weights[2]);
}

TEST(Rnd, GoesOnAfterLoading) {
  envs::ThreadPool pool(1);
  Wander wander(cart_pole, 64, 10);  // more worlds than samples that are learned from a step
  Rnd whole(cart_pole()->spec(), fast()), loaded(cart_pole()->spec(), fast());
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

TEST(Rnd, RefusesCheckpointsThatNoRunHasLeft) {
  envs::ThreadPool pool(1);
  Wander wander(car, 2, 10);
  Rnd rnd(car()->spec(), fast());
  rnd.begin(wander.run(pool));
  wander.show(rnd);
  const Archive good = saved(rnd);
  std::vector<float> bias(16, 0);
  bias[3] = INFINITY;
  EXPECT_THROW(rnd.load(damaged(good, "bonus/predictor/0/bias", bias)), std::runtime_error);
  EXPECT_THROW(rnd.load(damaged(good, "bonus/target/0/bias", bias)), std::runtime_error);
  EXPECT_THROW(rnd.load(damaged(good, "bonus/calls", std::vector<std::int64_t>{-1})), std::runtime_error);
  EXPECT_THROW(rnd.load(damaged(good, "bonus/observations/count", std::vector<double>{NAN})), std::runtime_error);
  EXPECT_THROW(rnd.load(damaged(good, "bonus/scale/sums", std::vector<double>{1})), std::runtime_error);
  RndOptions other = fast();
  other.optimizer = optim::sgd();
  Rnd another(car()->spec(), other);
  another.begin(wander.run(pool));
  EXPECT_THROW(another.load(good), std::runtime_error) << "another rule";
  rnd.load(good);
}

TEST(Rnd, StopsWhereItsPredictorDiverges) {
  envs::ThreadPool pool(1);
  Wander wander(car, 2, 10);
  RndOptions options = fast();
  options.optimizer = optim::sgd({.lr = 1e300});
  Rnd rnd(car()->spec(), options);
  rnd.begin(wander.run(pool));
  EXPECT_THROW(wander.show(rnd), Diverged);
}

TEST(Rnd, AllocatesNothingOnceWarm) {
  envs::ThreadPool pool(2);
  Wander wander(cart_pole, 4, 60);
  Rnd rnd(cart_pole()->spec(), fast());
  rnd.begin(wander.run(pool));
  wander.show(rnd);
  Eigen::ArrayXf novelty(240);
  const long before = tests::allocations;
  rnd.pay(wander.visits(), wander.bonuses);
  rnd.learn(wander.visits());
  rnd.novelty(wander.reached, novelty);
  EXPECT_EQ(tests::allocations - before, 0);
}

TEST(Rnd, RefusesOptionsOutOfRange) {
  EXPECT_GT(optim::for_each_out_of_range(RndOptions{},
                                         [&](const auto& key, const RndOptions& options) {
                                           EXPECT_THROW(Rnd(car()->spec(), options), std::invalid_argument) << key;
                                         }),
            0);
}

}  // namespace
}  // namespace cairn::agents
