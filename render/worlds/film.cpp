#include "render/worlds/film.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "render/drawing/picture_canvas.h"
#include "render/drawing/ticks.h"
#include "render/worlds/recorder.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

constexpr float margin = 10, corner = 7, head = 46, tallest = 420;              // units
constexpr float title_height = 8.5F, text_height = 6.5F, score_height = 10.5F;  // of a capital letter
constexpr double begin_seconds = 0.5, end_seconds = 1.2;                        // for which both are held
constexpr int fastest_gif = 30;  // frames a second: a .gif grows with each, and few programs show more

/// As high as asked for, or less where the text would be too wide.
void fitted_text(Picture& picture, Point at, float height, const std::string& text, Color color, bool bold,
                 float width) {
  const float needed = picture.text_width(height, text, bold);
  picture.text(at, needed > width ? height * width / needed : height, text, color, Align::left, bold);
}

}  // namespace

float film_height(const Film& film) {
  return head + std::min(tallest, (film_width - 2 * margin) / film.flights.front().frames.front().aspect()) + margin;
}

void draw_film(Picture& picture, const Film& film, std::size_t flight_number, std::size_t step, double seconds) {
  const Flight& flight = film.flights[flight_number];
  const bool ended = step == flight.rewards.size();
  double score = 0;
  for (std::size_t i = 0; i < step; ++i) score += static_cast<double>(flight.rewards[i]);
  const std::optional<FlightEvent> event = latest_event(flight, step);
  const double since = event ? static_cast<double>(step - event->step) / film.steps_a_second + seconds
                             : std::numeric_limits<double>::max();

  picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
  const std::string points = plain_number(score, 1);
  std::string place = fmt::format("step {}", step);
  if (film.flights.size() > 1)
    place = fmt::format("episode {} of {}, {}", flight_number + 1, film.flights.size(), place);
  if (ended && !flight.success) place += flight.terminated ? ", over" : ", time is up";
  const float right = picture.width() - margin;
  const float upper = margin + score_height, lower = upper + 2.2F * text_height;
  picture.text({right, upper}, score_height, points, ink, Align::right, true);
  picture.text({right - picture.text_width(score_height, points, true) - text_height, upper}, text_height, "return",
               faint, Align::right);
  picture.text({right, lower}, text_height, place, ended ? ink : faint, Align::right);
  constexpr float words = 0.72F * film_width - margin;
  const bool done = (ended && flight.success) || (event && event->earned.success && since < turned_seconds);
  fitted_text(picture, {margin, upper}, title_height, done ? film.achieved : film.title, done ? green : ink, true,
              words);
  fitted_text(picture, {margin, lower}, text_height, film.subtitle, faint, false, words);

  const Box box{margin, head, picture.width() - 2 * margin, picture.height() - head - margin};
  PictureCanvas canvas(picture, box, corner);
  flight.frames[step].draw(canvas);
  const Box shown = canvas.shown();
  if (event)
    draw_burst(picture, shown, canvas.place(event->earned.at), event->earned,
               static_cast<float>(since / static_cast<double>(burst_seconds)));
  if (ended && flight.success) picture.outline(shown.inset(1.5F), 3, green, corner);
}

void record_film(const std::filesystem::path& path, const Film& film) {
  const bool gif = path.extension() == ".gif";
  const float scale = video_scale(path);
  const int every = gif ? (film.steps_a_second + fastest_gif - 1) / fastest_gif : 1;
  const double rate = static_cast<double>(film.steps_a_second) / every;  // frames a second
  Picture picture(static_cast<int>(std::lround(film_width * scale)),
                  static_cast<int>(std::lround(film_height(film) * scale)), scale);
  Recorder recorder(path, picture.width_pixels(), picture.height_pixels(), static_cast<int>(std::lround(rate)));
  const auto show = [&](std::size_t flight, std::size_t step, double seconds) {
    const int frames = std::max(1, static_cast<int>(std::lround(seconds * rate)));
    const bool still = !latest_event(film.flights[flight], step);
    for (int i = 0; i < frames; ++i) {
      if (i == 0 || !still) draw_film(picture, film, flight, step, i / rate);
      recorder.add(picture);
    }
  };
  for (std::size_t flight = 0; flight < film.flights.size(); ++flight) {
    const std::size_t last = film.flights[flight].rewards.size();
    for (std::size_t step = 0; step < last; step += static_cast<std::size_t>(every))
      show(flight, step, step == 0 ? begin_seconds : 0);
    show(flight, last, end_seconds);
  }
  recorder.finish();
}

}  // namespace cairn::render
