#include "render/sheets/keycaps.h"

#include <algorithm>

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float text_height = 6, high = 15, narrowest = 15, apart = 5;  // units

float cap_width(const Picture& picture, const Keycap& key) {
  return std::max(narrowest, picture.text_width(text_height, key.key, true) + 1.4F * text_height);
}

float words_width(const Picture& picture, const Keycap& key) {
  return picture.text_width(text_height, key.does) + text_height;
}

}  // namespace

std::vector<Box> draw_keycaps(Picture& picture, Box box, const std::vector<Keycap>& keys) {
  float with_words = 0, longest = 0, caps = 0;
  for (const Keycap& key : keys) {
    caps += cap_width(picture, key) + apart;
    with_words += words_width(picture, key) + apart;
    longest = std::max(longest, words_width(picture, key));
  }
  const bool all = caps + with_words <= box.width;
  if (!all && caps > box.width) return {};
  // The caps stay where they are while one of them says what it does, behind them all.
  const bool one = !all && caps + longest <= box.width;
  float x = box.right() - caps - (all ? with_words : one ? longest : 0);
  std::vector<Box> places;
  const float base = box.centre().y + text_height / 2;
  const auto say = [&](const Keycap& key) { picture.text({x, base}, text_height, key.does, key.held ? ink : faint); };
  for (const Keycap& key : keys) {
    const Box cap = picture.on_pixels({x, box.centre().y - high / 2, cap_width(picture, key), high});
    picture.fill(cap, key.held ? blue : sky, 3);
    picture.outline(cap.inset(0.5F), 1, key.held ? blue : faint, 3);
    picture.text({cap.centre().x, base}, text_height, key.key, key.held ? page_color : ink, Align::centre, true);
    places.push_back(cap);
    x = cap.right() + apart;
    if (!all) continue;
    say(key);
    x += words_width(picture, key) + apart;
  }
  for (const Keycap& key : keys)
    if (one && key.held) say(key);
  return places;
}

}  // namespace cairn::render
