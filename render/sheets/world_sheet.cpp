#include "render/sheets/world_sheet.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "render/drawing/picture_canvas.h"

namespace cairn::render {

namespace {
using namespace envs::palette;

constexpr int columns = 4;
constexpr float card_width = 300, picture_height = 190, words_height = 62, margin = 16, gap = 14;  // units
constexpr float name_height = 9.5F, text_height = 7;  // of a capital letter
constexpr float line_height = 2.1F * text_height;
constexpr std::size_t most_lines = 3;

/// The text in lines no wider than `width`; what does not fit into `most_lines` is cut, with an ellipsis.
std::vector<std::string> wrapped(const Picture& picture, std::string_view text, float width) {
  std::vector<std::string> lines{""};
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    const std::string longer = lines.back().empty() ? std::string(word) : lines.back() + " " + std::string(word);
    if (lines.back().empty() || picture.text_width(text_height, longer) <= width)
      lines.back() = longer;
    else
      lines.emplace_back(word);
  }
  if (lines.size() > most_lines) {
    lines.resize(most_lines);
    lines.back() += " …";
  }
  return lines;
}

}  // namespace

ShownMoment moment_of(const envs::EnvironmentFactory& factory, std::uint64_t seed, int steps) {
  ShownMoment moment{.name = {}, .summary = {}, .world = factory()};
  envs::Environment& world = *moment.world;
  const envs::Spec& spec = world.spec();
  moment.name = spec.id;
  moment.summary = spec.summary;
  std::vector<float> observation(static_cast<std::size_t>(spec.observation_size()));
  std::vector<float> action(static_cast<std::size_t>(spec.action_size()));
  std::vector<float> legal(static_cast<std::size_t>(spec.actions()), 1.0F);
  envs::Random random(seed, envs::Stream::show_policy);
  world.reset(envs::Random(seed, envs::Stream::show), observation);
  for (int step = 0; step < steps; ++step) {
    const envs::Snapshot before = world.snapshot();
    if (!world.pilot(observation, action)) {
      if (spec.discrete()) {
        world.mask(legal);
        do action[0] = static_cast<float>(random.below(static_cast<std::uint32_t>(legal.size())));
        while (legal[static_cast<std::size_t>(action[0])] == 0);
      } else {
        for (std::size_t i = 0; i < action.size(); ++i) {
          const envs::Component& bounds = spec.action[i];
          action[i] = random.uniform(bounds.low, bounds.high);
        }
      }
    }
    const envs::Step done = world.step(action, observation);
    if (!done.terminated && !done.truncated) continue;
    world.restore(before, observation);  // the last moment of the episode in which it was still under way
    break;
  }
  return moment;
}

SheetSize world_sheet_size(std::size_t worlds) {
  const std::size_t full = (worlds + columns - 1) / columns;
  const auto rows = static_cast<float>(full);
  return {2 * margin + columns * card_width + (columns - 1) * gap,
          2 * margin + rows * (picture_height + words_height) + (rows - 1) * gap};
}

void draw_world_sheet(Picture& picture, const std::vector<ShownMoment>& moments) {
  picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const std::size_t above = i / columns;
    const auto column = static_cast<float>(i % columns), row = static_cast<float>(above);
    const Box box{margin + column * (card_width + gap), margin + row * (picture_height + words_height + gap),
                  card_width, picture_height};
    {
      PictureCanvas canvas(picture, box, 6);
      moments[i].world->draw(canvas);
    }
    float line = box.bottom() + 2 * name_height;
    picture.text({box.x, line}, name_height, moments[i].name, ink, Align::left, true);
    for (const std::string& words : wrapped(picture, moments[i].summary, card_width)) {
      line += line_height;
      picture.text({box.x, line}, text_height, words, faint);
    }
  }
}

}  // namespace cairn::render
