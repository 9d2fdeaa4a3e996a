#include "envs/box2d/point_maze.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "envs/box2d/world.h"
#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

constexpr float dt = 0.02F;         // s
constexpr float mass = 1.0F;        // kg
constexpr float radius = 0.15F;     // m; corridors are 1 m wide
constexpr float strongest = 10.0F;  // N, of the whole force
constexpr float damping = 2.0F;     // 1/s
constexpr float fastest = 5.0F;     // m/s, as in the model
constexpr float tolerance = 0.45F;  // m, as in the model
constexpr float shift = 0.25F;      // m, largest of goal and start from their cell's centre, as in the model
constexpr float entrance = 0.375F;  // m, from its centre, where a teleporter takes hold; a quarter of OGBench's
constexpr double nearest = 0.85;    // of the longest way, that a start is at least away from its goal
constexpr int velocity_iterations = 8, position_iterations = 3;

constexpr float diagonal = 0.70710678F;
constexpr std::array<Point, 9> directions{{{0, 0},
                                           {1, 0},
                                           {diagonal, diagonal},
                                           {0, 1},
                                           {-diagonal, diagonal},
                                           {-1, 0},
                                           {-diagonal, -diagonal},
                                           {0, -1},
                                           {diagonal, -diagonal}}};

int horizon(Maze maze) {  // steps
  switch (maze) {
    case Maze::umaze:
      return 150;
    case Maze::medium:
      return 600;
    case Maze::large:
      return 800;
    case Maze::giant:
      return 1300;
    case Maze::teleport:
      break;
  }
  return 1200;
}

PointMazeOptions checked(const PointMazeOptions& options) {
  if (options.task > static_cast<int>(MazeMap::of(options.map).tasks().size()) && options.task <= 5)
    throw std::invalid_argument("point_maze: the map '" + std::string(to_string(options.map)) +
                                "' has no fixed tasks; medium, large, giant and teleport have five each.");
  return optim::checked("point_maze", options);
}

Spec make_spec(const PointMazeOptions& options) {
  const MazeMap& map = MazeMap::of(options.map);
  const float x = 0.5F * static_cast<float>(map.columns()), y = 0.5F * static_cast<float>(map.rows());
  Spec spec;
  spec.id = "point_maze";
  spec.summary = "Push a disc through a maze to a goal that is paid for only when reached.";
  spec.achieved = "Found the way to the goal.";
  spec.observation = {
      {"x", "m", -x, x},      {"y", "m", -y, y},     {"vx", "m/s", -fastest, fastest}, {"vy", "m/s", -fastest, fastest},
      {"goal x", "m", -x, x}, {"goal y", "m", -y, y}};
  if (options.continuous)
    spec.action = {{"force x", "10 N", -1, 1}, {"force y", "10 N", -1, 1}};
  else
    spec.action_names = {"none",          "right", "right and up",  "up", "left and up", "left",
                         "left and down", "down",  "right and down"};
  spec.horizon = horizon(options.map);
  spec.goal = {.achieved = 0, .desired = 4, .size = 2, .terminates = true};
  if (options.reward == Reward::sparse) spec.return_threshold = 0.9;
  spec.difficulty = options.difficulty;
  spec.state = spec.observation;
  spec.bytes = world_bytes;
  return spec;
}

}  // namespace

PointMaze::PointMaze(const PointMazeOptions& options)
    : Environment(make_spec(options)), options_(checked(options)), map_(MazeMap::of(options.map)) {}

PointMaze::~PointMaze() = default;

void PointMaze::find_goals() {
  const MazeMap::Task* task = options_.task == 0 ? nullptr : &map_.tasks()[static_cast<std::size_t>(options_.task) - 1];
  const int whole = task ? map_.steps(task->start, task->goal) : map_.longest();
  const int farthest = std::max(1, static_cast<int>(std::lround(difficulty() * whole)));
  if (farthest == farthest_) return;
  farthest_ = farthest;
  goals_.clear();
  if (task) {
    int start = task->start;
    while (map_.steps(start, task->goal) > farthest) start = map_.next(start, task->goal);
    goals_.push_back({task->goal, {start}});
    return;
  }
  for (const int cell : map_.cells()) {
    Goal goal{cell, {}};
    for (const int start : map_.cells())
      if (const int way = map_.steps(start, cell); way >= nearest * farthest && way <= farthest)
        goal.starts.push_back(start);
    if (!goal.starts.empty()) goals_.push_back(std::move(goal));
  }
}

