#include "agents/exploration/counts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "envs/box2d/lander.h"
#include "exploration/wander.h"
#include "memory/damaged.h"
#include "tests/allocation_counter.h"
#include "tests/optim/out_of_range.h"
#include "worlds.h"

namespace cairn::agents {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr float low = -1.2F, high = 0.6F;  // of the car's position

nlohmann::json counts_reference() {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/algorithms/e3b.json");
  return nlohmann::json::parse(file);
}

/// Observations of the car in the cells of a grid of ten positions.
Stream in_cells(const std::vector<int>& cells) {
  Eigen::MatrixXf observations = Eigen::MatrixXf::Zero(2, static_cast<Eigen::Index>(cells.size()));
  for (std::size_t i = 0; i < cells.size(); ++i)
    observations(0, static_cast<Eigen::Index>(i)) = low + (high - low) * (static_cast<float>(cells[i]) + 0.5F) / 10;
  return Stream(observations);
}

TEST(Counts, AgreesWithTheReferenceInEveryScope) {
  const auto data = counts_reference()["counts"];
  Stream stream = in_cells(data["cells"]);
  stream.truncated = data["ends"].get<std::vector<std::uint8_t>>();
  envs::ThreadPool pool(1);
  for (const CountScope scope : {CountScope::episodic, CountScope::lifelong, CountScope::product}) {
    Counts counts(car()->spec(), {.components = {"position"}, .scope = scope});
    counts.begin({.factory = car, .visits = 12, .calls = 1, .seed = 1, .pool = &pool});
    const std::vector<float> bonuses = pay(counts, stream.visits());
    for (std::size_t i = 0; i < bonuses.size(); ++i) {
      const double expected = scope == CountScope::product
                                  ? data["product"][i].get<double>()
                                  : 1 / std::sqrt(data[std::string(to_string(scope))][i].get<double>());
      EXPECT_NEAR(bonuses[i], expected, 1e-6) << to_string(scope) << ' ' << i;
    }
  }
}

TEST(Counts, HashesAsTheReference) {
  const auto data = counts_reference()["simhash"];
  Eigen::MatrixXd projections(5, 3);
  for (int row = 0; row < 5; ++row)
    for (int col = 0; col < 3; ++col) projections(row, col) = data["matrix"][row][col];
  for (std::size_t i = 0; i < data["states"].size(); ++i) {
    std::uint32_t expected = 0;
    for (unsigned bit = 0; bit < 5; ++bit) expected |= data["bits"][i][bit].get<std::uint32_t>() << bit;
    EXPECT_EQ(simhash(projections, [&](Eigen::Index k) { return data["states"][i][k].get<double>(); }), expected);
  }
}

TEST(Counts, GridCoversTheBoundsAndWhatHasNone) {
  const Counts two(car()->spec(), {.components = {"velocity", "position"}, .bins = {3, 4}});
  EXPECT_EQ(two.cells(), 12U);
  const auto cell = [&](float position, float velocity) { return two.cell_of(Eigen::Vector2f(position, velocity)); };
  EXPECT_EQ(cell(low, -0.07F), 0U);
  EXPECT_EQ(cell(high, 0.07F), 11U) << "the upper bounds belong to the last bins";
  EXPECT_EQ(cell(high, 0), 7U);
  EXPECT_EQ(cell(-100, -100), 0U) << "beyond the bounds: the nearest bin";
  EXPECT_EQ(cell(NAN, NAN), 0U);

  const Counts unbounded(cart_pole()->spec(), {.components = {"angular_velocity"}, .bins = {4}});
  const auto of = [&](float velocity) { return unbounded.cell_of(Eigen::Vector4f(0, 0, 0, velocity)); };
  EXPECT_EQ(of(-5), 0U);
  EXPECT_EQ(of(-0.5F), 1U);
  EXPECT_EQ(of(0.5F), 2U);
  EXPECT_EQ(of(std::numeric_limits<float>::max()), 3U);
}

TEST(Counts, BonusOfARevisitedCellFallsAndNoveltySaysSo) {
  envs::ThreadPool pool(1);
  for (const Cells cells : {Cells::grid, Cells::simhash}) {
    Counts counts(car()->spec(), {.cells = cells});
    counts.begin({.factory = car, .visits = 4, .calls = 1, .seed = 1, .pool = &pool});
    const Stream stream = in_cells({3, 3, 3, 3});
    EXPECT_THAT(pay(counts, stream.visits()), testing::ElementsAre(1, testing::FloatEq(1 / std::sqrt(2.0F)),
                                                                   testing::FloatEq(1 / std::sqrt(3.0F)), 0.5F));
    Eigen::MatrixXf asked(2, 2);
    asked << stream.reached(0, 0), 0.55F, 0, 0.05F;
    Eigen::ArrayXf novelty(2);
    counts.novelty(asked, novelty);
    EXPECT_EQ(novelty[0], 0.5F);
    EXPECT_EQ(novelty[1], 1);
  }
}

TEST(Counts, GoesOnAfterLoadingWhateverTheScope) {
  envs::ThreadPool pool(1);
  for (const CountScope scope : {CountScope::episodic, CountScope::lifelong, CountScope::product}) {
    Wander wander(cart_pole, 3, 25);
    Counts whole(cart_pole()->spec(), {.bins = {4}, .scope = scope}),
        loaded(cart_pole()->spec(), {.bins = {4}, .scope = scope});
    whole.begin(wander.run(pool));
    loaded.begin(wander.run(pool));
    for (int i = 0; i < 3; ++i) wander.show(whole);
    loaded.load(saved(whole));
    wander.play();
    EXPECT_EQ(pay(whole, wander.visits()), pay(loaded, wander.visits()));
  }
}

TEST(Counts, RefusesCheckpointsOfEpisodesThatNoneCanHave) {
  envs::ThreadPool pool(1);
  Wander wander(car, 2, 7);
  Counts counts(car()->spec(), {.scope = CountScope::episodic});
  counts.begin(wander.run(pool));
  wander.show(counts);
  const Archive good = saved(counts);
  const auto cells = good.get<std::uint32_t>("bonus/episode/cells");
  const auto bad = [&](const char* name, auto values) {
    EXPECT_THROW(counts.load(damaged(good, name, values)), std::runtime_error) << name;
  };
  bad("bonus/episode/sizes", std::vector<std::int64_t>{-1, 1});
  bad("bonus/episode/sizes", std::vector<std::int64_t>{1'000'000, 1});
  bad("bonus/episode/sizes", std::vector<std::int64_t>{0, 0});
  bad("bonus/episode/cells", std::vector<std::uint32_t>(cells.size(), 3));
  bad("bonus/episode/cells", std::vector<std::uint32_t>(cells.size(), 1'000'000));
  bad("bonus/episode/counts", std::vector<std::uint32_t>(cells.size(), 0));
  bad("bonus/episode/counts", std::vector<std::uint32_t>(cells.size(), 4'000'000'000U));
  bad("bonus/episode/counts", std::vector<std::uint32_t>{1});
  bad("bonus/counts", std::vector<std::uint32_t>{1});
  counts.load(good);
}

TEST(Counts, RefusesWhatIsNoGridOfTheWorld) {
  const auto with = [](const CountsOptions& options) {
    return [options] { Counts counts(envs::Lander(envs::LanderOptions{}).spec(), options); };
  };
  EXPECT_THAT(with({.components = {"left_leg"}}),
              ThrowsMessage<std::invalid_argument>(HasSubstr("'lander' shows: x, y_above_pad, vx")));
  EXPECT_THAT(with({.components = {"x", "x"}}), ThrowsMessage<std::invalid_argument>(HasSubstr("'x' twice")));
  EXPECT_THAT(with({.components = {"x", "vx"}, .bins = {1, 2, 3}}),
              ThrowsMessage<std::invalid_argument>(HasSubstr("3 numbers for 2 components")));
  EXPECT_THAT(with({}), ThrowsMessage<std::invalid_argument>(HasSubstr("more than 1048576 cells")));
  with({.components = {"left_leg_touches", "x"}, .bins = {2, 20}})();
  with({.cells = Cells::simhash})();
  EXPECT_GT(optim::for_each_out_of_range(CountsOptions{},
                                         [&](const auto& key, const CountsOptions& options) {
                                           EXPECT_THROW(Counts(car()->spec(), options), std::invalid_argument) << key;
                                         }),
            0);
}

TEST(Counts, AllocatesNothingOnceWarm) {
  envs::ThreadPool pool(1);
  Wander wander(cart_pole, 4, 60);
  Counts counts(cart_pole()->spec(), {.scope = CountScope::episodic});
  counts.begin(wander.run(pool));
  wander.play();
  const long before = tests::allocations;
  counts.pay(wander.visits(), wander.bonuses);
  EXPECT_EQ(tests::allocations - before, 0);
}

}  // namespace
}  // namespace cairn::agents
