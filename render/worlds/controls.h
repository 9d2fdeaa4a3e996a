#pragma once

#include <string>
#include <vector>

#include "envs/environment.h"

namespace cairn::render {

/// What a person holds: arrow keys (or W A S D), a stick, a digit.
struct Held {
  bool left = false, right = false, up = false, down = false;  ///< arrow keys
  float x = 0, y = 0;                                          ///< of a stick (stick_of), right and up, in [-1, 1]
  int digit = 0;                                               ///< 1 to 9; 0: none
  /// Whether anything is held.
  bool any() const;
};

/// How a person flies a world: by which direction each action's name tells of. Of discrete actions, `left` and
/// `main engine` lie on the left and the upper arrow, `right and up` on two at once; two for which there is no action
/// take turns. Each also has its digit. Components of a continuous action lie on an axis each.
class Controls {
 public:
  /// For worlds like this.
  explicit Controls(const envs::Spec& spec);

  /// A key and what it does, as the screen shows it.
  struct Key {
    std::string key, does;  ///< as people read them
    bool Held::*held;       ///< the arrow; null: a digit
  };
  /// In the order in which help lists them.
  const std::vector<Key>& keys() const { return keys_; }
  /// What else there is to know, or empty.
  const std::string& note() const { return note_; }
  /// What is done by who holds this now; one call a step.
  std::vector<float> action(const Held& held);

 private:
  struct Direction {
    int x = 0, y = 0;
    bool operator==(const Direction&) const = default;
  };
  int discrete(const Held& held);
  int find(Direction direction) const;

  std::vector<envs::Component> box_;
  std::vector<bool> vertical_;         // of the box's components
  std::vector<Direction> directions_;  // of discrete actions
  std::vector<Key> keys_;
  std::string note_;
  int last_ = 0;
  bool turn_ = false;
};

}  // namespace cairn::render
