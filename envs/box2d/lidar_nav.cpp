#include "envs/box2d/lidar_nav.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string>

#include "envs/box2d/world.h"
#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

constexpr float pi = std::numbers::pi_v<float>;
constexpr float dt = 0.1F;  // s
constexpr int velocity_iterations = 8, position_iterations = 3;
constexpr int horizon = 500;                                     // steps
constexpr float half = 0.25F;                                    // m, of the square robot
constexpr float fastest = 1, fastest_turn = 0.6F;                // m/s, rad/s
constexpr float speed_up = 1, turn_up = 1;                       // m/s², rad/s², the strongest
constexpr float sight = 6;                                       // m
constexpr float close = 0.4F;                                    // m, of a beam's end, which the dense reward fines
constexpr auto edge = static_cast<float>(LidarLevel::size);      // m
constexpr std::size_t rows = LidarLevel::size - 2, rows_at = 7;  // of a state

Spec make_spec(const LidarNavOptions& options) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  Spec spec;
  spec.id = "lidar_nav";
  spec.summary = "Drive a robot with range finders through random obstacles to a goal.";
  spec.achieved = "Drove through to the goal.";
  for (int i = 0; i < options.beams; ++i)
    spec.observation.push_back({"beam " + std::to_string(i), "6 m, less 0.5", -0.5F, 0.5F});
  spec.observation.insert(spec.observation.end(), {{"speed", "m/s, less 0.5", -0.5F, 0.5F},
                                                   {"turning", "0.6 rad/s", -1, 1},
                                                   {"goal distance", "6 m, less 0.5", -0.5F, 0.5F},
                                                   {"goal bearing", "pi rad", -1, 1}});
  if (options.continuous)
    spec.action = {{"speed", "m/s", 0, fastest}, {"turning", "rad/s", -fastest_turn, fastest_turn}};
  else
    spec.action_names = {"stand", "turn left", "turn right", "ahead", "ahead and left", "ahead and right"};
  spec.horizon = horizon;
  spec.steps_a_second = 20;  // twice as fast as it is
  if (options.reward == Reward::sparse) spec.return_threshold = 0.9;
  spec.difficulty = options.difficulty;
  spec.state = {{"x", "m", 1, edge - 1},
                {"y", "m", 1, edge - 1},
                {"heading", "rad", -inf, inf},
                {"speed", "m/s", 0, fastest},
                {"turning", "rad/s", -fastest_turn, fastest_turn},
                {"goal x", "m", 1, edge - 1},
                {"goal y", "m", 1, edge - 1}};
  for (std::size_t i = 0; i < rows; ++i)
    spec.state.push_back({"obstacles of row " + std::to_string(i + 1), "bits", 0, (1 << rows) - 1});
  spec.bytes = world_bytes;
  return spec;
}

/// The closest turn to `angle`, in [-pi, pi].
float wrapped(float angle) {
  return std::clamp(std::remainder(angle, 2 * pi), -pi, pi);
}

float changed(float now, float wanted, float most) {
  return now + std::clamp(wanted - now, -most, most);
}

}  // namespace

LidarNav::LidarNav(const LidarNavOptions& options)
    : Environment(make_spec(options)),
      options_(optim::checked(spec().id, options)),
      ranges_(static_cast<std::size_t>(options.beams)) {}

LidarNav::~LidarNav() = default;

void LidarNav::start(Random& random) {
  const auto [level, cell] = LidarLevel::drawn(random, difficulty(), options_.solvable);
  level_ = level;
  motion_ = {};
  build(LidarLevel::centre(cell), random.uniform(-pi, pi));
}

void LidarNav::start_in(std::span<const float> state) {
  std::array<int, rows> obstacles;
  for (std::size_t i = 0; i < rows; ++i) obstacles[i] = static_cast<int>(state[rows_at + i]);
  level_ = LidarLevel::of(obstacles, {state[5], state[6]});
  motion_ = {state[3], state[4]};
  build({state[0], state[1]}, state[2]);
}

void LidarNav::write_state(std::span<float> state) const {
  const Point goal = level_->goal();
  const float values[] = {place().x, place().y, robot_->GetAngle(), motion_.speed, motion_.turning, goal.x, goal.y};
  std::ranges::copy(values, state.begin());
  const std::array<int, rows> obstacles = level_->rows();
  for (std::size_t i = 0; i < rows; ++i) state[rows_at + i] = static_cast<float>(obstacles[i]);
}