void PointMaze::start(Random& random) {
  find_goals();
  const auto one_of = [&](const auto& list) -> const auto& {
    return list[random.below(static_cast<std::uint32_t>(list.size()))];
  };
  const auto shifted = [&](int cell) {
    const Point centre = map_.centre(cell);
    const float x = random.uniform(-shift, shift), y = random.uniform(-shift, shift);
    return Point{centre.x + x, centre.y + y};
  };
  const Goal& goal = one_of(goals_);
  goal_ = shifted(goal.cell);
  build(shifted(one_of(goal.starts)));
}

void PointMaze::start_in(std::span<const float> state) {
  goal_ = {state[4], state[5]};
  build({state[0], state[1]});
  disc_->SetLinearVelocity({state[2], state[3]});
}

void PointMaze::check_state(std::span<const float> state) const {
  for (const std::size_t i : {0U, 4U})
    if (const int cell = map_.cell_at({state[i], state[i + 1]});
        !map_.open(cell % map_.columns(), cell / map_.columns()))
      throw std::invalid_argument("point_maze: the " + std::string(i == 0 ? "disc" : "goal") +
                                  " of a state cannot lie in a wall.");
  if (reached(state.first(2), state.last(2)))
    throw std::invalid_argument("point_maze: a state in which the goal is reached starts no episode.");
}

void PointMaze::build(Point position) {
  push_ = {};
  world_ = make_world({0, 0});
  build_walls();
  build_disc(position);
}

void PointMaze::build_walls() {
  b2BodyDef still;
  b2Body* walls = world_->CreateBody(&still);
  for (const auto& [from, to] : map_.walls()) {
    b2EdgeShape face;
    face.SetTwoSided({from.x, from.y}, {to.x, to.y});
    b2FixtureDef fixture;
    fixture.shape = &face;
    fixture.friction = 0;
    walls->CreateFixture(&fixture);
  }
}

void PointMaze::build_disc(Point position) {
  b2BodyDef body;
  body.type = b2_dynamicBody;
  body.position = {position.x, position.y};
  body.linearDamping = damping;
  body.fixedRotation = true;
  body.allowSleep = false;
  disc_ = world_->CreateBody(&body);
  b2CircleShape circle;
  circle.m_radius = radius;
  b2FixtureDef fixture;
  fixture.shape = &circle;
  fixture.density = 1;
  fixture.friction = 0;
  disc_->CreateFixture(&fixture);
  const b2MassData exactly{mass, {0, 0}, 0};
  disc_->SetMassData(&exactly);
}

Step PointMaze::advance(std::span<const float> action) {
  push_ = options_.continuous ? Point{action[0], action[1]} : directions[static_cast<std::size_t>(action[0])];
  disc_->ApplyForceToCenter({strongest * push_.x, strongest * push_.y}, true);
  world_->Step(dt, velocity_iterations, position_iterations);

  b2Vec2 velocity = disc_->GetLinearVelocity();
  const float speed = velocity.Length();
  if (speed > fastest) {
    velocity *= fastest / speed;
    // Rounding must not carry a component past its bound.
    disc_->SetLinearVelocity({std::clamp(velocity.x, -fastest, fastest), std::clamp(velocity.y, -fastest, fastest)});
  }

  if (!map_.entrances().empty()) pass_entrances();

  const Point position{disc_->GetPosition().x, disc_->GetPosition().y};
  Step step{.reward = reward(position, goal_)};
  step.terminated = step.success = reached({&position.x, 2}, {&goal_.x, 2});
  return step;
}

void PointMaze::pass_entrances() {
  for (const int cell : map_.entrances()) {
    const Point centre = map_.centre(cell);
    if (std::hypot(disc_->GetPosition().x - centre.x, disc_->GetPosition().y - centre.y) > entrance) continue;
    const std::vector<int>& exits = map_.exits();
    const Point out = map_.centre(exits[random().below(static_cast<std::uint32_t>(exits.size()))]);
    disc_->SetTransform({out.x, out.y}, 0);
    disc_->SetLinearVelocity({0, 0});
    return;
  }
}

