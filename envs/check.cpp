#include "envs/check.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <stdexcept>

#include "envs/canvas.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

/// What a check throws: how the world is at fault.
struct Fault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string number(float value) {
  return optim::text_of(value);
}
std::string in_bounds(const Component& component) {
  return "[" + number(component.low) + ", " + number(component.high) + "]";
}

constexpr std::uint32_t untouched = 0x7FA5A5A5;  // a NaN that no arithmetic gives
constexpr std::size_t fence = 32;                // floats on either side of an observation

/// A world whose observations are looked at: each must be written and finite, and nothing else.
class Watched {
 public:
  /// `bounded`: each must lie within its bounds, too.
  explicit Watched(const EnvironmentFactory& factory, bool bounded = false)
      : bounded_(bounded),
        world_(factory()),
        size_(static_cast<std::size_t>(world_->spec().observation_size())),
        buffer_(size_ + 2 * fence) {}

  Environment& world() { return *world_; }
  const Spec& spec() const { return world_->spec(); }
  std::vector<float> observation() const {
    return {buffer_.begin() + fence, buffer_.begin() + static_cast<std::ptrdiff_t>(fence + size_)};
  }

  void reset(std::uint64_t seed, std::uint32_t episode = 0) {
    reset(Start{.random = Random(seed, Stream::environment, 0, episode)});
  }
  void reset(const Start& start) {
    world_->reset(start, blank());
    look("after the reset");
  }
  void restore(const Snapshot& snapshot) {
    world_->restore(snapshot, blank());
    look("after a snapshot is restored");
  }
  Step step(Random& random) {
    std::vector<float> action(static_cast<std::size_t>(spec().action_size()));
    if (spec().discrete())
      action[0] = static_cast<float>(random.below(static_cast<std::uint32_t>(spec().actions())));
    else
      for (std::size_t i = 0; i < action.size(); ++i)
        action[i] = random.uniform(spec().action[i].low, spec().action[i].high);
    const Step step = world_->step(action, blank());
    look("after step " + std::to_string(world_->elapsed()));
    return step;
  }

 private:
  std::span<float> blank() {
    std::ranges::fill(buffer_, std::bit_cast<float>(untouched));
    return {buffer_.data() + fence, size_};
  }
  void look(const std::string& when) const {
    const auto is_untouched = [](float value) { return std::bit_cast<std::uint32_t>(value) == untouched; };
    const auto begin = buffer_.begin() + fence, end = begin + static_cast<std::ptrdiff_t>(size_);
    if (!std::all_of(buffer_.begin(), begin, is_untouched) || !std::all_of(end, buffer_.end(), is_untouched))
      throw Fault("writes more than its " + std::to_string(size_) + " observations");
    if (const auto missing = std::count_if(begin, end, is_untouched); missing != 0)
      throw Fault("writes only " + std::to_string(size_ - static_cast<std::size_t>(missing)) + " of its " +
                  std::to_string(size_) + " observations");
    for (std::size_t i = 0; i < size_; ++i) {
      const Component& component = spec().observation[i];
      const float value = begin[static_cast<std::ptrdiff_t>(i)];
      if (!std::isfinite(value)) throw Fault("shows '" + component.name + "' as " + number(value) + " " + when);
      if (bounded_ && (value < component.low || value > component.high))
        throw Fault("shows '" + component.name + "' as " + number(value) + " " + when + ", outside its bounds " +
                    in_bounds(component));
    }
  }

  bool bounded_;
  std::unique_ptr<Environment> world_;
  std::size_t size_;
  std::vector<float> buffer_;
};

bool ended(const Step& step) {
  return step.terminated || step.truncated;
}

