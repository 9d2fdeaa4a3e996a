#include "render/sheets/learning_film.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "render/drawing/chart.h"
#include "render/drawing/picture_canvas.h"
#include "render/drawing/ticks.h"
#include "render/worlds/recorder.h"

namespace cairn::render {

namespace {

using namespace envs::palette;

/// Shares of the run after which a policy is kept: most is learned early.
constexpr std::array shares = {0.0, 0.04, 0.12, 0.35};  // and the end
constexpr int flights = 4;                              // episodes side by side
constexpr std::size_t scene_frames = 50;                // 2 s
constexpr std::size_t flown_frames = 44;                // of them, while something flies
constexpr std::size_t longest = 320;                    // steps of an episode that are shown
constexpr int held_frames = 15;                         // of the end

constexpr float page_width = 960, page_height = 440;                                       // units
constexpr float margin = 14, gap = 8, corner = 7, head = 56, worlds_share = 0.62F;         // units; of the width
constexpr float title_height = 12, text_height = 9, verdict_height = 9, small_height = 8;  // of a capital letter

}  // namespace

/// What is seen of one policy.
struct LearningFilm::Scene {
  std::int64_t steps, next_steps;  // of training, when it begins and ends
  std::vector<Flight> flights;
  std::size_t stride;  // steps of the world a frame
};

void LearningFilm::on_start(const agents::RunInfo& info) {
  info_ = info;
  summary_ = info.spec->summary;
  achieved_ = turned(*info.spec, {.success = true});
  curves_.threshold = info.spec->return_threshold;
  last_ = info.first_step;
  keep();
}

void LearningFilm::keep() {
  moments_.push_back({last_, info_.learner->policy()});
}

void LearningFilm::on_iteration(const agents::Telemetry& telemetry, const agents::Agent&) {
  curves_.training.add(telemetry.metrics);
  last_ = telemetry.steps;
  if (moments_.size() >= shares.size()) return;
  if (static_cast<double>(last_) >= shares[moments_.size()] * static_cast<double>(info_.total_steps)) keep();
}

void LearningFilm::on_evaluation(const agents::EvaluationResult& result) {
  curves_.evaluations.add(agents::report(result));
}

void LearningFilm::on_end() {
  if (moments_.back().steps != last_) keep();
}

void LearningFilm::record(const std::filesystem::path& path, std::uint64_t seed) const {
  std::vector<Scene> scenes;
  for (std::size_t i = 0; i < moments_.size(); ++i) {
    const std::int64_t next = i + 1 < moments_.size() ? moments_[i + 1].steps : last_;
    Scene& scene = scenes.emplace_back(Scene{moments_[i].steps, next, {}, 1});
    for (std::uint32_t number = 0; number < flights; ++number)
      scene.flights.push_back(fly(moments_[i].policy, info_.factory, seed, number));
  }
  std::size_t most = 1;  // one pace for the whole film
  for (const Scene& scene : scenes)
    for (const Flight& flight : scene.flights) most = std::max(most, std::min(flight.rewards.size(), longest));
  for (Scene& scene : scenes) scene.stride = (most + flown_frames - 1) / flown_frames;

  const float scale = video_scale(path);
  Picture picture(static_cast<int>(std::lround(page_width * scale)), static_cast<int>(std::lround(page_height * scale)),
                  scale);
  Recorder recorder(path, picture.width_pixels(), picture.height_pixels(), video_rate);
  for (std::size_t scene = 0; scene < scenes.size(); ++scene)
    for (std::size_t frame = 0; frame < scene_frames; ++frame) {
      draw(picture, scenes, scene, frame);
      const bool last = scene + 1 == scenes.size() && frame + 1 == scene_frames;
      for (int i = 0; i < (last ? held_frames : 1); ++i) recorder.add(picture);
    }
  recorder.finish();
}

void LearningFilm::draw(Picture& picture, const std::vector<Scene>& scenes, std::size_t number,
                        std::size_t frame) const {
  const Scene& scene = scenes[number];
  picture.fill(Box{0, 0, picture.width(), picture.height()}, page_color);
  std::string name = info_.agent;
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  picture.text({margin, margin + title_height}, title_height, name + " learns", ink, Align::left, true);
  picture.text({margin, margin + title_height + 2.1F * text_height}, text_height, summary_, faint);
  const std::string when =
      scene.steps == 0 ? "before learning" : "after " + short_number(static_cast<double>(scene.steps)) + " steps";

  const Box field{margin, head, worlds_share * picture.width() - margin, picture.height() - head - margin};
  constexpr float below = 2.4F * verdict_height;  // each world, for how its episode ended
  const std::vector<Box> boxes = packed(field, flights, gap, scene.flights.front().frames.front().aspect(), below);
  float right = 0;
  for (std::size_t i = 0; i < scene.flights.size(); ++i) {
    const Flight& flight = scene.flights[i];
    const std::size_t reached = frame * scene.stride, step = std::min(reached, flight.rewards.size());
    const Box box{boxes[i].x, boxes[i].y, boxes[i].width, boxes[i].height - below};
    {
      PictureCanvas canvas(picture, box, corner);
      flight.frames[step].draw(canvas);
      if (const std::optional<FlightEvent> event = latest_event(flight, step)) {
        const auto since = static_cast<float>(reached - event->step) / static_cast<float>(scene.stride * video_rate);
        draw_burst(picture, box, canvas.place(event->earned.at), event->earned, since / burst_seconds);
      }
    }
    right = std::max(right, box.right());
    if (step < flight.rewards.size()) continue;
    if (flight.success) picture.outline(box.inset(1.5F), 3, green, corner);
    const std::string words = flight.success ? achieved_ : flight.terminated ? "over" : "time is up";
    const float needed = picture.text_width(verdict_height, words, true);
    picture.text({box.centre().x, box.bottom() + 1.7F * verdict_height},
                 verdict_height * std::min(1.0F, box.width / needed), words, flight.success ? green : faint,
                 Align::centre, true);
  }
  picture.text({right, margin + title_height}, title_height, when, yellow, Align::right, true);

  // The curve rises from this policy's steps to the next one's.
  const Trace& returns = curves_.training.trace("return_mean");
  const double share = static_cast<double>(frame) / (scene_frames - 1);
  const double now = static_cast<double>(scene.steps) + share * static_cast<double>(scene.next_steps - scene.steps);
  Series curve{.name = "", .color = blue, .width = 2.5F};
  Series tip{.name = "", .color = yellow, .width = 0, .marker = 5};
  double low = curves_.threshold.value_or(0), high = low;
  for (std::size_t i = 0; i < returns.x().size(); ++i) {
    if (!std::isfinite(returns.y()[i])) continue;
    low = std::min(low, returns.y()[i]);
    high = std::max(high, returns.y()[i]);
    if (returns.x()[i] > now) continue;
    curve.x.push_back(returns.x()[i]);
    curve.y.push_back(returns.y()[i]);
  }
  if (!curve.x.empty()) {
    tip.x = {curve.x.back()};
    tip.y = {curve.y.back()};
  }
  const double more = 0.05 * std::max(high - low, 1e-6);
  Chart chart{.title = "Return while learning",
              .x = {.label = "steps", .low = 0, .high = static_cast<double>(std::max<std::int64_t>(last_, 1))},
              .y = {.low = low - more, .high = high + more},
              .series = {std::move(curve), std::move(tip)},
              .text_height = small_height};
  if (curves_.threshold)
    chart.reference_lines.push_back(
        {.at = *curves_.threshold, .label = fmt::format("solved: {:g}", *curves_.threshold)});
  draw_chart(picture, {right + 2 * gap, head, picture.width() - right - 2 * gap - margin, field.height}, chart);
}

}  // namespace cairn::render