void PointMaze::observe(std::span<float> observation) const {
  const b2Vec2 position = disc_->GetPosition(), velocity = disc_->GetLinearVelocity();
  observation[0] = position.x;
  observation[1] = position.y;
  observation[2] = velocity.x;
  observation[3] = velocity.y;
  observation[4] = goal_.x;
  observation[5] = goal_.y;
}

bool PointMaze::reached(std::span<const float> achieved, std::span<const float> desired) const {
  const float x = desired[0] - achieved[0], y = desired[1] - achieved[1];
  return x * x + y * y <= tolerance * tolerance;
}

float PointMaze::reward(Point achieved, Point desired) const {
  const std::array<float, 2> from{achieved.x, achieved.y}, to{desired.x, desired.y};
  const bool there = reached(from, to);
  if (options_.reward == Reward::sparse) return there ? 1.0F : 0.0F;
  return there ? 0.0F : -map_.distance(achieved, desired) / static_cast<float>(map_.longest());
}

void PointMaze::compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                               const Eigen::Ref<const Eigen::MatrixXf>& desired,
                               Eigen::Ref<Eigen::VectorXf> rewards) const {
  for (Eigen::Index i = 0; i < achieved.cols(); ++i)
    rewards[i] = reward({achieved(0, i), achieved(1, i)}, {desired(0, i), desired(1, i)});
}

// Head for the next cell on the shortest way: a speed that falls with the distance, and a force that makes it.
bool PointMaze::pilot(std::span<const float> o, std::span<float> action) const {
  constexpr float cruise = 3.0F;  // m/s
  const Point at{o[0], o[1]}, stop = map_.next_stop(at, {o[4], o[5]});
  const float dx = stop.x - at.x, dy = stop.y - at.y, away = std::max(std::hypot(dx, dy), 1e-6F);
  const float speed = std::min(cruise, 6 * away);
  const float fx = (8 * (speed * dx / away - o[2]) + damping * mass * o[2]) / strongest;
  const float fy = (8 * (speed * dy / away - o[3]) + damping * mass * o[3]) / strongest;
  if (options_.continuous) {
    action[0] = std::clamp(fx, -1.0F, 1.0F);
    action[1] = std::clamp(fy, -1.0F, 1.0F);
  } else {  // the direction nearest to the force wanted
    const auto miss = [&](Point d) { return (d.x - fx) * (d.x - fx) + (d.y - fy) * (d.y - fy); };
    const auto best = std::ranges::min_element(directions, {}, miss);
    action[0] = static_cast<float>(best - directions.begin());
  }
  return true;
}

void PointMaze::draw(Canvas& canvas) const {
  const float x = 0.5F * static_cast<float>(map_.columns()), y = 0.5F * static_cast<float>(map_.rows());
  backdrop(canvas, {-x, -y}, {x, y});
  for (int row = 0; row < map_.rows(); ++row)
    for (int column = 0; column < map_.columns(); ++column) {
      const int begin = column;
      while (column < map_.columns() && !map_.open(column, row)) ++column;
      if (column == begin) continue;  // one bar a run of closed cells
      const float half = 0.5F * static_cast<float>(column - begin);
      const Point left = map_.centre(begin + row * map_.columns());
      const float low = std::max(left.y - 0.51F, -y), high = std::min(left.y + 0.51F, y);  // rows overlap: no seams
      canvas.fill(rectangle({left.x - 0.5F + half, 0.5F * (low + high)}, half, 0.5F * (high - low)), palette::ground);
    }
  for (const auto& [from, to] : map_.walls()) line(canvas, from, to, 0.04F, palette::faint);
  for (const int cell : map_.entrances()) canvas.disc(map_.centre(cell), entrance, palette::deep_blue);
  for (const int cell : map_.exits()) canvas.ring(map_.centre(cell), entrance, 0.04F, palette::blue);
  if (!disc_) return;

  canvas.disc(goal_, tolerance, {palette::green.r, palette::green.g, palette::green.b, 80});
  canvas.ring(goal_, tolerance, 0.05F, palette::green);
  canvas.earned_at(goal_);
  const Point at{disc_->GetPosition().x, disc_->GetPosition().y};
  if (push_.x != 0 || push_.y != 0)  // a flame on the side away from the force
    line(canvas, at, {at.x - 0.35F * push_.x, at.y - 0.35F * push_.y}, 0.12F, palette::vermilion);
  canvas.disc(at, radius, palette::yellow);
}

}  // namespace cairn::envs