/// A stretch of an episode, to be compared.
struct Stretch {
  std::vector<std::uint32_t> bits;  // so that NaN is like itself
  bool ended = false;
  bool operator==(const Stretch&) const = default;
};
Stretch play(Watched& watched, Random& random, int steps) {
  Stretch stretch;
  for (int i = 0; i < steps && !stretch.ended; ++i) {
    const Step step = watched.step(random);
    stretch.ended = ended(step);
    for (const float value : watched.observation()) stretch.bits.push_back(std::bit_cast<std::uint32_t>(value));
    stretch.bits.push_back(std::bit_cast<std::uint32_t>(step.reward));
    for (const bool said : {step.terminated, step.truncated, step.success}) stretch.bits.push_back(said ? 1 : 0);
  }
  return stretch;
}

void check_bounds(const std::string& what, const std::vector<Component>& components, bool finite) {
  for (const Component& component : components) {
    const std::string name = what + " '" + component.name + "'";
    if (component.name.empty()) throw Fault("has an " + what + " without a name");
    if (finite && !(std::isfinite(component.low) && std::isfinite(component.high)))
      throw Fault("has bounds " + in_bounds(component) + " for " + name + ", which must be finite");
    if (!(component.low < component.high) && !(component.low == component.high && !finite))
      throw Fault("has bounds " + in_bounds(component) + " for " + name + ", which are none");
  }
}

void spaces(const EnvironmentFactory& factory) {
  const std::unique_ptr<Environment> world = factory();
  if (world == nullptr) throw Fault("is made as nothing at all");
  const Spec& spec = world->spec();
  const auto whole = [&](const char* what, int value) {
    if (value < 1) throw Fault("has " + std::to_string(value) + " for " + what + ", which must be at least 1");
  };
  if (spec.observation.empty()) throw Fault("has no observations");
  if (spec.action.empty() && spec.action_names.empty()) throw Fault("has neither discrete actions nor continuous ones");
  if (!spec.action.empty() && !spec.action_names.empty()) throw Fault("has both discrete actions and continuous ones");
  check_bounds("observation", spec.observation, false);
  check_bounds("action", spec.action, true);
  check_bounds("state", spec.state, false);
  whole("its horizon", spec.horizon);
  whole("its steps a second", spec.steps_a_second);
  if (spec.difficulty && !(*spec.difficulty >= 0 && *spec.difficulty <= 1))
    throw Fault("has a difficulty of " + optim::text_of(*spec.difficulty) + ", which must lie in [0,1]");
  const GoalLayout& goal = spec.goal;
  if (goal.size < 0 || (goal && (goal.achieved < 0 || goal.desired < 0 ||
                                 std::max(goal.achieved, goal.desired) + goal.size > spec.observation_size())))
    throw Fault("has goals that lie outside its observations");
}

void observations(const EnvironmentFactory& factory) {
  Watched watched(factory, true);
  Random actions(1, Stream::policy);
  for (std::uint32_t episode = 0; episode < 3; ++episode) {
    watched.reset(1, episode);
    play(watched, actions, watched.spec().horizon);
  }
}

void seeds(const EnvironmentFactory& factory) {
  Watched fresh(factory), used(factory);
  Random actions(2, Stream::policy);
  used.reset(9);
  play(used, actions, 20);
  for (const std::uint64_t seed : {1, 2}) {
    fresh.reset(seed);
    used.reset(seed);
    if (fresh.observation() != used.observation())
      throw Fault("begins the same start otherwise after another episode was played");
  }
}

void determinism(const EnvironmentFactory& factory) {
  Watched one(factory), other(factory);
  for (std::uint32_t episode = 0; episode < 2; ++episode) {
    Random a(3, Stream::policy), b(3, Stream::policy);
    one.reset(3, episode);
    other.reset(3, episode);
    if (play(one, a, 200) != play(other, b, 200))
      throw Fault(
          "goes two ways from the same start by the same actions: every draw must come from the Random that "
          "the episode is given");
  }
}

