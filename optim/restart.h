#pragma once

#include <string>
#include <string_view>

#include "optim/adam.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// What `restart` starts anew: bias correction alone, or the moments too.
enum class Restarted { clock, state };
std::string_view to_string(Restarted what);
bool parse(std::string_view text, Restarted& what);

/// What it counts: updates, fresh rollouts, moves of the target network.
enum class RestartOn { update, rollout, target };
std::string_view to_string(RestartOn on);
bool parse(std::string_view text, RestartOn& on);

/// Starts a rule anew when its problem has changed, as it does in reinforcement learning with each rollout or target
/// network. Moments of the old problem meet gradients of the new: after a tenfold jump Adam's worst step is 5 lr.
/// `clock` restarts bias correction alone and keeps the moments (Adam-Rel, Ellis et al. 2024), which bounds that step
/// by lr; `state` forgets the moments too (Asadi et al. 2023). The schedule goes on.
struct RestartOptions {
  Rule rule = adam();
  Restarted what = Restarted::clock;
  RestartOn on = RestartOn::rollout;
  std::int64_t every = 1;
  std::string blocks = "all";
  template <class V>
  void fields(V&& v) {
    v("rule", rule, "optimizer", "what is restarted");
    v("what", what, "clock|state", "bias correction alone, or the moments too");
    v("on", on, "update|rollout|target", "when: counted in updates, fresh rollouts or moves of the target network");
    v("every", every, "[1,inf)", "how many of them");
    v("blocks", blocks, "all|TAG", "all parameters, or the blocks of a tag");
  }
};
Rule restart(const RestartOptions& options = {});

}  // namespace cairn::optim
