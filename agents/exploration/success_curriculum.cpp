#include "agents/exploration/success_curriculum.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "agents/archive/archive.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

constexpr double next_to = 1e-9;  // difficulties that are the same but for rounding
constexpr int plays_of_band = 64;

SuccessCurriculumOptions checked(const SuccessCurriculumOptions& options) {
  if (options.lower >= options.raise)
    throw std::invalid_argument("success: 'lower' cannot be " + optim::text_of(options.lower) +
                                "; allowed: less than 'raise', which is " + optim::text_of(options.raise) + ".");
  return optim::checked("success", options);
}

}  // namespace

SuccessCurriculum::SuccessCurriculum(const envs::Environment& world, SuccessCurriculumOptions options)
    : options_(checked(options)), own_(world.spec().difficulty.value_or(0)) {
  if (!world.spec().difficulty)
    throw std::invalid_argument("The curriculum 'success' raises a world's difficulty, and '" + world.spec().id +
                                "' has no easier episodes.");
  if (options_.initial >= own_)
    throw std::invalid_argument("The curriculum 'success' would begin at the difficulty " +
                                optim::text_of(options_.initial) + ", and '" + world.spec().id + "' is to end at " +
                                optim::text_of(own_) + ": there is nothing to raise.");
}

void SuccessCurriculum::begin(const Run& run) {
  seed_ = run.seed;
  rung_ = 0;
  window_ = AssignedWindow(run.environments, options_.window);
  bands_.fill({});
  running_.begin(run.environments, [this](int column, std::uint32_t episode) { return choice(column, episode); });
}

double SuccessCurriculum::difficulty() const {
  const double d = options_.initial + static_cast<double>(rung_) * options_.step;
  return d > own_ - next_to ? own_ : std::max(d, 0.0);
}

/// D with probability `share`, else U[0, D].
SuccessCurriculum::Choice SuccessCurriculum::choice(int column, std::uint32_t episode) const {
  envs::Random random(seed_, envs::Stream::curriculum, static_cast<std::uint32_t>(column), episode);
  if (random.uniform_double() < options_.share) return {difficulty(), window_.number()};
  return {difficulty() * random.uniform_double(), -1};
}

envs::Start SuccessCurriculum::choose(int column, std::uint32_t episode, envs::Start usual) const {
  usual.difficulty = choice(column, episode).difficulty;
  return usual;
}

void SuccessCurriculum::learn(std::span<const envs::Episode> finished, const envs::VectorEnvironment&) {
  running_.settle(
      finished, [this](int column, std::uint32_t episode) { return choice(column, episode); },
      [this](const envs::Episode& episode, const Choice& began) {
        window_.count(episode.environment, began.window, episode.success);
        const auto band = static_cast<std::size_t>(began.difficulty * static_cast<double>(bands_.size()));
        bands_[std::min(band, bands_.size() - 1)].add(episode.success, plays_of_band);
      });
  const double least = window_.least(), most = window_.most();
  const bool rises = least >= options_.raise, falls = most <= options_.lower;
  const bool stays = least > options_.lower && most < options_.raise;
  if (!rises && !falls && !stays) return;
  if (rises && difficulty() < own_) ++rung_;
  if (falls && difficulty() > 0) --rung_;
  window_.open_next();
}

void SuccessCurriculum::report(Telemetry& telemetry) const {
  telemetry.report("train/difficulty", difficulty());
  telemetry.report("train/difficulty_success", window_.last_rate());
}

Standings SuccessCurriculum::standings() const {
  Standings all{"difficulty", {}};
  for (std::size_t i = 0; i < bands_.size(); ++i)
    if (bands_[i].plays > 0)
      all.levels.push_back(
          {(static_cast<double>(i) + 0.5) / static_cast<double>(bands_.size()), bands_[i].plays, bands_[i].rate()});
  return all;
}

void SuccessCurriculum::save(Archive& archive) const {
  std::vector<double> difficulties;
  std::vector<std::int64_t> windows;
  for (const Choice& each : running_.choices) {
    difficulties.push_back(each.difficulty);
    windows.push_back(each.window);
  }
  archive.put_value("curriculum/rung", rung_);
  window_.save(archive, "curriculum/window");
  archive.put("curriculum/running/difficulties", difficulties);
  archive.put("curriculum/running/windows", windows);
}

void SuccessCurriculum::load(const Archive& archive) {
  const std::size_t columns = running_.choices.size();
  const auto rungs = [&](double d) { return static_cast<std::int64_t>(std::ceil(d / options_.step)); };
  rung_ =
      read_range<std::int64_t>(archive, "curriculum/rung", 1, -rungs(options_.initial), rungs(own_ - options_.initial))
          .front();
  window_.load(archive, "curriculum/window");
  const auto difficulties = read_range<double>(archive, "curriculum/running/difficulties", columns, 0, own_);
  const auto windows = read_range<std::int64_t>(archive, "curriculum/running/windows", columns, -1, window_.number());
  for (std::size_t i = 0; i < columns; ++i) running_.choices[i] = {difficulties[i], windows[i]};
}

}  // namespace cairn::agents
