#pragma once

#include <span>

#include "envs/random.h"

namespace cairn::agents {

/// Added to the logit of an illegal action: its probability underflows to exactly zero.
inline constexpr float illegal_logit = -1e8F;

/// Index of the largest value among the legal ones. `mask`: 1 where legal; empty: all are.
int best_legal(std::span<const float> values, std::span<const float> mask);

/// A legal action, each as likely as the others; `count` actions.
int uniform_legal(int count, std::span<const float> mask, envs::Random& random);

/// A drawn action.
struct CategoricalSample {
  int action;             ///< its index
  float log_probability;  ///< nats
};
/// Draws from softmax(logits) over the legal actions, with one uniform number.
CategoricalSample sample_categorical(std::span<const float> logits, std::span<const float> mask, envs::Random& random);

/// Draws each component from N(mean, exp(log_std)²) into `action`, unbounded; returns the log density.
float sample_gaussian(std::span<const float> mean, std::span<const float> log_std, envs::Random& random,
                      std::span<float> action);

}  // namespace cairn::agents
