#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// Logistic regression in which one feature is hardly ever there, and matters much when it is (the setting that
/// Adagrad was made for, Duchi et al. 2011). Inputs: `dense` standard normal features with true weights ±1, and a last
/// one that is 1 in a share `rarity` of the samples and else 0, with true weight `rare_weight`. Labels are drawn from
/// the true probabilities. Each step sees a fresh minibatch from a pool of 4,096 inputs; the objective is the
/// expected cross-entropy over the pool, so that the true weights are its optimum exactly.
struct RareFeaturesOptions {
  int dense = 4;
  double rarity = 0.01, rare_weight = 4;
  int batch = 8;
  std::uint64_t seed = 0;
  template <class V>
  void fields(V&& v) {
    v("dense", dense, "[1,1000]", "features that are always there");
    v("rarity", rarity, "(0,1)", "share of samples with the rare one");
    v("rare_weight", rare_weight, "(-inf,inf)", "its true weight");
    v("batch", batch, "[1,4096]", "samples a step");
    v("seed", seed, "[0,9007199254740992]", "of inputs, minibatches and labels");
  }
};
Problem rare_features(const RareFeaturesOptions& options = {});

}  // namespace cairn::optim::problems