void truncation(const EnvironmentFactory& factory) {
  Watched watched(factory);
  Random actions(4, Stream::policy);
  for (std::uint32_t episode = 0; episode < 3; ++episode) {
    watched.reset(4, episode);
    Step step;
    while (!ended(step)) {
      step = watched.step(actions);
      const int steps = watched.world().elapsed(), horizon = watched.spec().horizon;
      if (step.terminated && step.truncated) throw Fault("both terminates and truncates an episode");
      if (step.truncated != (!step.terminated && steps >= horizon))
        throw Fault("truncates an episode after " + std::to_string(steps) + " steps, at a horizon of " +
                    std::to_string(horizon));
    }
  }
}

void reward(const EnvironmentFactory& factory) {
  Watched watched(factory);
  Random actions(5, Stream::policy);
  for (std::uint32_t episode = 0; episode < 3; ++episode) {
    watched.reset(5, episode);
    for (Step step; !ended(step);) {
      step = watched.step(actions);
      if (!std::isfinite(step.reward))
        throw Fault("gives a reward of " + number(step.reward) + " at step " +
                    std::to_string(watched.world().elapsed()));
    }
  }
}

/// Notices what no backend could draw.
class CheckingCanvas final : public Canvas {
 public:
  void view(Point low, Point high) override {
    if (drawn_ > 0 || seen_) throw Fault("fixes its view() more than once, or after it has drawn");
    if (!(low.x < high.x && low.y < high.y)) throw Fault("fixes a view() that is empty");
    seen_ = true;
  }
  void fill(std::span<const Point> polygon, Color) override { shape(polygon, 3, 0); }
  void stroke(std::span<const Point> line, float width, Color, bool) override { shape(line, 2, width); }
  void disc(Point center, float radius, Color) override { shape({&center, 1}, 1, radius); }
  void ring(Point center, float radius, float width, Color) override { shape({&center, 1}, 1, radius + width); }
  void text(Point at, float height, std::string_view, Color) override { shape({&at, 1}, 1, height); }
  void finish() const {
    if (!seen_ || drawn_ == 0) throw Fault("draws nothing");
  }

 private:
  void shape(std::span<const Point> points, std::size_t least, float size) {
    if (!seen_) throw Fault("draws before it fixes its view()");
    if (points.size() < least) throw Fault("draws a shape of too few points");
    for (const Point& point : points)
      if (!std::isfinite(point.x) || !std::isfinite(point.y) || !std::isfinite(size))
        throw Fault("draws at numbers that are not finite");
    ++drawn_;
  }
  bool seen_ = false;
  int drawn_ = 0;
};

void drawing(const EnvironmentFactory& factory) {
  Watched watched(factory);
  Random actions(6, Stream::policy);
  watched.reset(6);
  for (int i = 0; i < 3; ++i) {
    CheckingCanvas canvas;
    watched.world().draw(canvas);
    canvas.finish();
    if (play(watched, actions, 10).ended) break;
  }
}

void snapshots(const EnvironmentFactory& factory) {
  Watched one(factory), other(factory);
  Random actions(7, Stream::policy), others(8, Stream::policy);
  other.reset(8);  // what was played before must not matter
  play(other, others, 5);
  one.reset(7);
  if (play(one, actions, std::min(10, (one.spec().horizon + 1) / 2)).ended) return;
  const Snapshot snapshot = one.world().snapshot();
  const std::vector<float> there = one.observation();
  Random rest = actions;
  const Stretch onwards = play(one, actions, 50);
  other.restore(snapshot);
  if (other.observation() != there || play(other, rest, 50) != onwards)
    throw Fault("goes on otherwise from a snapshot that was restored");
}

void masks(const EnvironmentFactory& factory) {
  Watched watched(factory);
  Random actions(8, Stream::policy);
  std::vector<float> legal(static_cast<std::size_t>(watched.spec().actions()));
  watched.reset(8);
  for (Step step; !ended(step); step = watched.step(actions)) {
    std::ranges::fill(legal, -1.0F);
    watched.world().mask(legal);
    if (std::ranges::any_of(legal, [](float mark) { return mark != 0 && mark != 1; }))
      throw Fault("marks actions by other numbers than 0 and 1");
    if (std::ranges::count(legal, 1.0F) == 0) throw Fault("leaves no action legal");
  }
}

