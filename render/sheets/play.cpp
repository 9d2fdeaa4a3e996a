#include "render/sheets/play.h"

#include <fmt/format.h>

#include <algorithm>

#include "render/drawing/picture_canvas.h"
#include "render/drawing/ticks.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float margin = 14, head = 52, notice = 28, foot = 38, corner = 8;                     // units
constexpr float title_height = 11, score_height = 13, text_height = 7.5F, small_height = 6.5F;  // of a capital letter

/// A key as it looks on a keyboard, and what it does. Returns where the next may begin.
float draw_key(Picture& picture, float x, float base, const Controls::Key& key, bool held) {
  const float width = picture.text_width(text_height, key.key, true) + 2 * text_height;
  const Box cap{x, base - 1.9F * text_height, width, 2.8F * text_height};
  picture.fill(cap, held ? blue : sky, 4);
  picture.outline(cap, 1.2F, held ? blue : faint, 4);
  picture.text({cap.centre().x, base}, text_height, key.key, held ? page_color : ink, Align::centre, true);
  picture.text({cap.right() + text_height, base}, text_height, key.does, held ? ink : faint);
  return cap.right() + picture.text_width(text_height, key.does) + 4 * text_height;
}

/// A line below the world, over which nothing lies: large words, and small ones behind them.
void draw_notice(Picture& picture, Box line, const std::string& large, const std::string& small, Color color) {
  constexpr float apart = 2 * text_height;
  const float width = picture.text_width(score_height, large, true) + apart + picture.text_width(text_height, small);
  const float x = line.centre().x - width / 2, base = line.centre().y + score_height / 2;
  picture.text({x, base}, score_height, large, color, Align::left, true);
  picture.text({x + width, base}, text_height, small, faint, Align::right);
}

/// What there is to be reached, and what was.
std::string scores(const PlayStatus& status) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "     ") + part; };
  if (status.best) add("your best " + plain_number(*status.best, 1));
  if (status.target) add("target " + plain_number(*status.target, 1));
  if (!status.policy.empty())
    add(fmt::format("{}, from this start: {}", status.policy, plain_number(status.policy_return, 1)));
  if (status.kept >= 0) add(fmt::format("{} demonstration{} in the file", status.kept, status.kept == 1 ? "" : "s"));
  return text;
}

}  // namespace

void draw_play(Picture& picture, const PlayStatus& status, const envs::Environment& world, const Controls& controls,
               const Held& held) {
  picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
  const float right = picture.width() - margin, upper = margin + score_height, lower = upper + 2.3F * small_height;
  const std::string points = plain_number(status.episode_return, 1);
  picture.text({right, upper}, score_height, points, ink, Align::right, true);
  picture.text({right - picture.text_width(score_height, points, true) - text_height, upper}, text_height, "return",
               faint, Align::right);
  picture.text(
      {right, lower}, small_height,
      fmt::format("last reward {}     step {} of {}{}", plain_number(static_cast<double>(status.reward), 2, true),
                  status.steps, status.horizon, status.speed.empty() ? "" : "     " + status.speed),
      faint, Align::right);
  const std::string& title = status.success ? status.achieved : status.title;
  const float room = 0.62F * picture.width(), needed = picture.text_width(title_height, title, true);
  picture.text({margin, upper}, title_height * std::min(1.0F, room / needed), title, status.success ? green : ink,
               Align::left, true);
  const std::string said = scores(status);
  picture.text({margin, lower}, small_height, said, faint);
  const float after = said.empty() ? 0 : picture.text_width(small_height, said) + 3 * small_height;
  picture.text({margin + after, lower}, small_height, status.message, yellow);

  const Box line{margin, picture.height() - foot - notice, picture.width() - 2 * margin, notice};
  {
    PictureCanvas canvas(picture, {margin, head, line.width, line.y - head}, corner);
    world.draw(canvas);
    draw_burst(picture, canvas.shown(), canvas.place(status.earned.at), status.earned, status.burst);
    if (status.success) picture.outline(canvas.shown().inset(1.5F), 3, green, corner);
  }
  const bool can_ask = !status.policy.empty();
  if (status.phase == PlayStatus::Phase::ready)
    draw_notice(picture, line, "Ready", "It begins with the first key.", ink);
  else if (status.phase == PlayStatus::Phase::over)
    draw_notice(picture, line,
                status.success     ? "Success"
                : status.truncated ? "Time is up"
                                   : "Over",
                status.by_policy ? "R or Space: your turn     P: once more"
                : can_ask        ? "R or Space: once more     P: " + status.policy + " flies the same start"
                                 : "R or Space: once more",
                status.success ? green : ink);
  else if (status.by_policy)
    draw_notice(picture, line, status.policy + " flies the same start", "R: your turn", yellow);

  const float base = picture.height() - foot / 2 + text_height / 2;
  float x = margin;
  for (const Controls::Key& key : controls.keys()) x = draw_key(picture, x, base, key, held.*key.held);
  picture.text({x, base}, text_height, controls.note(), faint);
  picture.text({right, base}, small_height,
               can_ask ? "R  again     P  the policy     +  -  speed     H  keys     Q  close"
                       : "R  again     +  -  speed     H  keys     Q  close",
               faint, Align::right);
}

}  // namespace cairn::render
