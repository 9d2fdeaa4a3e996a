// What the mouse does at a view.
#include <utility>

#include "render/window/view.h"
#include "render/window/world_hand.h"

namespace cairn::render {

namespace {

constexpr float control_gap = 18;  // units

/// What stands at the foot, and the keys that a click there is.
struct Button {
  KeyHelp said;
  int key;
};
const std::vector<Button> buttons{{{"H", "keys"}, 'h'},
                                  {{"Space", "pause"}, Event::space},
                                  {{"Tab", "one world"}, Event::tab},
                                  {{"-", "slower"}, '-'},
                                  {{"+", "faster"}, '+'},
                                  {{"D", "best actions"}, 'd'},
                                  {{"S", "screenshot"}, 's'},
                                  {{"Q", "close"}, 'q'}};

}  // namespace

void View::use_mouse(const Event& event) {
  const Point at = in_units(event, picture_);
  if (options_.curves && !held_control_ && charts_.answer(event, at)) redraw_charts();
  if (event.kind == Event::Kind::clicked) click(at);
  if (event.kind == Event::Kind::moved) move(at);
  if (event.kind == Event::Kind::turned)
    if (const auto box = large_world(); box && box->holds(at)) turn_wheel(look_.part, *box, at, event.turns);
  if (event.kind != Event::Kind::let_go) return;
  if (held_control_)
    if (const Control& control = controls[held_control_->which]; control.at_end) control.set(held_control_->value);
  let_go_of_all();
}

/// Whatever the mouse held.
void View::let_go_of_all() {
  charts_.let_go();
  if (std::exchange(cap_held_, false)) held_ = 0;
  on_strip_ = false;
  dragged_from_.reset();
  held_control_.reset();
}

void View::move(Point to) {
  if (on_strip_) pilots.go_to(moment_under(to.x, layout().strip, strip()));
  if (held_control_) {
    Control& control = controls[held_control_->which];
    held_control_->value = value_under(to.x, control_boxes()[held_control_->which], control.slider);
    if (!control.at_end) control.set(held_control_->value);
  }
  if (const auto box = large_world(); box && dragged_from_) {
    drag_world(look_.part, *box, *dragged_from_, to);
    dragged_from_ = to;
  }
}

/// Where its picture lies, if one world is shown alone.
std::optional<Box> View::large_world() const {
  if (!look_.alone) return std::nullopt;
  return picture_part(world_boxes(layout().worlds, worlds, look_)[static_cast<std::size_t>(look_.selected)], true);
}

void View::draw_foot_buttons() {
  std::vector<KeyHelp> said;
  said.reserve(buttons.size());
  for (const Button& button : buttons) said.push_back(button.said);
  buttons_ = draw_buttons(picture_, layout().foot, said);
}

/// On a page's name, to show it; on the strip of policies, to go there; on a control, to hold it; on a
/// button, for what its key does.
void View::click(Point at) {
  const ViewLayout layout = this->layout();
  if (pace_place_.holds(at) && on_key) on_key('t');
  if (layout.strip.holds(at)) {
    on_strip_ = true;
    pilots.go_to(moment_under(at.x, layout.strip, strip()));
  }
  for (std::size_t i = 0; i < keycaps_.size(); ++i)
    if (keycaps_[i].holds(at)) {
      held_ = static_cast<int>(i) + 1;
      cap_held_ = true;
    }
  for (std::size_t i = 0; i < buttons_.size(); ++i)
    if (buttons_[i].holds(at)) press(buttons[i].key);
  const std::vector<Box> places = control_boxes();
  for (std::size_t i = 0; i < places.size(); ++i)
    if (places[i].holds(at) && controls[i].slider.known) {
      held_control_ = {i, 0};
      move(at);
    }
  for (std::size_t i = 0; i < page_places_.size(); ++i)
    if (page_places_[i].holds({at.x - layout.charts.x, at.y - layout.charts.y})) show_page(i);
  click_world(at);
}

/// To choose it, and twice to have it alone, or all again; of one that is magnified, first all of it.
void View::click_world(Point at) {
  const std::vector<Box> boxes = world_boxes(layout().worlds, worlds, look_);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    if (!boxes[i].holds(at)) continue;
    const bool twice = clicks_.second(static_cast<int>(i));
    look_.selected = static_cast<int>(i);
    if (look_.alone && !twice) dragged_from_ = at;
    if (!twice) continue;
    if (look_.part.factor <= 1) look_.alone = !look_.alone;
    look_.part = {};
  }
}

std::vector<Box> View::control_boxes() const {
  const Box all = layout().sliders;
  const auto count = static_cast<float>(controls.size());
  const float width = (all.width - control_gap * (count - 1)) / count;
  std::vector<Box> boxes;
  for (std::size_t i = 0; i < controls.size() && options_.curves; ++i)
    boxes.push_back({all.x + static_cast<float>(i) * (width + control_gap), all.y, width, all.height});
  return boxes;
}

void View::draw_controls() {
  const std::vector<Box> boxes = control_boxes();
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    Slider slider = controls[i].slider;
    const bool held = held_control_ && held_control_->which == i;
    if (held) slider.value = held_control_->value;
    slider.said = controls[i].say(slider.value);
    draw_slider(picture_, boxes[i], slider, held);
  }
}

}  // namespace cairn::render