void goals(const EnvironmentFactory& factory) {
  Watched watched(factory);
  const GoalLayout goal = watched.spec().goal;
  Random actions(9, Stream::policy);
  for (std::uint32_t episode = 0; episode < 3; ++episode) {
    watched.reset(9, episode);
    for (int i = 0; i < 20; ++i) {
      const std::vector<float> seen = watched.observation();
      const std::span<const float> achieved(seen.data() + goal.achieved, static_cast<std::size_t>(goal.size)),
          desired(seen.data() + goal.desired, static_cast<std::size_t>(goal.size));
      if (i == 0 && watched.world().reached(achieved, desired)) throw Fault("begins an episode at its goal");
      Eigen::MatrixXf both(goal.size, 2);
      both.col(0) = Eigen::Map<const Eigen::VectorXf>(achieved.data(), goal.size);
      both.col(1) = Eigen::Map<const Eigen::VectorXf>(desired.data(), goal.size);
      Eigen::VectorXf first(1), again(1);
      watched.world().compute_reward(both.col(0), both.col(1), first);
      watched.world().compute_reward(both.col(0), both.col(1), again);
      if (!std::isfinite(first[0]) || first[0] != again[0])
        throw Fault("computes a reward of goals that is not finite, or another one each time");
      if (ended(watched.step(actions))) break;
    }
  }
}

void states(const EnvironmentFactory& factory) {
  Watched visitor(factory), world(factory);
  Random actions(10, Stream::policy);
  visitor.reset(10);
  if (play(visitor, actions, 10).ended) return;
  const Start start{.random = Random(11, Stream::environment), .state = visitor.world().state()};
  world.reset(start);
  if (world.world().state() != start.state) throw Fault("does not stand in the state that an episode was begun in");
  visitor.reset(start);
  Random a = actions, b = actions;
  if (play(world, a, 50) != play(visitor, b, 50)) throw Fault("goes two ways from the same state");
}

std::string fault_of(void (*check)(const EnvironmentFactory&), const EnvironmentFactory& factory) {
  try {
    check(factory);
  } catch (const Fault& fault) {
    return fault.what();
  } catch (const std::exception& error) {
    return std::string("throws: ") + error.what();
  } catch (...) {
    return "throws what is no std::exception";
  }
  return "";
}

}  // namespace

std::vector<Check> check_environment(const EnvironmentFactory& factory) {
  std::vector<Check> checks;
  const auto run = [&](const char* name, void (*check)(const EnvironmentFactory&)) {
    checks.push_back({name, fault_of(check, factory)});
    return checks.back().fault.empty();
  };
  if (!run("spaces", spaces) || !run("observations", observations)) return checks;
  run("seeds", seeds);
  run("determinism", determinism);
  run("truncation", truncation);
  run("reward", reward);
  run("drawing", drawing);
  run("snapshots", snapshots);
  const Spec spec = factory()->spec();
  if (spec.masks) run("masks", masks);
  if (spec.goal) run("goals", goals);
  if (!spec.state.empty()) run("states", states);
  return checks;
}

std::string fault_in_play(const EnvironmentFactory& factory) {
  return fault_of(reward, factory);
}

std::string first_fault(const EnvironmentFactory& factory) {
  if (std::string fault = fault_of(spaces, factory); !fault.empty()) return fault;
  return fault_of(
      [](const EnvironmentFactory& make) {
        Watched watched(make, true);
        Random actions(1, Stream::policy);
        watched.reset(1);
        play(watched, actions, 2);
      },
      factory);
}

}  // namespace cairn::envs
