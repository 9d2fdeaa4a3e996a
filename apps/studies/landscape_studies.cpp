// What the shape of an objective does to rules with one rate and to rules with one a parameter.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "apps/studies/study.h"
#include "optim/adam.h"
#include "optim/problems/canyon.h"
#include "optim/problems/descend.h"
#include "optim/problems/draws.h"
#include "optim/problems/least_squares.h"
#include "optim/problems/quadratic.h"
#include "optim/rmsprop.h"
#include "optim/sgd.h"

namespace cairn::apps {

namespace {

using namespace optim;

constexpr double diverged = 1e300;  // stands for a value that is not finite, so that medians can be taken

// ---- The canyon: eight starts, a thousand steps, seven rates from 0.001 to 0.3; medians of the gap to the optimum.

double canyon_gap(const Rule& rule) {
  const Problem problem = problems::canyon();
  std::vector<double> gaps;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    Draws draws(seed, Draws::data);
    const std::vector<double> start = {draws.uniform(-1.5, 1.5), draws.uniform(-15, 15)};
    const double gap = problem.value(descend(problem, rule, 1000, start)) - problem.lowest();
    gaps.push_back(std::isfinite(gap) ? gap : diverged);
  }
  return median(gaps);
}

struct Way {
  const char* name;
  Rule rule;
  int color;
};

/// Ways through the upper half of the canyon from one start, the same for all.
render::Chart canyon_ways(const std::vector<Way>& ways) {
  constexpr double across = 0.75, low = -1, high = 14;
  const Problem problem = problems::canyon();
  const auto value = [&](double x, double y) { return problem.value(std::array{x, y}); };
  render::Chart chart{
      .title = "300 steps",
      .x = {.label = "across"},
      .y = {.label = "along"},
      .landscape = render::Landscape{render::sample(value, -across, across, low, high), {}, true, &render::dusk}};
  chart.landscape->levels = render::geometric_levels(chart.landscape->field, 18);
  for (const Way& way : ways) {
    render::Series series{.name = way.name, .color = render::series_color(way.color), .width = 1, .marker = 2};
    descend(problem, way.rule, 300, std::array{0.7, 12.5}, [&](const DescentView& view) {
      series.x.push_back(view.x[0]);
      series.y.push_back(view.x[1]);
      return true;
    });
    chart.series.push_back(series);
  }
  return chart;
}

Measured canyon() {
  struct Family {
    const char* name;
    Rule (*rule)(double rate);
    std::vector<double> gaps{};
  };
  Family families[] = {
      {"SGD", [](double lr) { return sgd({.lr = lr}); }},
      {"SGD with momentum", [](double lr) { return sgd({.lr = lr, .momentum = 0.9}); }},
      {"RMSProp", [](double lr) { return rmsprop({.lr = lr}); }},
      {"Adam", [](double lr) { return adam({.lr = lr}); }},
  };
  const std::vector<double> rates = {0.001, 0.003, 0.01, 0.019, 0.03, 0.1, 0.3};
  render::Chart by_rate{.title = "1000 steps, 8 starts",
                        .x = {.label = "rate", .log = true},
                        .y = {.label = "median gap to the optimum", .low = 1e-16, .high = 1e4, .log = true}};
  for (Family& family : families) {
    for (const double rate : rates) family.gaps.push_back(canyon_gap(family.rule(rate)));
    render::Series series{.name = family.name,
                          .x = rates,
                          .y = family.gaps,
                          .color = render::series_color(static_cast<int>(by_rate.series.size())),
                          .marker = 4};
    for (double& gap : series.y) gap = std::max(gap, 1e-16);
    by_rate.series.push_back(series);
  }
  const auto solved = [](const Family& family) {
    return static_cast<double>(std::ranges::count_if(family.gaps, [](double gap) { return gap <= 1e-4; }));
  };
  const render::Chart ways = canyon_ways({{"SGD with momentum 0.01", families[1].rule(0.01), 1},
                                          {"SGD 0.019", families[0].rule(0.019), 0},
                                          {"RMSProp 0.019", families[2].rule(0.019), 2},
                                          {"Adam 0.1", families[3].rule(0.1), 3}});
  return {{
              {"SGD: smallest median gap over 7 rates", std::ranges::min(families[0].gaps), 0.05},
              {"SGD: rates of 7 that leave the canyon",
               static_cast<double>(std::ranges::count_if(families[0].gaps, [](double gap) { return gap > 1e6; })), 2},
              {"RMSProp: rates of 7 with a median gap below 1e-4", solved(families[2]), 2},
              {"Adam: rates of 7 with a median gap below 1e-4", solved(families[3]), 2},
              {"SGD with momentum: rates of 7 with a median gap below 1e-4", solved(families[1]), 3, 3},
          },
          {ways, by_rate}};
}

// ---- Standardisation: steps until the residual is 1% of the first, each rule at its best rate.

double steps_to_one_percent(const Problem& problem, const Rule& rule) {
  constexpr std::int64_t most = 20'000;
  const double enough = 1e-4 * problem.value(problem.start);  // squares
  std::int64_t taken = most;
  descend(problem, rule, most, {}, [&](const DescentView& view) {
    const double value = problem.value(view.x);
    if (value <= enough) taken = view.step;
    return value > enough && value < diverged;
  });
  return static_cast<double>(taken);
}

Measured standardisation() {
  const std::vector<double> rates = {1e-4, 2e-4, 1e-3, 1e-2, 0.03, 0.1, 0.3, 0.5, 0.7, 1.0, 1.3, 2.0, 5.0, 10.0};
  render::Chart chart{.title = "steps to 1% of the residual",
                      .x = {.label = "rate (20000: not within as many)", .log = true},
                      .y = {.log = true}};
  const auto best = [&](const char* name, bool standardised, Rule (*rule)(double)) {
    const Problem problem = problems::least_squares({.standardised = standardised});
    render::Series series{.name = name,
                          .x = rates,
                          .color = render::series_color(static_cast<int>(chart.series.size()) / 2),
                          .marker = 4,
                          .dashed = !standardised};
    for (const double rate : rates) series.y.push_back(steps_to_one_percent(problem, rule(rate)));
    chart.series.push_back(series);
    return std::ranges::min(series.y);
  };
  const auto with_sgd = [](double lr) { return sgd({.lr = lr}); };
  const auto with_adam = [](double lr) { return adam({.lr = lr}); };
  const double sgd_raw = best("SGD, raw", false, with_sgd), sgd_scaled = best("SGD, standardised", true, with_sgd);
  const double adam_raw = best("Adam, raw", false, with_adam),
               adam_scaled = best("Adam, standardised", true, with_adam);
  return {{
              {"SGD: steps to 1% of the residual, raw over standardised (at least; stopped at 20000)",
               sgd_raw / sgd_scaled, 1000},
              {"Adam: the same", adam_raw / adam_scaled, 2, 10},
          },
          {chart}};
}

// ---- Curvature: Adam's second moment beside the true curvature of a diagonal quadratic, h from 0.01 to 100.

struct Likeness {
  double rank_correlation;              ///< Spearman's, of √v with h
  double slope;                         ///< of log √v against log h
  std::vector<double> curvature, root;  ///< h and √v
};

Likeness likeness_to_curvature(double noise, std::int64_t steps,
                               const std::function<double(Draws&, double h)>& start_at) {
  constexpr int n = 200;
  const Problem problem = problems::quadratic({.dimensions = n, .condition = 1e4, .largest = 100, .noise = noise});
  std::vector<double> x, gradient(n), log_h;
  Draws draws(0, Draws::data);
  for (int i = 0; i < n; ++i) {
    const double h = 100 * std::pow(1e4, i / (n - 1.0) - 1);
    log_h.push_back(std::log(h));
    x.push_back(start_at(draws, h));
  }
  const auto optimizer = adam().bind<double>(problem.layout);
  for (std::int64_t step = 0; step < steps; ++step) {
    problem.sampled(step, x, gradient);
    optimizer->step(x, gradient);
  }
  const std::span<const double> v = optimizer->arrays()[1].values;

  std::vector<int> order(n);  // h rises with the index, so the index is its rank
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](int i) { return v[static_cast<std::size_t>(i)]; });
  double squares = 0;
  for (int rank = 0; rank < n; ++rank) squares += std::pow(rank - order[static_cast<std::size_t>(rank)], 2);

  Likeness likeness;
  double sum_h = 0, sum_v = 0, sum_hh = 0, sum_hv = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double log_root = std::log(v[i]) / 2;
    likeness.curvature.push_back(std::exp(log_h[i]));
    likeness.root.push_back(std::exp(log_root));
    sum_h += log_h[i];
    sum_v += log_root;
    sum_hh += log_h[i] * log_h[i];
    sum_hv += log_h[i] * log_root;
  }
  likeness.rank_correlation = 1 - 6 * squares / (n * (double{n} * n - 1));
  likeness.slope = (n * sum_hv - sum_h * sum_v) / (n * sum_hh - sum_h * sum_h);
  return likeness;
}

