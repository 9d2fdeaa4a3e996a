// Every registered world, drawn. CAIRN_KEEP_PICTURES=DIR leaves the pictures there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "apps/command_line/registry.h"
#include "render/drawing/picture_canvas.h"

namespace cairn::apps {
namespace {

TEST(Drawings, NoWorldIsBlankAndEveryStepChangesThePicture) {
  for (const EnvironmentEntry& entry : registry().environments) {
    const MadeEnvironment made = make_environment({entry.name, {}});
    const auto world = made.factory();
    std::vector<float> observation(static_cast<std::size_t>(made.spec.observation_size()));
    const std::vector<float> action(static_cast<std::size_t>(made.spec.action_size()), 1.0F);
    const auto look = [&](const std::string& name) {
      render::Picture picture(480, 320);
      {
        render::PictureCanvas canvas(picture, {0, 0, 480, 320});
        world->draw(canvas);
      }
      if (const char* kept = std::getenv("CAIRN_KEEP_PICTURES"))
        picture.write_png(std::filesystem::path(kept) / ("world_" + name + ".png"));
      std::vector<std::uint8_t> pixels;
      picture.copy_rgba(pixels);
      return pixels;
    };
    world->reset(envs::Random(1, envs::Stream::environment), observation);
    const auto before = look(entry.name + "_first");
    for (int i = 0; i < 25; ++i)
      if (world->step(action, observation).terminated) break;
    const auto after = look(entry.name);

    int drawn = 0, changed = 0;
    const envs::Color sky = envs::palette::sky;
    for (std::size_t i = 0; i < after.size(); i += 4) {
      const int r = after[i], g = after[i + 1], b = after[i + 2];
      drawn += (r != 0 || g != 0 || b != 0) && (r != sky.r || g != sky.g || b != sky.b) ? 1 : 0;
      changed += r != before[i] || g != before[i + 1] || b != before[i + 2] ? 1 : 0;
    }
    EXPECT_GT(drawn, 1000) << entry.name;
    EXPECT_GT(changed, 50) << entry.name;
  }
}

TEST(Drawings, EveryWorldSaysWhatCameOfIt) {
  for (const EnvironmentEntry& entry : registry().environments) {
    const std::string said = make_environment({entry.name, {}}).spec.achieved;
    EXPECT_TRUE(said.ends_with('.')) << entry.name << ": " << said;
    EXPECT_LE(said.size(), 48U) << entry.name << ": it stands below small worlds";
  }
}

}  // namespace
}  // namespace cairn::apps
