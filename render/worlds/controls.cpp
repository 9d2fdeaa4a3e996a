#include "render/worlds/controls.h"

#include <algorithm>
#include <string_view>

namespace cairn::render {

namespace {

constexpr float half_way = 0.5F;  // from which a stick is as good as a key

struct Arrow {
  const char* key;
  bool Held::*held;
  int x, y;
};
constexpr Arrow arrows[] = {
    {"Left", &Held::left, -1, 0}, {"Right", &Held::right, 1, 0}, {"Up", &Held::up, 0, 1}, {"Down", &Held::down, 0, -1}};

bool says(const std::string& name, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

}  // namespace

bool Held::any() const {
  return left || right || up || down || digit > 0 || x != 0 || y != 0;
}

Controls::Controls(const envs::Spec& spec) : box_(spec.action) {
  for (const std::string& name : spec.action_names) {
    Direction direction;
    direction.x = says(name, {"left", "-1"}) ? -1 : says(name, {"right", "+1"}) ? 1 : 0;
    direction.y = says(name, {"down"}) ? -1 : says(name, {"up", "main"}) ? 1 : 0;
    directions_.push_back(direction);
  }
  for (const envs::Component& component : box_)
    vertical_.push_back(box_.size() > 1 &&
                        (says(component.name, {"main", "vertical"}) || component.name.ends_with('y')));

  for (const auto& [key, held, x, y] : arrows) {
    if (spec.discrete()) {
      const int action = find({x, y});
      if (action >= 0) keys_.push_back({key, spec.action_names[static_cast<std::size_t>(action)], held});
    } else {
      for (std::size_t i = 0; i < box_.size(); ++i)
        if (vertical_[i] == (y != 0)) keys_.push_back({key, box_[i].name + (x + y > 0 ? " +" : " -"), held});
    }
  }
  if (spec.discrete() && keys_.empty())
    for (std::size_t i = 0; i < std::min<std::size_t>(9, spec.action_names.size()); ++i)
      note_ += (note_.empty() ? "" : "   ") + std::to_string(i + 1) + " " + spec.action_names[i];
  else if (spec.discrete() && find({0, 0}) < 0)
    note_ = "Nothing held: the last one goes on.";
}

/// The action of that direction, or -1.
int Controls::find(Direction direction) const {
  const auto found = std::ranges::find(directions_, direction);
  return found == directions_.end() ? -1 : static_cast<int>(found - directions_.begin());
}

int Controls::discrete(const Held& held) {
  if (held.digit > 0 && held.digit <= static_cast<int>(directions_.size())) return held.digit - 1;
  const auto axis = [](bool low, bool high, float stick) {
    if (low != high) return high ? 1 : -1;
    return stick > half_way ? 1 : stick < -half_way ? -1 : 0;
  };
  const Direction wanted{axis(held.left, held.right, held.x), axis(held.down, held.up, held.y)};
  if (const int exact = find(wanted); exact >= 0) return exact;
  const int across = wanted.x != 0 ? find({wanted.x, 0}) : -1, upright = wanted.y != 0 ? find({0, wanted.y}) : -1;
  if (across >= 0 && upright >= 0) return (turn_ = !turn_) ? across : upright;
  if (across >= 0 || upright >= 0) return std::max(across, upright);
  const int idle = find({0, 0});
  return idle >= 0 ? idle : last_;
}

std::vector<float> Controls::action(const Held& held) {
  if (box_.empty()) return {static_cast<float>(last_ = discrete(held))};
  std::vector<float> action;
  for (std::size_t i = 0; i < box_.size(); ++i) {
    const envs::Component& component = box_[i];
    const bool low = vertical_[i] ? held.down : held.left, high = vertical_[i] ? held.up : held.right;
    const float stick = vertical_[i] ? held.y : held.x;
    const float way = low != high ? (high ? 1.0F : -1.0F) : stick;
    const float rest = std::clamp(0.0F, component.low, component.high);
    action.push_back(rest + (way > 0 ? way * (component.high - rest) : -way * (component.low - rest)));
  }
  return action;
}

}  // namespace cairn::render
