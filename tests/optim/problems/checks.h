#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "optim/problems/draws.h"
#include "optim/problems/problem.h"

namespace cairn::optim {

/// Points to check a problem at: its start, its optimum, and some around both.
inline std::vector<std::vector<double>> points_of(const Problem& problem, int around = 4) {
  std::vector<std::vector<double>> points = {problem.start, problem.optimum};
  Draws draws(1, Draws::data);
  for (int k = 0; k < around; ++k)
    for (const std::vector<double>& centre : {problem.start, problem.optimum}) {
      std::vector<double> point = centre;
      for (std::size_t i = 0; i < point.size(); ++i) {
        const double reach = std::abs(problem.optimum[i] - problem.start[i]);
        point[i] += 0.5 * (reach > 0 ? reach : 1) * draws.uniform(-1, 1);
      }
      points.push_back(point);
    }
  return points;
}

/// Gradients of what the first steps see, and of the objective, against central differences.
inline void expect_right_gradients(const Problem& problem) {
  const auto compare = [&](const Problem::Objective& f, const std::vector<double>& point, const std::string& where) {
    std::vector<double> gradient(point.size());
    EXPECT_DOUBLE_EQ(f(point, gradient), f(point, {})) << where;
    for (std::size_t i = 0; i < point.size(); ++i) {
      std::vector<double> moved = point;
      const double h = 1e-5 * std::max(1e-3, std::abs(point[i]));
      moved[i] = point[i] + h;
      const double above = f(moved, {});
      moved[i] = point[i] - h;
      const double below = f(moved, {});
      // Rounding of the two values, and of the curvature between them.
      const double tolerance = 1e-5 * std::abs(gradient[i]) + 1e-14 * (std::abs(above) + 1) / h + 1e-7;
      EXPECT_NEAR(gradient[i], (above - below) / (2 * h), tolerance) << where << ", component " << i;
    }
  };
  for (const std::vector<double>& point : points_of(problem)) {
    compare(problem.objective, point, problem.description);
    for (const std::int64_t step : {0, 1, 57})
      compare([&](std::span<const double> x, std::span<double> g) { return problem.sampled(step, x, g); }, point,
              problem.description + " at step " + std::to_string(step));
  }
}

/// No point nearby is lower, and unless the optimum lies on the bound the gradient vanishes there.
inline void expect_right_optimum(const Problem& problem, double tolerance = 1e-9) {
  ASSERT_EQ(problem.optimum.size(), problem.start.size());
  ASSERT_EQ(static_cast<Eigen::Index>(problem.start.size()), problem.layout.size);
  EXPECT_LT(problem.lowest(), problem.value(problem.start));
  for (std::vector<double> point : points_of(problem, 50)) {
    if (problem.bound > 0)
      for (double& component : point) component = std::clamp(component, -problem.bound, problem.bound);
    EXPECT_LE(problem.lowest(), problem.value(point)) << problem.description;
  }
  if (problem.bound > 0) return;
  std::vector<double> gradient(problem.optimum.size());
  problem.objective(problem.optimum, gradient);
  for (const double component : gradient) EXPECT_NEAR(component, 0, tolerance) << problem.description;
}

/// The start and the optimum of a two-dimensional problem lie in its picture.
inline void expect_right_range(const Problem& problem) {
  ASSERT_TRUE(problem.range.has_value());
  for (const std::vector<double>& point : {problem.start, problem.optimum}) {
    EXPECT_GT(point[0], problem.range->x_low);
    EXPECT_LT(point[0], problem.range->x_high);
    EXPECT_GT(point[1], problem.range->y_low);
    EXPECT_LT(point[1], problem.range->y_high);
  }
}

/// What a step sees depends on the step and nothing else, and over many steps it is the objective on average.
inline void expect_fair_samples(const Problem& problem, std::int64_t steps, double tolerance) {
  std::vector<double> gradient(problem.start.size()), again(gradient), sum(gradient.size(), 0), whole(gradient);
  bool varies = false;
  for (std::int64_t step = 0; step < steps; ++step) {
    problem.sampled(step, problem.start, gradient);
    varies |= step > 0 && gradient != again;
    problem.sampled(step, problem.start, again);
    ASSERT_EQ(gradient, again);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += gradient[i];
  }
  EXPECT_TRUE(varies);
  problem.objective(problem.start, whole);
  for (std::size_t i = 0; i < sum.size(); ++i)
    EXPECT_NEAR(sum[i] / static_cast<double>(steps), whole[i], tolerance) << problem.description << ' ' << i;
}

}  // namespace cairn::optim