void LidarNav::check_state(std::span<const float> state) const {
  std::array<int, rows> obstacles;
  for (std::size_t i = 0; i < rows; ++i) {
    const float bits = state[rows_at + i];
    if (bits != std::floor(bits))
      throw std::invalid_argument("lidar_nav: a state's rows of obstacles are whole numbers.");
    obstacles[i] = static_cast<int>(bits);
  }
  const Point robot{state[0], state[1]}, goal{state[5], state[6]};
  const LidarLevel level = LidarLevel::of(obstacles, goal);
  if (level.blocked(LidarLevel::cell_at(robot)) || level.blocked(LidarLevel::cell_at(goal)))
    throw std::invalid_argument("lidar_nav: robot and goal of a state cannot lie in an obstacle.");
  if (std::hypot(goal.x - robot.x, goal.y - robot.y) <= goal_radius(1))
    throw std::invalid_argument("lidar_nav: a state in which the goal is reached starts no episode.");
}

/// The robot in its level.
void LidarNav::build(Point place, float heading) {
  world_ = make_world({0, 0});
  b2BodyDef still;
  b2Body* obstacles = world_->CreateBody(&still);
  b2PolygonShape box;
  for (int cell = 0; cell < LidarLevel::size * LidarLevel::size; ++cell) {
    if (!level_->blocked(cell)) continue;
    const Point centre = LidarLevel::centre(cell);
    box.SetAsBox(0.5F, 0.5F, {centre.x, centre.y}, 0);
    obstacles->CreateFixture(&box, 0);
  }

  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.allowSleep = false;
  body.position = {place.x, place.y};
  body.angle = heading;
  robot_ = world_->CreateBody(&body);
  box.SetAsBox(half, half);
  robot_->CreateFixture(&box, 1);
  const b2MassData about_middle{1, {0, 0}, half * half};
  robot_->SetMassData(&about_middle);
  look();
}

Point LidarNav::place() const {
  return {robot_->GetPosition().x, robot_->GetPosition().y};
}

float LidarNav::goal_radius(double difficulty) {
  return 0.5F - 0.2F * static_cast<float>(difficulty);  // m
}

float LidarNav::to_goal() const {
  return std::hypot(level_->goal().x - place().x, level_->goal().y - place().y);
}

bool LidarNav::crashed() const {
  for (const b2ContactEdge* touch = robot_->GetContactList(); touch != nullptr; touch = touch->next)
    if (touch->contact->IsTouching()) return true;
  return false;
}

/// Measures along all beams.
void LidarNav::look() {
  const float heading = robot_->GetAngle(), between = 2 * pi / static_cast<float>(options_.beams);
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    const float angle = heading - pi + between * static_cast<float>(i);
    ranges_[i] = level_->sight(place(), {std::cos(angle), std::sin(angle)}, sight);
  }
}

Step LidarNav::advance(std::span<const float> action) {
  constexpr std::array<Command, 6> choices{
      {{0, 0}, {0, fastest_turn}, {0, -fastest_turn}, {fastest, 0}, {fastest, fastest_turn}, {fastest, -fastest_turn}}};
  const Command command =
      options_.continuous ? Command{action[0], action[1]} : choices[static_cast<std::size_t>(action[0])];
  motion_ = {changed(motion_.speed, command.speed, speed_up * dt),
             changed(motion_.turning, command.turning, turn_up * dt)};
  const float before = to_goal();
  // x += v cos(heading) dt with the heading before the turn: what Box2D does with these velocities.
  robot_->SetLinearVelocity(motion_.speed * robot_->GetWorldVector({1, 0}));
  robot_->SetAngularVelocity(motion_.turning);
  world_->Step(dt, velocity_iterations, position_iterations);
  look();

  Step step;
  const bool crash = crashed();
  step.success = !crash && to_goal() <= goal_radius(difficulty());
  step.terminated = crash || step.success;
  if (options_.reward == Reward::sparse) {
    step.reward = step.success ? 1.0F : 0.0F;
    return step;
  }
  step.reward = -0.01F + (step.success ? 4 : 0.25F * (before - to_goal()));
  if (crash) step.reward -= 4;
  if (std::ranges::min(ranges_) <= close) step.reward -= 0.1F;
  return step;
}

void LidarNav::observe(std::span<float> observation) const {
  for (std::size_t i = 0; i < ranges_.size(); ++i) observation[i] = ranges_[i] / sight - 0.5F;
  const float dx = level_->goal().x - place().x, dy = level_->goal().y - place().y;
  const std::span<float> rest = observation.subspan(ranges_.size());
  rest[0] = motion_.speed - 0.5F;
  rest[1] = motion_.turning / fastest_turn;
  rest[2] = std::min(std::hypot(dx, dy), sight) / sight - 0.5F;
  rest[3] = wrapped(std::atan2(dy, dx) - robot_->GetAngle()) / pi;
}

