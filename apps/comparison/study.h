#pragma once

#include <limits>
#include <string>
#include <vector>

namespace cairn::apps {

/// A figure that a study measured, and the interval (ends included) that it lies in if the study's verdict is right.
struct Finding {
  static constexpr double none = std::numeric_limits<double>::infinity();

  std::string what;
  double measured = 0;
  double low = -none, high = none;

  bool holds() const { return measured >= low && measured <= high; }
};

enum class Verdict { holds, holds_in_part, does_not_hold };

/// A claim of the adaptive-optimizer literature as an experiment that anyone can run in seconds.
struct Study {
  std::string name;
  std::string claim;            ///< as people put it
  std::string paper;            ///< where it comes from
  Verdict verdict;              ///< what the experiment says of it, which the findings' intervals guard
  std::string verdict_because;  ///< where the claim is too strong, or what it rests on
  std::vector<Finding> (*run)();
};

/// Every study, in the order of a reader's way: landscapes, then single steps, then learning.
std::vector<Study> optimizer_studies();

// The groups, one a file.
std::vector<Study> landscape_studies();
std::vector<Study> step_studies();
std::vector<Study> learning_studies();

/// The middle value; of an even number, the mean of the two middle ones.
double median(std::vector<double> values);

}  // namespace cairn::apps
