#include "render/window/chart_hand.h"

#include <cmath>

#include "render/drawing/chart_reading.h"

namespace cairn::render {

using namespace std::chrono_literals;

namespace {
constexpr float tremble = 3;  // units
}  // namespace

bool DoubleClick::second(int thing) {
  constexpr auto apart = 400ms;
  const auto now = std::chrono::steady_clock::now();
  const bool twice = thing == thing_ && now - last_ < apart;
  last_ = twice ? std::chrono::steady_clock::time_point{} : now;
  thing_ = thing;
  return twice;
}

bool ChartHand::answer(const Event& event, Point at) {
  switch (event.kind) {
    case Event::Kind::turned:
      return page.zoom(at, event.turns);
    case Event::Kind::clicked: {
      if (page.toggle(at)) return true;
      const PlacedChart* chart = page.under(at);
      if (chart == nullptr || chart->still) return false;
      if (clicks_.second(static_cast<int>(chart - page.placed.data()))) return page.reset(at);
      held_ = {chart->name, at};
      return false;
    }
    case Event::Kind::moved:
      mouse_ = at;
      if (!held_) return false;
      held_->moving |= std::hypot(at.x - held_->at.x, at.y - held_->at.y) > tremble;
      if (!held_->moving || !page.drag(held_->chart, held_->at, at)) return false;
      held_->at = at;
      return true;
    case Event::Kind::let_go:
    case Event::Kind::unfocused:
      held_.reset();
      return false;
    default:
      return false;
  }
}

void ChartHand::draw_reading(Picture& picture) const {
  if (mouse_ && !held_) render::draw_reading(picture, page, *mouse_);
}

}  // namespace cairn::render
