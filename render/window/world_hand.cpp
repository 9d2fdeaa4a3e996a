#include "render/window/world_hand.h"

#include <algorithm>
#include <cmath>

namespace cairn::render {

namespace {
constexpr float turn = 1.25F;  // by which a turn of the wheel magnifies
}  // namespace

void turn_wheel(Magnifier& part, Box box, Point at, float turns) {
  part.zoom({(at.x - box.x) / box.width, (box.bottom() - at.y) / box.height}, std::pow(turn, turns));
}

void drag_world(Magnifier& part, Box box, Point from, Point to) {
  part.drag({(to.x - from.x) / box.width, (from.y - to.y) / box.height});
}

void WorldHand::answer(const Event& event, Point at) {
  const auto under = std::ranges::find_if(worlds, [&](const Box& box) { return box.holds(at); });
  switch (event.kind) {
    case Event::Kind::turned:
      if (under != worlds.end()) turn_wheel(part, *under, at, event.turns);
      break;
    case Event::Kind::clicked:
      if (under == worlds.end()) break;
      if (clicks_.second(static_cast<int>(under - worlds.begin()))) part = {};
      held_ = {*under, at};
      break;
    case Event::Kind::moved:
      if (!held_) break;
      drag_world(part, held_->world, held_->at, at);
      held_->at = at;
      break;
    case Event::Kind::let_go:
    case Event::Kind::unfocused:
      held_.reset();
      break;
    default:
      break;
  }
}

}  // namespace cairn::render
