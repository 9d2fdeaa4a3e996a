#pragma once

#include <string>

#include "envs/environment.h"
#include "optim/options.h"

namespace cairn::envs {

/// How copies of an environment are made, and the same as the command line writes it. A small value: what wrappers take
/// and give.
struct Recipe {
  std::string description;     ///< every option spelled out
  EnvironmentFactory factory;  ///< makes one copy
};

/// Of an environment that is made from its options. Throws std::invalid_argument for options out of range.
///
///     const Recipe slow = frame_skip({.n = 2, .of = recipe<Lander>(LanderOptions{.reward = Reward::sparse})});
template <class World, class Options>
Recipe recipe(const Options& options) {
  return {optim::describe(World(options).spec().id, options), [options] { return std::make_unique<World>(options); }};
}

}  // namespace cairn::envs