// From cell to cell on the shortest way: turn towards the next one's centre while standing, then drive as fast as there
// is room to brake before the next turn.
bool LidarNav::pilot(std::span<const float>, std::span<float> action) const {
  const int here = LidarLevel::cell_at(place());
  int stop = level_->next(here);
  const auto leg = [&](int to) {
    const Point centre = to == LidarLevel::cell_at(level_->goal()) ? level_->goal() : LidarLevel::centre(to);
    return Point{centre.x - place().x, centre.y - place().y};
  };
  // Off the middle of this cell by much, go there first: corners are near.
  const Point middle = leg(here), ahead = leg(stop);
  const float along = std::hypot(ahead.x, ahead.y);
  const float beside = std::abs(middle.x * ahead.y - middle.y * ahead.x) / std::max(along, 1e-3F);
  if (beside > 0.15F) stop = here;
  // A straight row of cells is driven in one go.
  if (stop != here)
    for (const int offset = stop - here; level_->next(stop) == stop + offset;) stop += offset;

  const Point way = leg(stop);
  const float left = std::hypot(way.x, way.y), error = wrapped(std::atan2(way.y, way.x) - robot_->GetAngle());
  const float turning = std::copysign(std::min(fastest_turn, std::sqrt(1.6F * turn_up * std::abs(error))), error);
  const float speed = std::abs(error) > 0.15F ? 0.0F : std::min(fastest, std::sqrt(1.6F * speed_up * left));
  if (options_.continuous) {
    action[0] = speed;
    action[1] = std::clamp(turning, -fastest_turn, fastest_turn);
    return true;
  }
  // The commands that bring both nearest to what is wanted.
  const auto best = [](float now, float wanted, std::span<const float> commands, float most) {
    const auto miss = [&](float command) { return std::abs(changed(now, command, most) - wanted); };
    return static_cast<float>(std::ranges::min_element(commands, {}, miss) - commands.begin());
  };
  constexpr std::array<float, 3> turns{0, fastest_turn, -fastest_turn};
  constexpr std::array<float, 2> speeds{0, fastest};
  action[0] =
      3 * best(motion_.speed, speed, speeds, speed_up * dt) + best(motion_.turning, turning, turns, turn_up * dt);
  return true;
}

void LidarNav::draw(Canvas& canvas) const {
  constexpr float frame = 0.3F;  // m, as much of the outer cells as is shown
  constexpr Color floor_color{30, 36, 52};
  const Point low{1 - frame, 1 - frame}, high{edge - 1 + frame, edge - 1 + frame};
  canvas.view(low, high);
  canvas.fill(std::array<Point, 4>{low, {high.x, low.y}, high, {low.x, high.y}}, palette::ground);
  canvas.fill(rectangle({0.5F * edge, 0.5F * edge}, 0.5F * edge - 1, 0.5F * edge - 1), floor_color);
  if (!robot_) return;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {  // beams, and what they hit
    const float angle = robot_->GetAngle() - pi + 2 * pi / static_cast<float>(options_.beams) * static_cast<float>(i);
    const Point end{place().x + ranges_[i] * std::cos(angle), place().y + ranges_[i] * std::sin(angle)};
    line(canvas, place(), end, 0.02F, {palette::blue.r, palette::blue.g, palette::blue.b, 90});
    if (ranges_[i] < sight) canvas.disc(end, 0.05F, palette::blue);
  }
  for (int cell = 0; cell < LidarLevel::size * LidarLevel::size; ++cell)
    if (level_->blocked(cell) && LidarLevel::is_inner(cell))  // a little larger: neighbours leave no seam
      canvas.fill(rectangle(LidarLevel::centre(cell), 0.505F, 0.505F), palette::ground);

  const Point goal = level_->goal();
  const Color green = palette::green;
  canvas.disc(goal, goal_radius(difficulty()), {green.r, green.g, green.b, 90});
  canvas.ring(goal, goal_radius(difficulty()), 0.06F, green);
  canvas.earned_at(goal);
  line(canvas, {goal.x, goal.y - 0.1F}, {goal.x, goal.y + 0.4F}, 0.05F, palette::ink);
  canvas.fill(
      std::array<Point, 3>{{{goal.x, goal.y + 0.42F}, {goal.x, goal.y + 0.15F}, {goal.x + 0.32F, goal.y + 0.28F}}},
      green);

  const float heading = robot_->GetAngle(), c = std::cos(heading), s = std::sin(heading);
  const auto at = [&](float x, float y) { return Point{place().x + c * x - s * y, place().y + s * x + c * y}; };
  canvas.fill(rectangle(place(), half, half, heading), crashed() ? palette::vermilion : palette::yellow);
  canvas.fill(std::array<Point, 3>{at(0.2F, 0), at(-0.05F, 0.15F), at(-0.05F, -0.15F)},
              palette::sky);  // where it faces
}

}  // namespace cairn::envs
