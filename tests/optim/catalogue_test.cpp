// What every rule of the catalogue must do, whatever its equation: resume to the bit, refuse what is not finite, treat
// parameters alike, allocate nothing, go downhill.
#include "optim/catalogue.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/allocation_counter.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

/// An optimizer on its parameters, fed with numbered gradients.
template <class S>
struct Trial {
  std::unique_ptr<Optimizer<S>> optimizer;
  std::vector<S> p = numbers<S>(n, 1);

  explicit Trial(const Rule& rule) : optimizer(rule.bind<S>(two_layers(), {.updates = 40})) {}
  StepReport step(unsigned number) {
    if (number % 5 == 0) optimizer->on(Event::rollout);
    if (number % 7 == 0) optimizer->on(Event::target);
    return optimizer->step(p, numbers<S>(n, 100 + number, number % 11 == 0 ? 100 : 1));
  }
  std::vector<S> evaluated() const {
    std::vector<S> out(n);
    optimizer->evaluation_point(p, out);
    return out;
  }
  std::vector<std::vector<S>> state() {
    std::vector<std::vector<S>> state;
    for (const StateArray<S>& array : optimizer->arrays()) state.emplace_back(array.values.begin(), array.values.end());
    return state;
  }
  std::vector<std::vector<double>> scalars() {
    std::vector<std::vector<double>> state;
    for (const StateArray<double>& scalar : optimizer->scalars())
      state.emplace_back(scalar.values.begin(), scalar.values.end());
    return state;
  }
};

class EveryRule : public testing::TestWithParam<NamedRule> {
 protected:
  const Rule& rule() const { return GetParam().rule; }
};

template <class S>
void resumes_to_the_bit(const Rule& rule) {
  for (const unsigned at : {1U, 7U, 12U}) {
    Trial<S> whole(rule), resumed(rule);
    for (unsigned i = 0; i < at; ++i) whole.step(i);
    resumed.p = whole.p;
    const auto saved = whole.optimizer->arrays(), loaded = resumed.optimizer->arrays();
    for (std::size_t k = 0; k < saved.size(); ++k) std::ranges::copy(saved[k].values, loaded[k].values.begin());
    const auto from = whole.optimizer->scalars(), to = resumed.optimizer->scalars();
    for (std::size_t k = 0; k < from.size(); ++k) std::ranges::copy(from[k].values, to[k].values.begin());
    resumed.optimizer->set_counters(whole.optimizer->counters());
    for (unsigned i = at; i < at + 15; ++i) {
      whole.step(i);
      resumed.step(i);
      ASSERT_EQ(whole.p, resumed.p) << "step " << i << " after a resumption at " << at;
      ASSERT_EQ(whole.evaluated(), resumed.evaluated());
    }
    EXPECT_EQ(whole.state(), resumed.state());
    EXPECT_EQ(whole.scalars(), resumed.scalars());
    EXPECT_EQ(whole.optimizer->counters(), resumed.optimizer->counters());
  }
}
TEST_P(EveryRule, ResumesToTheBit) {
  resumes_to_the_bit<float>(rule());
  resumes_to_the_bit<double>(rule());
}

TEST_P(EveryRule, NamesItsStateUniquely) {
  Trial<float> run(rule());
  std::set<std::string> names;
  for (const auto& array : run.optimizer->arrays()) EXPECT_TRUE(names.insert(array.name).second) << array.name;
  for (const auto& scalar : run.optimizer->scalars()) EXPECT_TRUE(names.insert(scalar.name).second) << scalar.name;
}

