#pragma once

// Included before every source of `optim` by the target `recorded_rules`: the transforms of a rule are known in its own
// source alone, so all rules are compiled once more, with chains that are remembered (unfused_chain.h).
#include "tests/optim/unfused_chain.h"

#define chain recorded_chain
#define reduced_chain recorded_reduced_chain
#define decoupled_chain recorded_decoupled_chain
