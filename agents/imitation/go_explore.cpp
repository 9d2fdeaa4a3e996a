#include "agents/imitation/go_explore.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <stdexcept>

#include "agents/learner/state.h"
#include "agents/networks/distributions.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

constexpr std::int64_t search_iteration_steps = 1024;  // least environment steps of an iteration that explores

GoExploreOptions checked(const GoExploreOptions& options, const envs::Spec& spec) {
  GoExploreOptions sound = optim::checked("go_explore", options);
  const CellGrid grid(spec, sound.cells, sound.bins);  // refuses cells that the world has not
  return sound;
}

}  // namespace

MemoryNeed memory_need(const GoExploreOptions& options, const envs::Spec& spec, const optim::Rule& rule,
                       int environments) {
  MemoryNeed need = memory_need(options.learner, spec, rule, environments);
  need.parts.push_back({std::to_string(environments) + " worlds to explore in", bytes_of_worlds(spec, environments)});
  return need;
}

GoExplore::GoExplore(const envs::Spec& spec, const GoExploreOptions& options, optim::Rule rule)
    : spec_(spec), options_(checked(options, spec)), learner_(spec, options_.learner, std::move(rule)) {}

void GoExplore::begin(const Run& run) {
  learner_.begin(run);
  run_ = run;
  worlds_ = std::make_unique<envs::VectorEnvironment>(run.factory, run.environments, run.seed);
  cells_ = CellArchive(CellGrid(spec_, options_.cells, options_.bins), spec_.action_size(),
                       static_cast<int>(spec_.state.size()), spec_.horizon);
  found_.clear();
  tours_.assign(static_cast<std::size_t>(run.environments), {});
  starts_.reset();
  explored_ = rounds_ = trips_ = found_at_ = confirmed_ = diverged_ = 0;
}

void GoExplore::iterate(Telemetry& telemetry) {
  if (exploring()) {
    const std::int64_t until = explored_ + search_iteration_steps;
    while (explored_ < until && !done_exploring()) explore();
    learner_.report(telemetry);
    if (done_exploring()) learn_from_found();
  } else {
    learner_.iterate(telemetry);
    if (starts_) starts_->learn(telemetry.episodes, learner_.worlds());
  }
  telemetry.steps = steps();
  report(telemetry);
}

bool GoExplore::done_exploring() const {
  const double share =
      static_cast<double>(explored_) / static_cast<double>(std::max<std::int64_t>(run_.total_steps, 1));
  return confirmed_ >= std::max(options_.confirmed, options_.demonstrations) ||
         (!found_.empty() && share >= static_cast<double>(options_.exploring));
}

// A round: every world makes a trip. Where from is drawn before any of them sets out, and what they came by is added
// in their order afterwards, so that the number of threads changes nothing.
void GoExplore::explore() {
  for (std::size_t i = 0; i < tours_.size(); ++i) {
    const Root fresh{static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(rounds_)};
    Tour& tour = tours_[i];
    tour = {};
    tour.random = envs::Random(run_.seed, envs::Stream::exploration, fresh.column, fresh.episode);
    tour.trip = cells_.set_out(cells_.choose(tour.random), fresh);
  }
  run_.pool->run(static_cast<int>(tours_.size()),
                 [&](int i) { travel(worlds_->environment(i), tours_[static_cast<std::size_t>(i)]); });
  for (Tour& tour : tours_) {
    explored_ += tour.steps;
    ++trips_;
    if (tour.succeeded && !tour.confirmed) {
      ++diverged_;
      cells_.discard(tour.trip);
      cells_.add(tour.again);  // where the way really leads
      continue;
    }
    cells_.add(tour.trip);
    if (!tour.confirmed) continue;
    ++confirmed_;
    const bool known = std::ranges::any_of(
        found_, [&](const Found& found) { return found.root == tour.trip.root && found.actions == tour.actions; });
    if (known) continue;
    if (found_.empty()) found_at_ = explored_;
    found_.push_back({tour.trip.root, std::move(tour.actions)});
  }
  ++rounds_;
}

void GoExplore::travel(envs::Environment& world, Tour& tour) const {
  std::vector<float> observation(static_cast<std::size_t>(spec_.observation_size()));
  go_back(world, tour, observation);
  wander(world, tour, observation);
  if (tour.succeeded) confirm(world, tour, observation);
}

envs::Start GoExplore::start_of(Root root) const {
  return {.random = envs::Random(run_.seed, envs::Stream::environment, root.column, root.episode)};
}

/// To where the trip sets out.
void GoExplore::go_back(envs::Environment& world, Tour& tour, std::vector<float>& observation) const {
  envs::Start start = start_of(tour.trip.root);
  const bool in_state = tour.trip.from >= 0 && !spec_.state.empty();
  if (in_state) start.state = cells_.cells()[static_cast<std::size_t>(tour.trip.from)].state;
  world.reset(start, observation);
  if (tour.trip.from < 0) {
    note_cell(world, observation, 0, 0, tour.trip);
  } else if (!in_state) {
    const std::vector<float> actions = cells_.actions_before(tour.trip);
    const auto size = static_cast<std::size_t>(spec_.action_size());
    for (std::size_t at = 0; at < actions.size(); at += size, ++tour.steps)
      world.step(std::span(actions).subspan(at, size), observation);
  }
}

