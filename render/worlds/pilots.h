#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "render/worlds/shown_worlds.h"

namespace cairn::render {

/// The policies that a run has had, as many as fit a bounded memory, and which of them flies which of the shown worlds:
/// the newest all of them, or kept ones beside it, or the one of a moment that a person went back to.
class Pilots {
 public:
  /// The newest, after `steps` steps of training; more than before.
  void add(std::int64_t steps, agents::Policy policy);
  /// Whether no policy has come in yet.
  bool empty() const { return kept_.empty(); }
  /// Steps at which there is a kept policy, rising; the last is the newest's.
  std::vector<std::int64_t> moments() const;

  /// Whether the last of the worlds, half of them and three at most, fly by policies from early in the run.
  void set_ladder(bool ladder);
  /// All fly by the policy of that moment, the last one not after `steps`; or none: by the newest again.
  void go_to(std::optional<std::int64_t> steps);
  /// To the kept policy before.
  void go_back();
  /// To the kept policy after; beyond the last one is the newest.
  void go_on();
  /// The moment that a person went back to, none: the newest.
  std::optional<std::int64_t> moment() const { return moment_; }

  /// Hands the worlds their policies. Where a person has gone to another moment, all begin anew.
  void fly(ShownWorlds& worlds);
  /// What flies each world, as of the latest fly: `newest`, `after 50k steps`. Empty where one policy flies all.
  const std::vector<std::string>& names() const { return names_; }

 private:
  struct Kept {
    std::int64_t steps;
    std::shared_ptr<const agents::Policy> policy;
    bool round = false;  ///< the first one after a round number of steps, which stays
  };
  const Kept& at(std::int64_t steps) const;
  std::vector<const Kept*> ladder(int worlds) const;
  void thin_out();

  std::vector<Kept> kept_;
  std::int64_t apart_ = 0;  // steps, at least, between two that are kept
  bool ladder_ = false, restart_ = false;
  std::optional<std::int64_t> moment_;
  std::vector<std::string> names_;
};

}  // namespace cairn::render
