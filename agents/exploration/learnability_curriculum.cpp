#include "agents/exploration/learnability_curriculum.h"

#include <algorithm>
#include <limits>
#include <string>

#include "agents/archive/archive.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

constexpr double most_learnable = 0.25;  // p (1 - p) at p = 1/2

LearnabilityCurriculumOptions checked(const LearnabilityCurriculumOptions& options) {
  if (options.trials > options.plays)
    throw std::invalid_argument("learnability: 'trials' cannot be " + std::to_string(options.trials) +
                                "; allowed: at most 'plays', which is " + std::to_string(options.plays) + ".");
  return optim::checked("learnability", options);
}

}  // namespace

LearnabilityCurriculum::LearnabilityCurriculum(const envs::Environment& world, LearnabilityCurriculumOptions options)
    : options_(checked(options)), own_(world.spec().difficulty) {}

void LearnabilityCurriculum::begin(const Run& run) {
  seed_ = run.seed;
  kept_.clear();
  kept_.reserve(static_cast<std::size_t>(options_.levels));
  draw_anew();
  running_.begin(run.environments, [this](int column, std::uint32_t episode) { return choice(column, episode); });
}

/// A fresh level with probability `fresh`, which rises to 1 as fewer than half of the places are taken; else one that
/// is kept, in proportion to its weight.
LearnabilityCurriculum::Level LearnabilityCurriculum::choice(int column, std::uint32_t episode) const {
  const auto index = static_cast<std::uint32_t>(column);
  envs::Random random(seed_, envs::Stream::curriculum, index, episode);
  const double filled = static_cast<double>(drawn_.size()) / options_.levels;
  const double fresh = options_.fresh + (1 - options_.fresh) * std::max(0.0, 1 - 2 * filled);
  const bool is_fresh = random.uniform_double() < fresh;
  const double place = random.uniform_double();
  if (is_fresh || drawn_.empty()) return {index, episode, own_ ? *own_ * place : 1};
  const auto drawn = std::ranges::upper_bound(cumulative_, place * cumulative_.back());
  return drawn_[std::min(static_cast<std::size_t>(drawn - cumulative_.begin()), drawn_.size() - 1)];
}

envs::Start LearnabilityCurriculum::choose(int column, std::uint32_t episode, envs::Start usual) const {
  const Level level = choice(column, episode);
  usual.random = envs::Random(seed_, envs::Stream::environment, level.column, level.episode);
  usual.difficulty = level.difficulty;
  return usual;
}

bool LearnabilityCurriculum::scored(const Kept& kept) const {
  return kept.outcomes.plays >= options_.trials;
}

/// Unscored levels count as the most learnable.
double LearnabilityCurriculum::weight(const Kept& kept) const {
  return scored(kept) ? kept.outcomes.learnability().value_or(most_learnable) : most_learnable;
}

void LearnabilityCurriculum::learn(std::span<const envs::Episode> finished, const envs::VectorEnvironment&) {
  running_.settle(
      finished, [this](int column, std::uint32_t episode) { return choice(column, episode); },
      [this](const envs::Episode& episode, const Level& level) {
        const bool fresh =
            level.column == static_cast<std::uint32_t>(episode.environment) && level.episode == episode.number;
        const auto kept = fresh ? add(level) : std::ranges::find(kept_, level, &Kept::level);
        if (kept == kept_.end()) return;  // no place for it, or it gave way while it was played
        kept->outcomes.add(episode.success, options_.plays);
        if (weight(*kept) == 0) kept_.erase(kept);
      });
  draw_anew();
}

/// In the place of the least learnable of those that have been scored, where all places are taken.
std::vector<LearnabilityCurriculum::Kept>::iterator LearnabilityCurriculum::add(const Level& fresh) {
  if (kept_.size() == static_cast<std::size_t>(options_.levels)) {
    auto least = kept_.end();
    for (auto each = kept_.begin(); each != kept_.end(); ++each)
      if (scored(*each) && (least == kept_.end() || weight(*each) < weight(*least))) least = each;
    if (least == kept_.end()) return least;
    kept_.erase(least);
  }
  return kept_.insert(kept_.end(), {fresh, {}});
}