/// Random actions, each held for a while, up to the trip's length, success or the episode's end.
void GoExplore::wander(envs::Environment& world, Tour& tour, std::vector<float>& observation) const {
  std::vector<float> action(static_cast<std::size_t>(spec_.action_size()));
  double score = tour.trip.score;
  const int most = std::min(options_.trip, spec_.horizon - tour.trip.length);
  for (int step = 1; step <= most && !tour.succeeded; ++step) {
    choose_action(world, tour.random, step == 1, action);
    const envs::Step outcome = world.step(action, observation);
    ++tour.steps;
    tour.trip.actions.insert(tour.trip.actions.end(), action.begin(), action.end());
    score += static_cast<double>(outcome.reward);
    tour.succeeded = outcome.success;
    if (outcome.terminated || outcome.truncated) return;  // nothing goes on from here: no cell
    note_cell(world, observation, step, score, tour.trip);
  }
}

/// P(held for n steps) = (1 - 1/hold)^(n-1) / hold, or until it is not legal any more.
void GoExplore::choose_action(const envs::Environment& world, envs::Random& random, bool anew,
                              std::vector<float>& action) const {
  anew |= random.uniform() * static_cast<float>(options_.hold) < 1;
  if (!spec_.discrete()) {
    for (std::size_t i = 0; anew && i < action.size(); ++i)
      action[i] = random.uniform(spec_.action[i].low, spec_.action[i].high);
    return;
  }
  std::vector<float> legal(spec_.masks ? static_cast<std::size_t>(spec_.actions()) : 0);
  if (spec_.masks) {
    world.mask(legal);
    anew |= legal[static_cast<std::size_t>(action[0])] == 0;
  }
  if (anew) action[0] = static_cast<float>(uniform_legal(spec_.actions(), legal, random));
}

/// The trip's first time in this cell, with the state where the archive may want it.
void GoExplore::note_cell(const envs::Environment& world, std::span<const float> observation, int steps, double score,
                          CellArchive::Trip& trip) const {
  const std::int64_t number = cells_.grid().cell_of(observation);
  if (std::ranges::find(trip.visits, number, &CellArchive::Trip::Visit::number) != trip.visits.end()) return;
  CellArchive::Trip::Visit visit{.number = number, .steps = steps, .score = score, .state = {}};
  if (!spec_.state.empty() && cells_.accepts(number, score, trip.length + steps)) visit.state = world.state();
  trip.visits.push_back(std::move(visit));
}

/// Flies the whole way again from the episode's seed. Where it does not come to success, what it does come by is true
/// all the same.
void GoExplore::confirm(envs::Environment& world, Tour& tour, std::vector<float>& observation) const {
  tour.actions = cells_.actions_before(tour.trip);
  tour.actions.insert(tour.actions.end(), tour.trip.actions.begin(), tour.trip.actions.end());
  tour.again = cells_.set_out(-1, tour.trip.root);
  world.reset(start_of(tour.trip.root), observation);
  note_cell(world, observation, 0, 0, tour.again);
  const auto size = static_cast<std::size_t>(spec_.action_size());
  double score = 0;
  envs::Step outcome;
  for (std::size_t at = 0; at < tour.actions.size() && !outcome.terminated && !outcome.truncated; at += size) {
    const auto action = std::span(tour.actions).subspan(at, size);
    outcome = world.step(action, observation);
    ++tour.steps;
    score += static_cast<double>(outcome.reward);
    tour.again.actions.insert(tour.again.actions.end(), action.begin(), action.end());
    if (!outcome.terminated && !outcome.truncated)
      note_cell(world, observation, static_cast<int>(tour.again.actions.size() / size), score, tour.again);
  }
  tour.confirmed = outcome.success && tour.again.actions.size() == tour.actions.size();
}

/// The way as a demonstration; nothing where it does not come to success with its last action. `states`: what it passes
/// through, where the world offers states.
std::optional<Demonstration> GoExplore::flown(envs::Environment& world, const Found& found,
                                              ReverseCurriculum::Flight& states) const {
  const auto size = static_cast<std::size_t>(spec_.action_size());
  std::vector<float> observation(static_cast<std::size_t>(spec_.observation_size()));
  DemonstrationRecorder recorder(spec_);
  world.reset(start_of(found.root), observation);
  recorder.began(world, observation);
  envs::Step outcome;
  for (std::size_t at = 0; at < found.actions.size(); at += size) {
    if (outcome.terminated || outcome.truncated) return std::nullopt;
    if (!spec_.state.empty()) states.push_back(world.state());
    const auto action = std::span(found.actions).subspan(at, size);
    outcome = world.step(action, observation);
    recorder.stepped(world, action, outcome, observation);
  }
  return outcome.success ? std::optional(recorder.take()) : std::nullopt;
}