// At the first gradient too, when some rules note where they began.
template <class S>
void leaves_all_untouched(const Rule& rule) {
  for (const unsigned at : {1U, 2U, 5U}) {
    Trial<S> run(rule), twin(rule);
    for (unsigned i = 1; i < at; ++i) {
      run.step(i);
      twin.step(i);
    }
    for (const S bad : {std::numeric_limits<S>::quiet_NaN(), std::numeric_limits<S>::infinity(),
                        -std::numeric_limits<S>::infinity()}) {
      const std::vector<S> p = run.p, evaluated = run.evaluated();
      const auto state = run.state();
      const auto scalars = run.scalars();
      const std::int64_t updates = run.optimizer->updates(), skipped = run.optimizer->skipped();
      std::vector<S> gradient = numbers<S>(n, 3);
      gradient[n - 2] = bad;
      const StepReport report = run.optimizer->step(run.p, gradient);
      EXPECT_FALSE(report.applied);
      EXPECT_EQ(run.p, p);
      EXPECT_EQ(run.evaluated(), evaluated);
      EXPECT_EQ(run.state(), state);
      EXPECT_EQ(run.scalars(), scalars);
      EXPECT_EQ(run.optimizer->updates(), updates);
      EXPECT_EQ(run.optimizer->skipped(), skipped + 1);
      EXPECT_EQ(report.skipped_in_a_row, skipped + 1);
    }
    for (unsigned i = 6; i < 15; ++i) {
      EXPECT_EQ(run.step(i).skipped_in_a_row, 0);
      twin.step(i);
    }
    EXPECT_EQ(run.p, twin.p);
    EXPECT_EQ(run.state(), twin.state());
  }
}
TEST_P(EveryRule, IsLeftUntouchedByAGradientThatIsNotFinite) {
  leaves_all_untouched<float>(rule());
  leaves_all_untouched<double>(rule());
}

// A unit that is off for every sample has no gradient, nor has anything before the first error: there may be nothing to
// divide by.
template <class S>
void survives_gradients_of_zero(const Rule& rule) {
  Trial<S> run(rule);
  const auto step = [&](double scale, std::size_t first_zero, std::size_t end_zero) {
    std::vector<S> gradient = numbers<S>(n, 7, scale);
    std::fill(gradient.begin() + static_cast<std::ptrdiff_t>(first_zero),
              gradient.begin() + static_cast<std::ptrdiff_t>(end_zero), S(0));
    EXPECT_TRUE(run.optimizer->step(run.p, gradient).applied);
    for (const S parameter : run.p) ASSERT_TRUE(std::isfinite(parameter)) << scale << ' ' << first_zero;
  };
  for (const double scale : {1e-12, 1e-6, 1.0})
    for (int i = 0; i < 3; ++i) {
      step(scale, 0, n);    // all
      step(scale, 3, 6);    // a row
      step(scale, 16, 24);  // a matrix
    }
}
TEST_P(EveryRule, SurvivesGradientsOfZero) {
  survives_gradients_of_zero<float>(rule());
  survives_gradients_of_zero<double>(rule());
}

TEST_P(EveryRule, RefusesVectorsOfAnotherSize) {
  Trial<float> run(rule());
  std::vector<float> parameters(n - 1);
  EXPECT_THROW(run.optimizer->step(parameters, run.p), std::invalid_argument);
  EXPECT_THROW(run.optimizer->step(run.p, parameters), std::invalid_argument);
}

TEST_P(EveryRule, AllocatesNothingInAStep) {
#ifdef CAIRN_SANITIZED
  GTEST_SKIP() << "the sanitizers bring allocators of their own";
#endif
  Trial<float> run(rule());
  const std::vector<float> gradient = numbers<float>(n, 3);
  const auto steps = [&] {
    for (int i = 0; i < 12; ++i) {
      run.optimizer->on(Event::rollout);
      run.optimizer->step(run.p, gradient);
    }
  };
  steps();
  const long before = tests::allocations;
  steps();
  EXPECT_EQ(tests::allocations - before, 0);
}

/// Parameter i of the permuted vector is parameter order[i] of the plain one.
template <class S>
void permutes(const Rule& rule, const Layout& layout, const std::vector<std::size_t>& order, double tolerance) {
  const auto permuted = [&](const std::vector<S>& values) {
    std::vector<S> out(n);
    for (std::size_t i = 0; i < n; ++i) out[i] = values[order[i]];
    return out;
  };
  const auto plain = rule.bind<S>(layout, {.updates = 40}), other = rule.bind<S>(layout, {.updates = 40});
  std::vector<S> p = numbers<S>(n, 1), q = permuted(p);
  for (unsigned i = 0; i < 20; ++i) {
    const std::vector<S> gradient = numbers<S>(n, 100 + i);
    plain->step(p, gradient);
    other->step(q, permuted(gradient));
    const std::vector<S> expected = permuted(p);
    for (std::size_t k = 0; k < n; ++k)
      ASSERT_NEAR(q[k], expected[k], tolerance * std::max(1.0, std::abs(static_cast<double>(expected[k])))) << i;
  }
}

