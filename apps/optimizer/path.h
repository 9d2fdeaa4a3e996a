#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "apps/command_line/options.h"
#include "optim/optimizer.h"
#include "optim/problems/problem.h"
#include "render/sheets/descents.h"

namespace cairn::apps {

/// A descent as numbers: a row before the first step and one after each.
struct Path {
  std::vector<double> rates, losses;
  std::vector<std::vector<double>> points;
  std::vector<std::array<double, 2>> momenta;  ///< of two parameters, where the rule has one; otherwise empty
};
Path followed(const optim::Problem& problem, const optim::Rule& rule, std::int64_t steps,
              const std::vector<double>& start);

/// `--start`, as X0/X1/… or X0,X1,…; empty where it is not given. Throws UsageError for another number of them than the
/// problem has parameters.
std::vector<double> start_of(const Arguments& arguments, const optim::Problem& problem);

/// The sheet of a problem, without descents yet; of two parameters with their landscape.
render::DescentSheet sheet_of(const optim::Problem& problem);
/// A path as such a sheet shows it.
render::Descent drawn(const Path& path, const optim::Problem& problem);

}  // namespace cairn::apps