/// Ends exploring.
void GoExplore::learn_from_found() {
  std::vector<Demonstration> demonstrations;
  std::vector<ReverseCurriculum::Flight> flights;
  std::vector<const Found*> ways;
  for (const Found& found : found_) ways.push_back(&found);
  if (static_cast<std::size_t>(options_.demonstrations) < ways.size()) {
    std::ranges::stable_sort(ways, {}, [](const Found* found) { return found->actions.size(); });
    ways.resize(static_cast<std::size_t>(options_.demonstrations));
  }
  for (const Found* found : ways) {
    std::optional<Demonstration> shown = flown(worlds_->environment(0), *found, flights.emplace_back());
    if (!shown)
      throw std::runtime_error("A way to success that was confirmed does not repeat itself from its seed: '" +
                               spec_.id + "' is not the world that it was found in.");
    demonstrations.push_back(*std::move(shown));
  }
  Run run = run_;
  run.total_steps = std::max<std::int64_t>(run_.total_steps - explored_, 1);
  if (goes_backward()) {
    auto spacing = static_cast<std::size_t>(options_.spacing);  // no more than the shortest way has
    for (const ReverseCurriculum::Flight& flight : flights) spacing = std::min(spacing, flight.size());
    starts_ = std::make_unique<ReverseCurriculum>(
        worlds_->environment(0), ReverseCurriculumOptions{.spacing = static_cast<int>(spacing)}, std::move(flights));
    starts_->begin(run_);
    run.starts = [starts = starts_.get()](int column, std::uint32_t episode, envs::Start usual) {
      return starts->choose(column, episode, std::move(usual));
    };
  }
  learner_.begin(run);
  learner_.learn_from(demonstrations);
  worlds_.reset();
}

void GoExplore::report(Telemetry& telemetry) const {
  telemetry.report("train/cells", static_cast<double>(cells_.cells().size()));
  telemetry.report("train/found", static_cast<double>(found_.size()));
  telemetry.report("train/found_at", static_cast<double>(found_at_));
  telemetry.report("train/not_confirmed", static_cast<double>(diverged_));
  if (starts_) {
    starts_->report(telemetry);
  } else if (goes_backward()) {
    for (const char* name : {"train/reach", "train/reach_success", "train/starts"}) telemetry.report(name, 0);
  }
}

void GoExplore::save(Archive& archive) const {
  learner_.save(archive);
  if (starts_) starts_->save(archive);
  cells_.save(archive, "cells");
  std::vector<std::uint32_t> roots;
  std::vector<std::int64_t> lengths;
  std::vector<float> actions;
  for (const Found& found : found_) {
    roots.insert(roots.end(), {found.root.column, found.root.episode});
    lengths.push_back(static_cast<std::int64_t>(found.actions.size()));
    actions.insert(actions.end(), found.actions.begin(), found.actions.end());
  }
  archive.put("found/roots", roots);
  archive.put("found/action_counts", lengths);
  archive.put("found/actions", actions);
  archive.put("explored", std::vector<std::int64_t>{explored_, rounds_, trips_, found_at_, confirmed_, diverged_,
                                                    exploring() ? 1 : 0});
}

void GoExplore::load(const Archive& archive) {
  std::array<std::int64_t, 7> explored{};
  archive.get_into<std::int64_t>("explored", explored);
  for (const std::int64_t count : explored) require_count("explored", count, 2 * longest_run);
  explored_ = explored[0];
  rounds_ = explored[1];
  trips_ = explored[2];
  found_at_ = explored[3];
  confirmed_ = explored[4];
  diverged_ = explored[5];
  require_count("explored", explored[6], 1);
  require_count("explored", rounds_, std::numeric_limits<std::uint32_t>::max());

  cells_.load(archive, "cells");
  std::vector<float> observation(static_cast<std::size_t>(spec_.observation_size()));
  try {
    for (const Cell& cell : cells_.cells())
      if (!cell.state.empty()) worlds_->environment(0).reset(envs::Start{.state = cell.state}, observation);
  } catch (const std::invalid_argument& error) {
    throw std::runtime_error(std::string("'cells/states' holds a state of no episode: ") + error.what());
  }
  const auto lengths = archive.get<std::int64_t>("found/action_counts");
  const auto actions = archive.get<float>("found/actions");
  std::vector<std::uint32_t> roots(2 * lengths.size());
  archive.get_into<std::uint32_t>("found/roots", roots);
  found_.clear();
  auto next = actions.begin();
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] < 1 || lengths[i] % spec_.action_size() != 0 || lengths[i] > actions.end() - next)
      throw std::runtime_error("'found/action_counts' does not fit the actions.");
    found_.push_back({{roots[2 * i], roots[2 * i + 1]}, {next, next + lengths[i]}});
    next += lengths[i];
  }
  if (next != actions.end()) throw std::runtime_error("'found/actions' holds more than its counts say.");
  if (explored[6] == 0) {
    try {
      learn_from_found();
    } catch (const std::invalid_argument& error) {
      throw std::runtime_error(std::string("'found/actions' cannot be flown: ") + error.what());
    }
  }
  if (starts_) starts_->load(archive);
  learner_.load(archive);
}

}  // namespace cairn::agents