// One vector, whose elements no rule has a reason to tell apart but by their numbers.
TEST_P(EveryRule, PermutesItsResultWithTheParameters) {
  if (GetParam().name == "kron") GTEST_SKIP() << "its probe tells elements apart";
  Layout vector;
  vector.add("head/bias", static_cast<Eigen::Index>(n), 1, {"bias", "head"});
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) order[i] = (7 * i + 3) % n;
  const Rule tried = GetParam().name == "partition" ? partition({{{"rest", adam()}}}) : rule();
  permutes<double>(tried, vector, order, 1e-12);
  permutes<float>(tried, vector, order, 1e-5);
}

// Of a matrix rules on matrices see rows and columns, which are neurons and inputs, in no order.
TEST_P(EveryRule, PermutesItsResultWithTheRowsAndColumnsOfAMatrix) {
  if (GetParam().name == "kron") GTEST_SKIP() << "its probe tells them apart, as do its triangles";
  constexpr std::size_t rows = 4, cols = 5;
  Layout layout;
  layout.add("head/weight", rows, cols, {"weight", "head"});
  layout.add("head/bias", static_cast<Eigen::Index>(n - rows * cols), 1, {"bias", "head"});
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i)
    order[i] = i < rows * cols ? (3 * (i / cols) + 1) % rows * cols + (2 * (i % cols) + 3) % cols : i;
  const Rule tried = GetParam().name == "partition" ? partition({{{"rest", adam()}}}) : rule();
  permutes<double>(tried, layout, order, 1e-11);
  permutes<float>(tried, layout, order, 1e-4);
}

TEST_P(EveryRule, BeginsAnewWhenReset) {
  const std::set<std::string> remembers{"l2_init", "nested", "restart_on_updates", "restart_of_a_tag", "kron"};
  if (remembers.contains(GetParam().name)) GTEST_SKIP() << "it keeps the start, or counts updates";
  if (!rule().schedule().is_constant() || GetParam().name == "partition") GTEST_SKIP() << "its schedule goes on";
  Trial<double> run(rule());
  for (unsigned i = 1; i < 5; ++i) run.step(i);
  run.optimizer->reset();
  Trial<double> fresh(rule());
  fresh.p = run.p;
  for (unsigned i = 6; i < 16; ++i) {
    run.step(i);
    fresh.step(i);
  }
  EXPECT_EQ(run.p, fresh.p);
}

TEST_P(EveryRule, ForgetsOneBlockAndLeavesTheOthersStateAlone) {
  Trial<double> run(rule());
  for (unsigned i = 1; i < 5; ++i) run.step(i);
  const Layout layout = two_layers();
  const Block& block = layout.find("head/weight");
  const auto before = run.optimizer->arrays();
  const auto state = run.state();
  run.optimizer->reset(block);
  const auto first = static_cast<std::size_t>(block.offset), end = first + static_cast<std::size_t>(block.size());
  for (std::size_t k = 0; k < before.size(); ++k) {
    if (before[k].values.size() != n) continue;  // of one part or block alone
    for (std::size_t i = 0; i < n; ++i) {
      if (i >= first && i < end) continue;
      EXPECT_EQ(before[k].values[i], state[k][i]) << before[k].name << ' ' << i;
    }
  }
}

// ½ Σ (p - 1)²: the loss at the evaluation point falls by much more than a tenth for any rule of use.
TEST_P(EveryRule, GoesDownhill) {
  Trial<double> run(rule());
  run.optimizer = rule().bind<double>(two_layers(), {.updates = 4000});
  const auto loss = [&] {
    double sum = 0;
    for (const double x : run.evaluated()) sum += 0.5 * (x - 1) * (x - 1);
    return sum;
  };
  const double start = loss();
  for (int i = 0; i < 4000; ++i) {
    std::vector<double> gradient = run.p;
    for (double& g : gradient) g -= 1;
    run.optimizer->step(run.p, gradient);
  }
  EXPECT_LT(loss(), 0.9 * start);
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryRule, testing::ValuesIn(every_rule()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace cairn::optim