void LearnabilityCurriculum::draw_anew() {
  drawn_.clear();
  cumulative_.clear();
  double sum = 0;
  for (const Kept& each : kept_) {
    drawn_.push_back(each.level);
    cumulative_.push_back(sum += weight(each));
  }
}

void LearnabilityCurriculum::report(Telemetry& telemetry) const {
  double weights = 0, difficulties = 0;
  for (const Kept& each : kept_) {
    weights += weight(each);
    difficulties += weight(each) * each.level.difficulty;
  }
  const double none = std::numeric_limits<double>::quiet_NaN();
  if (own_) telemetry.report("train/difficulty", weights > 0 ? difficulties / weights : none);
  telemetry.report("train/levels", static_cast<double>(kept_.size()));
  telemetry.report("train/learnability", kept_.empty() ? none : weights / static_cast<double>(kept_.size()));
}

Standings LearnabilityCurriculum::standings() const {
  Standings all{own_ ? "difficulty" : "level, the oldest first", {}};
  for (std::size_t i = 0; i < kept_.size(); ++i)
    all.levels.push_back(
        {own_ ? kept_[i].level.difficulty : static_cast<double>(i), kept_[i].outcomes.plays, kept_[i].outcomes.rate()});
  return all;
}

namespace {

/// Levels, by three tensors.
void put_levels(Archive& archive, const std::string& name, const std::vector<LearnabilityCurriculum::Level>& levels) {
  std::vector<std::int64_t> columns, episodes;
  std::vector<double> difficulties;
  for (const LearnabilityCurriculum::Level& level : levels) {
    columns.push_back(level.column);
    episodes.push_back(level.episode);
    difficulties.push_back(level.difficulty);
  }
  archive.put(name + "/columns", columns);
  archive.put(name + "/episodes", episodes);
  archive.put(name + "/difficulties", difficulties);
}

std::vector<LearnabilityCurriculum::Level> get_levels(const Archive& archive, const std::string& name,
                                                      std::size_t count, std::size_t worlds,
                                                      std::optional<double> own) {
  const auto last = static_cast<std::int64_t>(worlds) - 1;
  const auto columns = read_range<std::int64_t>(archive, name + "/columns", count, 0, last);
  const auto episodes = read_range<std::int64_t>(archive, name + "/episodes", count, 0, 0xffffffffLL);
  const auto difficulties = read_range<double>(archive, name + "/difficulties", count, own ? 0 : 1, own.value_or(1));
  std::vector<LearnabilityCurriculum::Level> levels;
  for (std::size_t i = 0; i < count; ++i)
    levels.push_back(
        {static_cast<std::uint32_t>(columns[i]), static_cast<std::uint32_t>(episodes[i]), difficulties[i]});
  return levels;
}

}  // namespace

void LearnabilityCurriculum::save(Archive& archive) const {
  std::vector<Outcomes> outcomes;
  for (const Kept& each : kept_) outcomes.push_back(each.outcomes);
  put_levels(archive, "curriculum/levels", drawn_);  // those that are kept
  put_outcomes(archive, "curriculum/levels", outcomes);
  put_levels(archive, "curriculum/running", running_.choices);
}

void LearnabilityCurriculum::load(const Archive& archive) {
  const std::vector<Outcomes> outcomes = get_outcomes(archive, "curriculum/levels", 1, options_.plays);
  if (outcomes.size() > static_cast<std::size_t>(options_.levels))
    throw std::runtime_error("'curriculum/levels/plays' holds more than the " + std::to_string(options_.levels) +
                             " levels that the curriculum keeps.");
  const std::size_t worlds = running_.choices.size();
  const auto levels = get_levels(archive, "curriculum/levels", outcomes.size(), worlds, own_);
  kept_.clear();
  for (std::size_t i = 0; i < levels.size(); ++i) kept_.push_back({levels[i], outcomes[i]});
  running_.choices = get_levels(archive, "curriculum/running", worlds, worlds, own_);
  draw_anew();
}

}  // namespace cairn::agents
