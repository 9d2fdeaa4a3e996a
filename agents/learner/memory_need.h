#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "envs/environment.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// Memory that a run takes, in bytes, estimated from an agent's options and the world before anything is allocated:
/// right within a factor of two. In double, because what a person asks for may be beyond any integer.
struct MemoryNeed {
  /// What one option asks for.
  struct Part {
    std::string what;  ///< as options say it: `memory=1000000`
    double bytes = 0;  ///< of it alone
  };
  std::vector<Part> parts;  ///< what takes memory, in any order
  double samples = 0;       ///< of a rollout; 0 where there is none

  /// Bytes of all parts.
  double total() const;
  /// The part that takes most; there must be one.
  const Part& largest() const;
};

// Of what agents share, in bytes.

/// `environments` copies with what they show and the episodes that they finish in an iteration.
double bytes_of_worlds(const envs::Spec& spec, int environments);

/// A network's numbers of parameters, and of activations and their derivatives for one sample. `norm`: with LayerNorm.
struct NetworkSize {
  double parameters = 0, activations = 0, largest_layer = 0;  ///< numbers, not bytes
};
/// Of a perceptron with hidden layers of these widths.
NetworkSize network_size(int inputs, const std::vector<int>& hidden, int outputs, bool norm = false);

/// Widths no larger than some, for networks by whose layout a rule is tried.
std::vector<int> narrowed(std::vector<int> hidden);
/// Numbers that the rule keeps for each parameter, tried on a small layout of the same blocks.
double state_per_parameter(const optim::Rule& rule, const optim::Layout& small);

/// `hidden=64/64`
std::string text_of_hidden(const std::vector<int>& hidden);

}  // namespace cairn::agents
