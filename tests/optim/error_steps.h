#pragma once

// How rules that step by errors are tried: told of an error before each step.

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "optim/error_step.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// An optimizer over one block with that tag, and its other face.
template <class S>
struct Streaming {
  std::unique_ptr<Optimizer<S>> optimizer;
  ErrorStep<S>* by_error;

  Streaming(const Rule& rule, std::size_t size, const std::string& tag = "critic") {
    Layout layout;
    layout.add("learned", static_cast<Eigen::Index>(size), 1, {"weight", tag});
    optimizer = rule.bind<S>(layout);
    by_error = dynamic_cast<ErrorStep<S>*>(optimizer.get());
  }
  /// `uphill`: ∇. Returns the step's length.
  double step(std::vector<S>& parameters, double error, double keep, std::vector<S> uphill) {
    for (S& g : uphill) g = -g;
    by_error->tell(error, keep);
    return optimizer->step(parameters, uphill).learning_rate;
  }
};

/// Compares a rule with recorded steps.
template <class S>
void expect_recorded(const Rule& rule, const std::string& tag, const std::string& which, double tolerance) {
  const auto reference = nlohmann::json::parse(std::ifstream(CAIRN_TEST_DATA "/algorithms/streaming.json"));
  const double keep = reference["gamma"].get<double>() * reference["lam"].get<double>();
  const auto& expected = reference[which];
  Streaming<S> run(rule, 4, tag);
  std::vector<S> parameters = reference["start"];
  for (std::size_t t = 0; t < reference["delta"].size(); ++t) {
    const double length = run.step(parameters, reference["delta"][t], keep, reference["gradient"][t]);
    EXPECT_NEAR(length, expected["step_size"][t].template get<double>(), tolerance) << which << " step " << t;
    for (std::size_t i = 0; i < 4; ++i) {
      const double there = expected["parameters"][t][i];
      EXPECT_NEAR(static_cast<double>(parameters[i]), there, tolerance * std::max(1.0, std::abs(there)))
          << which << " step " << t << " parameter " << i;
    }
    if (reference["end"][t] == 1) run.by_error->end_traces();
  }
}

}  // namespace cairn::optim
