#include "render/worlds/film.h"

#include <gtest/gtest.h>

#include "pixels.h"
#include "policies.h"
#include "scratch.h"

namespace cairn::render {
namespace {

using namespace envs::palette;

Film film_of(const envs::EnvironmentFactory& factory, int episodes) {
  Film film{.title = "A title that says which world it is and much more, so that it has to be made smaller to fit",
            .subtitle = "Flown by a steady hand"};
  const envs::Spec spec = factory()->spec();
  film.steps_a_second = spec.steps_a_second;
  for (int i = 0; i < episodes; ++i)
    film.flights.push_back(fly(steady_policy(spec), factory, 3, static_cast<std::uint32_t>(i)));
  return film;
}

TEST(Film, ShowsEachStepOfTheFlight) {
  const Film film = film_of([] { return std::make_unique<envs::Lander>(); }, 1);
  const std::size_t last = film.flights[0].rewards.size();
  const Scratch scratch;
  const auto page = [&](std::size_t step) {
    Picture picture(static_cast<int>(film_width), static_cast<int>(film_height(film)));
    draw_film(picture, film, 0, step);
    picture.write_png(scratch / ("step_" + std::to_string(step) + ".png"));
    return Pixels(picture);
  };
  EXPECT_GT(page(0).count(ground), 20'000) << "the moon";
  EXPECT_FALSE(page(0) == page(10));
  EXPECT_FALSE(page(last - 1) == page(last));
}

TEST(Film, FlashesARewardThatIsRareAndSaysHowItEnded) {
  Film film = film_of(cart_pole, 1);
  Flight& flight = film.flights[0];
  Sketch still = flight.frames[0];
  flight = {.frames = std::vector<Sketch>(201, still), .rewards = std::vector<float>(200, 0.0F)};
  flight.rewards[59] = 1;
  const auto bright = [&](std::size_t step, Color color) {
    Picture picture(static_cast<int>(film_width), static_cast<int>(film_height(film)));
    draw_film(picture, film, 0, step, 0.1);
    return Pixels(picture).count(color, 12);
  };
  EXPECT_GT(bright(60, yellow), bright(59, yellow) + 100);
  EXPECT_EQ(bright(199, yellow), bright(59, yellow)) << "gone after a while";
  flight.success = true;
  EXPECT_GT(bright(200, green), bright(199, green) + 500);
  const int outlined = bright(200, green);
  flight.done = 200;
  EXPECT_GT(bright(200, yellow), bright(199, yellow)) << "it bursts";
  EXPECT_GE(bright(200, green), outlined);
  for (float& reward : flight.rewards) reward = 1;
  EXPECT_EQ(bright(60, yellow), bright(59, yellow)) << "a reward at every step is nothing to flash";
}

TEST(Film, IsRecordedInRealTime) {
  const Film film = film_of(cart_pole, 2);
  const Scratch scratch;
  std::size_t steps = 0;
  for (const Flight& flight : film.flights) steps += flight.rewards.size();
  record_film(scratch / "film.mp4", film);
  record_film(scratch / "film.gif", film);
  for (const char* name : {"film.mp4", "film.gif"}) {
    const std::string probe = "ffprobe -v error -show_entries format=duration -of csv=p=0 " +
                              (scratch / name).string() + " > " + (scratch / "seconds").string();
    ASSERT_EQ(std::system(probe.c_str()), 0);
    // Half a second before each flight, 1.2 after.
    EXPECT_NEAR(std::stod(contents(scratch / "seconds")), static_cast<double>(steps) / 50 + 2 * 1.7, 0.25) << name;
  }
}

}  // namespace
}  // namespace cairn::render
