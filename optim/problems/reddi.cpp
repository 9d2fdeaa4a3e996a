#include "optim/problems/reddi.h"

#include <stdexcept>

#include "optim/options.h"

namespace cairn::optim::problems {

namespace {

double line(double slope, std::span<const double> x, std::span<double> gradient) {
  if (!gradient.empty()) gradient[0] = slope;
  return slope * x[0];
}

}  // namespace

Problem reddi(const ReddiOptions& options) {
  Problem problem;
  problem.description = describe("reddi", options);
  const double mean = (options.large - (options.period - 1) * options.small) / options.period;
  if (mean <= 0) throw std::invalid_argument("reddi: large must exceed (period - 1) small.");
  problem.layout.add("x", 1, 1, {});
  problem.start = {0};
  problem.optimum = {-1};
  problem.bound = 1;
  problem.objective = [mean](auto x, auto gradient) { return line(mean, x, gradient); };
  problem.sample = [options](std::int64_t step, auto x, auto gradient) {
    return line(step % options.period == 0 ? options.large : -options.small, x, gradient);
  };
  return problem;
}

}  // namespace cairn::optim::problems
