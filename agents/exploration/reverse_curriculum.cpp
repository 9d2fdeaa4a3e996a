#include "agents/exploration/reverse_curriculum.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agents/archive/archive.h"
#include "agents/learner/state.h"
#include "optim/options.h"

namespace cairn::agents {

namespace {

constexpr double farthest_share = 0.5, any_share = 1.0 / 3, usual_at_the_end = 0.5;

ReverseCurriculumOptions checked(const ReverseCurriculumOptions& options) {
  if (options.low >= options.high)
    throw std::invalid_argument("reverse: 'low' cannot be " + optim::text_of(options.low) +
                                "; allowed: less than 'high', which is " + optim::text_of(options.high) + ".");
  return optim::checked("reverse", options);
}

void require_states(const envs::Spec& spec) {
  if (spec.state.empty())
    throw std::invalid_argument("The curriculum 'reverse' begins episodes in a state, and those of '" + spec.id +
                                "' cannot begin in one.");
}

bool has_pilot(const envs::Environment& world) {
  const std::vector<float> observation(static_cast<std::size_t>(world.spec().observation_size()));
  std::vector<float> action(static_cast<std::size_t>(world.spec().action_size()));
  return world.pilot(observation, action);
}

/// What the world's pilot passes through in an episode, step after step; nothing where it does not succeed.
ReverseCurriculum::Flight flight(envs::Environment& world, const envs::Random& random) {
  std::vector<float> observation(static_cast<std::size_t>(world.spec().observation_size()));
  std::vector<float> action(static_cast<std::size_t>(world.spec().action_size()));
  ReverseCurriculum::Flight states;
  bool success = false;
  world.reset(random, observation);
  for (envs::Step step; !step.terminated && !step.truncated && !success;) {
    states.push_back(world.state());
    world.pilot(observation, action);
    step = world.step(action, observation);
    success = step.success;
  }
  if (!success) states.clear();
  return states;
}

}  // namespace

ReverseCurriculum::ReverseCurriculum(const envs::Environment& world, ReverseCurriculumOptions options)
    : options_(checked(options)) {
  const std::string& id = world.spec().id;
  require_states(world.spec());
  if (options_.demos > 0 && !has_pilot(world))
    throw std::invalid_argument("The curriculum 'reverse' needs flights to start from, and '" + id +
                                "' has no hand-written pilot; 'reverse:demos=0,visited=true' does without.");
  if (options_.demos == 0 && !options_.visited)
    throw std::invalid_argument("The curriculum 'reverse' has nowhere to start from with demos=0 and visited=false.");
}

ReverseCurriculum::ReverseCurriculum(const envs::Environment& world, ReverseCurriculumOptions options,
                                     std::vector<Flight> flights)
    : options_(checked(options)), given_(std::move(flights)) {
  require_states(world.spec());
  options_.demos = static_cast<int>(given_.size());
}

void ReverseCurriculum::begin(const Run& run) {
  seed_ = run.seed;
  world_ = run.factory();
  window_ = AssignedWindow(run.environments, options_.window);
  visited_.clear();
  next_id_ = iterations_ = 0;
  noted_.assign(static_cast<std::size_t>(run.environments), {});
  flights_.clear();
  if (options_.demos > 0) fly(run);
  reach_ = 0;
  move_back();
  sort_out();
  running_.begin(run.environments, [this](int column, std::uint32_t episode) { return choice(column, episode); });
}

void ReverseCurriculum::fly(const Run& run) {
  for (const Flight& flight : given_) open(flight);
  for (int e = 0; given_.empty() && e < options_.demos; ++e)
    open(flight(*world_, envs::Random(run.seed, envs::Stream::demonstration, 0, static_cast<std::uint32_t>(e))));
  if (flights_.empty())
    throw std::invalid_argument("The curriculum 'reverse' has nowhere to start from: none of " +
                                std::to_string(options_.demos) + " flights succeeded.");
  std::ranges::stable_sort(flights_, {}, &Place::left);
  longest_ = flights_.back().left;
}

/// Every `spacing`-th state from the end.
void ReverseCurriculum::open(const Flight& flight) {
  const auto spacing = static_cast<std::size_t>(options_.spacing);
  for (std::size_t left = spacing; left <= flight.size(); left += spacing)
    if (const auto& state = flight[flight.size() - left]; usable(state))
      flights_.push_back({.state = state, .left = static_cast<std::int64_t>(left)});
}

/// To the next distance at which there is a start, or beyond all.
void ReverseCurriculum::move_back() {
  const auto next = std::ranges::find_if(flights_, [this](const Place& place) { return place.left > reach_; });
  reach_ = next != flights_.end() ? next->left : longest_ + options_.spacing;
}

/// Whether an episode can begin in it. A state is rounded to float, and may so have left the world's bounds.
bool ReverseCurriculum::usable(const std::vector<float>& state) {
  std::vector<float> observation(static_cast<std::size_t>(world_->spec().observation_size()));
  try {
    world_->reset(envs::Start{.random = {}, .difficulty = {}, .state = state}, observation);
  } catch (const std::invalid_argument&) {
    return false;
  }
  return true;
}

ReverseCurriculum::Choice ReverseCurriculum::choice(int column, std::uint32_t episode) const {
  envs::Random random(seed_, envs::Stream::curriculum, static_cast<std::uint32_t>(column), episode);
  const double usual = all_mastered() ? std::max(options_.usual, usual_at_the_end) : options_.usual;
  const auto one_of = [&](const std::vector<Choice>& choices) {
    return choices[random.below(static_cast<std::uint32_t>(choices.size()))];
  };
  if (random.uniform_double() < usual || open_.empty()) return {};
  if (!farthest_.empty() && random.uniform_double() < farthest_share) {
    Choice chosen = one_of(farthest_);
    chosen.window = window_.number();
    return chosen;
  }
  return random.uniform_double() < any_share || good_.empty() ? one_of(open_) : one_of(good_);
}

envs::Start ReverseCurriculum::choose(int column, std::uint32_t episode, envs::Start usual) const {
  const Choice chosen = choice(column, episode);
  if (chosen.from == Choice::From::flight)
    usual.state = flights_[static_cast<std::size_t>(chosen.place)].state;
  else if (chosen.from == Choice::From::visited)
    usual.state = std::ranges::find(visited_, chosen.place, &Place::id)->state;
  return usual;
}

void ReverseCurriculum::learn(std::span<const envs::Episode> finished, const envs::VectorEnvironment& worlds) {
  std::vector<std::pair<Choice, bool>> played;
  std::vector<std::vector<float>> led_to_success;
  running_.settle(
      finished, [this](int column, std::uint32_t episode) { return choice(column, episode); },
      [&](const envs::Episode& episode, const Choice& began) {
        played.emplace_back(began, episode.success);
        window_.count(episode.environment, began.window, episode.success);
        auto& noted = noted_[static_cast<std::size_t>(episode.environment)];
        if (episode.success && !noted.empty()) led_to_success.push_back(std::move(noted));
        noted.clear();  // what ran there ended; the column's next episode was noted nowhere
      });
  for (const auto& [choice, success] : played) record(choice, success);
  if (options_.visited) {
    for (std::vector<float>& state : led_to_success) visit(std::move(state), true);
    note(worlds);
  }
  ++iterations_;
  if (!flights_.empty()) {
    const bool moves = window_.least() >= options_.advance;
    if (moves) move_back();
    if (moves || window_.most() < options_.advance) window_.open_next();
  }
  sort_out();
}

void ReverseCurriculum::record(const Choice& choice, bool success) {
  if (choice.from == Choice::From::flight)
    flights_[static_cast<std::size_t>(choice.place)].outcomes.add(success, options_.plays);
  if (choice.from != Choice::From::visited) return;
  const auto place = std::ranges::find(visited_, choice.place, &Place::id);
  if (place == visited_.end()) return;  // it gave way meanwhile
  place->outcomes.add(success, options_.plays);
  if (place->outcomes.plays == options_.plays && place->outcomes.rate() < options_.low) visited_.erase(place);
}

/// Notes where the running episodes stand, and takes one of them as a start.
void ReverseCurriculum::note(const envs::VectorEnvironment& worlds) {
  for (int column = 0; column < worlds.size(); ++column)
    noted_[static_cast<std::size_t>(column)] = worlds.environment(column).state();
  visit(noted_[static_cast<std::size_t>(iterations_ % worlds.size())], false);
}

/// Keeps a visited state, in the place of the most successful where all places are taken.
void ReverseCurriculum::visit(std::vector<float> state, bool succeeded) {
  if (!usable(state)) return;
  if (visited_.size() == static_cast<std::size_t>(options_.starts)) {
    const auto rate = [&](const Place& place) {
      return place.outcomes.plays == options_.plays ? place.outcomes.rate() : -1;
    };
    const auto most = std::ranges::max_element(visited_, {}, rate);
    if (rate(*most) < 0) return;
    visited_.erase(most);
  }
  Place place{.state = std::move(state), .id = next_id_++};
  if (succeeded) place.outcomes.add(true, options_.plays);
  visited_.push_back(std::move(place));
}

/// Which starts are open, of them the farthest, and those to learn from.
void ReverseCurriculum::sort_out() {
  farthest_.clear();
  good_.clear();
  open_.clear();
  const auto add = [this](const Choice& choice, const Outcomes& outcomes) {
    open_.push_back(choice);
    const bool known = outcomes.plays == options_.plays;
    if (!known || (outcomes.rate() > options_.low && outcomes.rate() < options_.high)) good_.push_back(choice);
  };
  for (std::size_t i = 0; i < flights_.size() && flights_[i].left <= reach_; ++i) {
    const Choice choice{Choice::From::flight, static_cast<std::int64_t>(i)};
    if (flights_[i].left > reach_ - options_.spacing) farthest_.push_back(choice);
    add(choice, flights_[i].outcomes);
  }
  for (const Place& place : visited_) add({Choice::From::visited, place.id}, place.outcomes);
}

void ReverseCurriculum::report(Telemetry& telemetry) const {
  if (options_.demos > 0) {
    telemetry.report("train/reach", static_cast<double>(std::min(reach_, longest_)));
    telemetry.report("train/reach_success", window_.last_rate());
  }
  telemetry.report("train/starts", static_cast<double>(good_.size()));
}

/// Of the flights' starts; where there are none, of the visited ones.
Standings ReverseCurriculum::standings() const {
  Standings all{flights_.empty() ? "start, the oldest first" : "steps before the end", {}};
  for (const Place& place : flights_)
    if (place.outcomes.plays > 0)
      all.levels.push_back({static_cast<double>(place.left), place.outcomes.plays, place.outcomes.rate()});
  if (flights_.empty())
    for (const Place& place : visited_)
      all.levels.push_back({static_cast<double>(all.levels.size()), place.outcomes.plays, place.outcomes.rate()});
  return all;
}

void ReverseCurriculum::save(Archive& archive) const {
  const auto outcomes_of = [](const std::vector<Place>& places) {
    std::vector<Outcomes> all;
    all.reserve(places.size());
    for (const Place& place : places) all.push_back(place.outcomes);
    return all;
  };
  archive.put_value("curriculum/reach", reach_);
  archive.put_value("curriculum/iterations", iterations_);
  window_.save(archive, "curriculum/window");
  put_outcomes(archive, "curriculum/flights", outcomes_of(flights_));  // which are flown anew

  put_outcomes(archive, "curriculum/visited", outcomes_of(visited_));
  std::vector<float> states;
  std::vector<std::int64_t> ids;
  for (const Place& place : visited_) {
    states.insert(states.end(), place.state.begin(), place.state.end());
    ids.push_back(place.id);
  }
  archive.put("curriculum/visited/states", states);
  archive.put("curriculum/visited/ids", ids);
  archive.put_value("curriculum/visited/next", next_id_);

  std::vector<float> noted;
  std::vector<std::int64_t> from, places, windows, is_noted;
  for (std::size_t i = 0; i < noted_.size(); ++i) {
    const Choice& choice = running_.choices[i];
    from.push_back(static_cast<std::int64_t>(choice.from));
    places.push_back(choice.place);
    windows.push_back(choice.window);
    is_noted.push_back(noted_[i].empty() ? 0 : 1);
    noted.insert(noted.end(), noted_[i].begin(), noted_[i].end());
  }
  archive.put("curriculum/running/from", from);
  archive.put("curriculum/running/places", places);
  archive.put("curriculum/running/windows", windows);
  archive.put("curriculum/running/is_noted", is_noted);
  archive.put("curriculum/running/noted", noted);
}

void ReverseCurriculum::load(const Archive& archive) {
  const std::size_t columns = noted_.size(), size = world_->spec().state.size();
  const auto count = [&](const std::string& name, std::int64_t low, std::int64_t high) {
    return read_range<std::int64_t>(archive, "curriculum/" + name, 1, low, high).front();
  };
  const auto refuse = [](const std::string& name) {
    throw std::runtime_error("'curriculum/" + name + "' does not fit the run.");
  };
  /// States one after the other, each of which an episode can begin in.
  const auto states_of = [&](const std::string& name, std::size_t states) {
    const auto numbers = archive.get<float>("curriculum/" + name);
    if (numbers.size() != states * size) refuse(name);
    std::vector<std::vector<float>> list;
    for (std::size_t i = 0; i < states; ++i)
      list.emplace_back(numbers.begin() + static_cast<std::ptrdiff_t>(i * size),
                        numbers.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
    return list;
  };
  reach_ = count("reach", options_.spacing, longest_ + options_.spacing);
  iterations_ = count("iterations", 0, longest_run);
  window_.load(archive, "curriculum/window");
  const auto flown = get_outcomes(archive, "curriculum/flights", 0, options_.plays);
  if (flown.size() != flights_.size()) refuse("flights/plays");
  for (std::size_t i = 0; i < flown.size(); ++i) flights_[i].outcomes = flown[i];

  next_id_ = count("visited/next", 0, longest_run);
  const auto outcomes = get_outcomes(archive, "curriculum/visited", 0, options_.plays);
  if (outcomes.size() > static_cast<std::size_t>(options_.starts)) refuse("visited/plays");
  const auto ids = read_range<std::int64_t>(archive, "curriculum/visited/ids", outcomes.size(), 0, next_id_ - 1);
  const auto states = states_of("visited/states", outcomes.size());
  visited_.clear();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (!usable(states[i]) || (i > 0 && ids[i] <= ids[i - 1])) refuse("visited/states");
    visited_.push_back({.state = states[i], .id = ids[i], .outcomes = outcomes[i]});
  }

  const auto from = read_range<std::int64_t>(archive, "curriculum/running/from", columns, 0, 2);
  const auto places = read_range<std::int64_t>(archive, "curriculum/running/places", columns, 0, longest_run);
  const auto windows = read_range<std::int64_t>(archive, "curriculum/running/windows", columns, -1, window_.number());
  const auto is_noted = read_range<std::int64_t>(archive, "curriculum/running/is_noted", columns, 0, 1);
  const auto noted =
      states_of("running/noted", static_cast<std::size_t>(std::ranges::count(is_noted, std::int64_t{1})));
  for (std::size_t i = 0, next = 0; i < columns; ++i) {
    running_.choices[i] = {Choice::From{from[i]}, places[i], windows[i]};
    if (running_.choices[i].from == Choice::From::flight && places[i] >= static_cast<std::int64_t>(flights_.size()))
      refuse("running/places");
    noted_[i] = is_noted[i] == 1 ? noted[next++] : std::vector<float>();
  }
  sort_out();
}

}  // namespace cairn::agents