Measured curvature() {
  const Likeness random = likeness_to_curvature(0, 100, [](Draws& draws, double) { return draws.normal(); });
  const Likeness level = likeness_to_curvature(0, 100, [](Draws&, double h) { return 1 / h; });
  const Likeness noisy = likeness_to_curvature(1, 2000, [](Draws&, double) { return 0.0; });
  render::Chart chart{.title = "Adam's root v beside the curvature",
                      .x = {.label = "curvature h", .log = true},
                      .y = {.label = "root of v", .log = true}};
  const auto dots = [&](const char* name, const Likeness& likeness) {
    chart.series.push_back({.name = name,
                            .x = likeness.curvature,
                            .y = likeness.root,
                            .color = render::series_color(static_cast<int>(chart.series.size())),
                            .width = 0,
                            .marker = 2.5F});
  };
  dots("normal start", random), dots("start at 1/h", level), dots("at the optimum, noisy", noisy);
  return {{
              {"rank correlation of root v with h, from a normal start, no noise", random.rank_correlation, 0.8},
              {"the same from a start at 1/h, where all gradients are alike", level.rank_correlation, -1, 0.2},
              {"the same at the optimum with a likelihood's noise (deviation root h)", noisy.rank_correlation, 0.99},
              {"there: slope of log root v against log h", noisy.slope, 0.47, 0.53},
          },
          {chart}};
}

}  // namespace

std::vector<Study> landscape_studies() {
  return {
      {"canyon", "A single rate fails in a canyon; adaptive rates shine.", "Tieleman and Hinton 2012",
       Verdict::holds_in_part,
       "Plain SGD fails at every rate and both adaptive rules solve it, but so does momentum, at three of the seven.",
       &canyon},
      {"standardisation", "Adaptive rates do not make standardising inputs needless.", "LeCun et al. 1998",
       Verdict::holds, "SGD gains a factor of thousands, Adam a few.", &standardisation},
      {"curvature", "Adam's denominator approximates the curvature.", "Kingma and Ba 2015", Verdict::holds_in_part,
       "It is the root of the curvature, and only where gradients are dominated by a likelihood's noise; without noise "
       "it is the size of the gradients on the way, which may rank the other way round.",
       &curvature},
  };
}

}  // namespace cairn::apps
