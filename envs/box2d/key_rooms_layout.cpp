#include <cmath>

#include "envs/box2d/key_rooms.h"
#include "envs/box2d/key_rooms_sizes.h"

namespace cairn::envs {

namespace {

using Sizes = KeyRoomsSizes;

}  // namespace

std::string_view to_string(RoomLayout layout) {
  return layout == RoomLayout::fixed ? "fixed" : "drawn";
}

bool parse(std::string_view text, RoomLayout& layout) {
  if (text != "fixed" && text != "drawn") return false;
  layout = text == "fixed" ? RoomLayout::fixed : RoomLayout::drawn;
  return true;
}

/// Doors high and low in turns, each key in the far corner away from its door.
KeyRooms::Plan KeyRooms::fixed_plan() const {
  Plan plan;
  for (int i = 0; i < doors(); ++i) {
    const float left = Sizes::side * static_cast<float>(i), up = i % 2 == 0 ? 1.0F : -1.0F;
    plan.doors.push_back(0.9F * up);
    plan.keys.push_back({left + 2.5F, -1.05F * up});
  }
  plan.goal = {width() - 0.6F, doors() % 2 == 0 ? 0.9F : -0.9F};
  return plan;
}

KeyRooms::Plan KeyRooms::drawn_plan(Random& random) const {
  Plan plan;
  const auto place = [&](int room) {
    const float left = Sizes::side * static_cast<float>(room);
    for (;;) {
      const float x = random.uniform(left + Sizes::margin, left + Sizes::side - Sizes::margin);
      const Point at{x, random.uniform(Sizes::margin - Sizes::half_side, Sizes::half_side - Sizes::margin)};
      if (room == 0 || std::hypot(at.x - left, at.y - plan.doors.back()) >= Sizes::apart) return at;
    }
  };
  for (int i = 0; i < doors(); ++i) {
    plan.keys.push_back(place(i));
    plan.doors.push_back(
        random.uniform(Sizes::half_door + 0.1F - Sizes::half_side, Sizes::half_side - Sizes::half_door - 0.1F));
  }
  plan.goal = place(doors());
  return plan;
}

}  // namespace cairn::envs
