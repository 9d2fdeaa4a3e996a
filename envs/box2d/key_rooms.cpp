#include "envs/box2d/key_rooms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>
#include <utility>

#include "envs/box2d/key_rooms_sizes.h"
#include "envs/box2d/world.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

constexpr float dt = 0.05F;  // s, of a step; the solver goes in halves of it
constexpr int substeps = 2, velocity_iterations = 8, position_iterations = 3;
constexpr float apart = KeyRoomsSizes::apart, margin = KeyRoomsSizes::margin;  // m
constexpr int steps_a_door = 200;
constexpr float side = KeyRoomsSizes::side,
                half_side = KeyRoomsSizes::half_side;    // m, of a room
constexpr float half_door = KeyRoomsSizes::half_door;    // m
constexpr float mass = 1.0F;                             // kg
constexpr float radius = KeyRoomsSizes::radius;          // m
constexpr float strongest = 10.0F;                       // N, of each component
constexpr float damping = 2.0F;                          // 1/s
constexpr float fastest = strongest / (mass * damping);  // m/s, of each component
constexpr float reach = 0.5F;                            // m, from the disc's middle to the door's
constexpr float way_a_room = 4.0F;                       // m, about, from door to key to door

constexpr int rays = 16;
constexpr float sight = 6.0F;     // m, the longest ray
constexpr int numbers_a_ray = 4;  // length, and three flags
constexpr std::size_t facts = 6;  // of observation and state, before rays and layout

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
constexpr float use = 9;  // the discrete action

float distance(Point a, Point b) {
  return std::hypot(b.x - a.x, b.y - a.y);
}

std::vector<Component> make_facts(const KeyRoomsOptions& options) {
  const float doors = static_cast<float>(options.rooms) - 1;
  return {{"x", "m", 0, side * (doors + 1)},
          {"y", "m", -half_side, half_side},
          {"vx", "m/s", -fastest, fastest},
          {"vy", "m/s", -fastest, fastest},
          {"key held", "", 0, 1},
          {"doors open", "", 0, doors}};
}

std::vector<Component> make_state(const KeyRoomsOptions& options) {
  std::vector<Component> state = make_facts(options);
  if (options.layout == RoomLayout::fixed) return state;
  const auto place = [&](const std::string& name, int room) {
    const float left = side * static_cast<float>(room);
    state.push_back({name + " x", "m", left, left + side});
    state.push_back({name + " y", "m", -half_side, half_side});
  };
  for (int i = 0; i + 1 < options.rooms; ++i) {
    place("key " + std::to_string(i), i);
    state.push_back({"door " + std::to_string(i) + " y", "m", half_door - half_side, half_side - half_door});
  }
  place("goal", options.rooms - 1);
  return state;
}

Spec make_spec(const KeyRoomsOptions& options) {
  Spec spec;
  spec.id = "key_rooms";
  spec.summary =
      "Fetch a key for each door in a row of rooms, and reach the "
      "goal in the last one.";
  spec.achieved = "Opened every door and reached the goal.";
  spec.observation = make_facts(options);
  for (int i = 0; i < rays; ++i) {
    const std::string ray = "ray " + std::to_string(i);
    spec.observation.insert(spec.observation.end(), {{ray, "6 m", 0, 1},
                                                     {ray + " ends at a door", "", 0, 1},
                                                     {ray + " ends at a key", "", 0, 1},
                                                     {ray + " ends at the goal", "", 0, 1}});
  }
  if (options.continuous)
    spec.action = {{"force x", "10 N", -1, 1}, {"force y", "10 N", -1, 1}, {"use", "above 0", -1, 1}};
  else
    spec.action_names = {"none",          "right", "right and up",   "up", "left and up", "left",
                         "left and down", "down",  "right and down", "use"};
  spec.masks = !options.continuous;
  spec.horizon = steps_a_door * (options.rooms - 1);
  spec.steps_a_second = 20;
  if (options.reward == Reward::sparse) spec.return_threshold = 0.9;
  spec.difficulty = options.difficulty;
  spec.state = make_state(options);
  spec.bytes = world_bytes;
  return spec;
}

}  // namespace

KeyRooms::KeyRooms(const KeyRoomsOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)), plan_(fixed_plan()) {}

KeyRooms::~KeyRooms() = default;

float KeyRooms::width() const {
  return side * static_cast<float>(options_.rooms);
}

Point KeyRooms::door(int i) const {
  return {side * static_cast<float>(i + 1), plan_.doors[static_cast<std::size_t>(i)]};
}

int KeyRooms::room_of(float x) const {
  return std::clamp(static_cast<int>(std::floor(x / side)), 0, options_.rooms - 1);
}

void KeyRooms::start(Random& random) {
  plan_ = options_.layout == RoomLayout::fixed ? fixed_plan() : drawn_plan(random);
  has_key_ = false;
  open_ = doors() - static_cast<int>(std::ceil(difficulty() * doors()));
  const float left = side * static_cast<float>(open_);
  const Point ahead = open_ < doors() ? plan_.keys[static_cast<std::size_t>(open_)] : plan_.goal;
  Point at{};
  do {
    const float x = random.uniform(left + margin, left + side - margin);
    at = {x, random.uniform(margin - half_side, half_side - margin)};
  } while (distance(at, ahead) < apart);
  build(at);
}

void KeyRooms::start_in(std::span<const float> state) {
  has_key_ = state[4] != 0;
  open_ = static_cast<int>(state[5]);
  if (options_.layout == RoomLayout::drawn) {
    for (std::size_t i = 0; i < plan_.doors.size(); ++i) {
      plan_.keys[i] = {state[facts + 3 * i], state[facts + 3 * i + 1]};
      plan_.doors[i] = state[facts + 3 * i + 2];
    }
    plan_.goal = {state[state.size() - 2], state[state.size() - 1]};
  }
  build({state[0], state[1]});
  disc_->SetLinearVelocity({state[2], state[3]});
}

void KeyRooms::write_state(std::span<float> state) const {
  const b2Vec2 place = disc_->GetPosition(), velocity = disc_->GetLinearVelocity();
  const float values[] = {place.x, place.y, velocity.x, velocity.y, has_key_ ? 1.0F : 0.0F, static_cast<float>(open_)};
  std::ranges::copy(values, state.begin());
  if (options_.layout == RoomLayout::fixed) return;
  for (std::size_t i = 0; i < plan_.doors.size(); ++i) {
    state[facts + 3 * i] = plan_.keys[i].x;
    state[facts + 3 * i + 1] = plan_.keys[i].y;
    state[facts + 3 * i + 2] = plan_.doors[i];
  }
  state[state.size() - 2] = plan_.goal.x;
  state[state.size() - 1] = plan_.goal.y;
}

void KeyRooms::check_state(std::span<const float> state) const {
  if (state[4] != std::floor(state[4]) || state[5] != std::floor(state[5]))
    throw std::invalid_argument("key_rooms: 'key held' and 'doors open' of a state are whole numbers.");
  const int open = static_cast<int>(state[5]);
  if (state[4] != 0 && open == doors())
    throw std::invalid_argument(
        "key_rooms: where all doors of a state are "
        "open, no key is left to be held.");
  if (room_of(state[0]) > open)
    throw std::invalid_argument("key_rooms: the disc of a state cannot lie behind a closed door.");
  const Point goal =
      options_.layout == RoomLayout::fixed ? fixed_plan().goal : Point{state[state.size() - 2], state.back()};
  if (open == doors() && distance({state[0], state[1]}, goal) <= KeyRoomsSizes::goal)
    throw std::invalid_argument("key_rooms: a state in which the goal is reached starts no episode.");
}

void KeyRooms::build(Point position) {
  push_ = {};
  world_ = make_world({0, 0});
  build_walls();
  build_disc(position);
}

void KeyRooms::build_walls() {
  b2BodyDef still;
  walls_ = world_->CreateBody(&still);
  const auto face = [&](Point from, Point to) {
    b2EdgeShape shape;
    shape.SetTwoSided({from.x, from.y}, {to.x, to.y});
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.friction = 0;
    return walls_->CreateFixture(&fixture);
  };
  const float right = width();
  face({0, -half_side}, {right, -half_side});
  face({0, half_side}, {right, half_side});
  face({0, -half_side}, {0, half_side});
  face({right, -half_side}, {right, half_side});
  closed_.assign(plan_.doors.size(), nullptr);
  for (int i = 0; i < doors(); ++i) {
    const auto [x, y] = door(i);
    face({x, -half_side}, {x, y - half_door});
    face({x, y + half_door}, {x, half_side});
    if (i >= open_) closed_[static_cast<std::size_t>(i)] = face({x, y - half_door}, {x, y + half_door});
  }
}

void KeyRooms::build_disc(Point position) {
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

Point KeyRooms::position() const {
  return {disc_->GetPosition().x, disc_->GetPosition().y};
}

float KeyRooms::goal_radius() const {
  return KeyRoomsSizes::goal * (2 - static_cast<float>(difficulty()));
}

bool KeyRooms::at_goal() const {
  return room_of(position().x) == doors() && distance(position(), plan_.goal) <= goal_radius();
}

bool KeyRooms::can_use() const {
  return has_key_ && distance(position(), door(open_)) <= reach;
}

void KeyRooms::open_next_door() {
  walls_->DestroyFixture(std::exchange(closed_[static_cast<std::size_t>(open_)], nullptr));
  ++open_;
  has_key_ = false;
}

/// In straight lines to the next key, to its door and so on to the goal;
/// through the doors that lie between, m.
float KeyRooms::way_left() const {
  float way = 0;
  Point at = position();
  const auto go = [&](Point to) {
    way += distance(at, to);
    at = to;
  };
  for (int room = room_of(at.x); room < open_; ++room) go(door(room));
  for (int i = open_; i < doors(); ++i) {
    if (i > open_ || !has_key_) go(plan_.keys[static_cast<std::size_t>(i)]);
    go(door(i));
  }
  go(plan_.goal);
  return way;
}

void KeyRooms::mask(std::span<float> legal) const {
  std::ranges::fill(legal, 1.0F);
  if (!options_.continuous && !can_use()) legal[static_cast<std::size_t>(use)] = 0;
}

Step KeyRooms::advance(std::span<const float> action) {
  const bool uses = options_.continuous ? action[2] > 0 : action[0] == use;
  if (options_.continuous)
    push_ = {action[0], action[1]};
  else
    push_ = uses ? Point{} : directions[static_cast<std::size_t>(action[0])];
  const float before = way_left();

  if (uses && can_use()) open_next_door();
  for (int i = 0; i < substeps; ++i) {
    disc_->ApplyForceToCenter({strongest * push_.x, strongest * push_.y}, true);
    world_->Step(dt / substeps, velocity_iterations, position_iterations);
  }
  // Rounding must not carry a component past its bound.
  const b2Vec2 velocity = disc_->GetLinearVelocity();
  disc_->SetLinearVelocity({std::clamp(velocity.x, -fastest, fastest), std::clamp(velocity.y, -fastest, fastest)});
  if (key_waits() && distance(position(), plan_.keys[static_cast<std::size_t>(open_)]) <= radius + KeyRoomsSizes::key)
    has_key_ = true;

  Step step;
  step.terminated = step.success = at_goal();
  step.reward = step.success ? 1.0F : 0.0F;
  if (options_.reward == Reward::dense)
    step.reward += (before - way_left()) / (way_a_room * static_cast<float>(options_.rooms));
  return step;
}

/// Where a ray that long (`direction` is of length 1) ends.
KeyRooms::Hit KeyRooms::look(Point from, Point direction) const {
  Hit hit{sight, Hit::Kind::wall};
  const auto nearer = [&](float t, Hit::Kind kind) {
    if (t >= 0 && t < hit.distance) hit = {t, kind};
  };
  if (direction.y != 0) nearer((std::copysign(half_side, direction.y) - from.y) / direction.y, Hit::Kind::wall);
  if (direction.x != 0) nearer(((direction.x > 0 ? width() : 0) - from.x) / direction.x, Hit::Kind::wall);
  const int step = direction.x > 0 ? 1 : -1;
  for (int i = room_of(from.x) - (step < 0 ? 1 : 0); direction.x != 0 && i >= 0 && i < doors(); i += step) {
    const auto [x, y] = door(i);
    const float t = (x - from.x) / direction.x;
    if (t > hit.distance) break;
    const bool in_door = std::abs(from.y + t * direction.y - y) <= half_door;
    if (in_door && i < open_) continue;
    nearer(t, in_door ? Hit::Kind::door : Hit::Kind::wall);
    break;
  }
  const auto disc = [&](Point centre, float r, Hit::Kind kind) {
    const float x = centre.x - from.x, y = centre.y - from.y, along = x * direction.x + y * direction.y;
    const float inside = r * r - (x * x + y * y - along * along);
    if (inside >= 0 && along + r >= 0) nearer(std::max(along - std::sqrt(inside), 0.0F), kind);
  };
  if (key_waits()) disc(plan_.keys[static_cast<std::size_t>(open_)], KeyRoomsSizes::key, Hit::Kind::key);
  disc(plan_.goal, KeyRoomsSizes::goal, Hit::Kind::goal);
  return hit;
}

void KeyRooms::observe(std::span<float> observation) const {
  const Point at = position();
  const b2Vec2 velocity = disc_->GetLinearVelocity();
  const float values[] = {at.x, at.y, velocity.x, velocity.y, has_key_ ? 1.0F : 0.0F, static_cast<float>(open_)};
  std::ranges::copy(values, observation.begin());
  std::span<float> ray = observation.subspan(facts);
  for (int i = 0; i < rays; ++i, ray = ray.subspan(numbers_a_ray)) {
    const float angle = 2 * std::numbers::pi_v<float> / rays * static_cast<float>(i);
    const Hit hit = look(at, {std::cos(angle), std::sin(angle)});
    ray[0] = hit.distance / sight;
    ray[1] = hit.kind == Hit::Kind::door ? 1.0F : 0.0F;
    ray[2] = hit.kind == Hit::Kind::key ? 1.0F : 0.0F;
    ray[3] = hit.kind == Hit::Kind::goal ? 1.0F : 0.0F;
  }
}

// To the next door that is open, the key, its door, and in the end the goal,
// with a speed that falls with the distance.
bool KeyRooms::pilot(std::span<const float> o, std::span<float> action) const {
  constexpr float cruise = 2.5F;  // m/s
  const Point at{o[0], o[1]};
  const int room = room_of(at.x), open = static_cast<int>(o[5]);
  const bool held = o[4] > 0;
  Point stop = plan_.goal;
  if (room < open)
    stop = door(room);
  else if (open < doors())
    stop = held ? door(open) : plan_.keys[static_cast<std::size_t>(open)];
  // Before a door, line up with it; then go through.
  if (const bool at_door = room < open || held; at_door && std::abs(at.y - stop.y) > 0.12F)
    stop.x -= std::min(0.35F, stop.x - side * static_cast<float>(room) - margin);
  else if (room < open)
    stop.x += 0.3F;
  const float dx = stop.x - at.x, dy = stop.y - at.y, away = std::max(std::hypot(dx, dy), 1e-6F);
  const float speed = std::clamp(6 * away, 1.0F, cruise);
  const float fx = (6 * (speed * dx / away - o[2]) + damping * mass * o[2]) / strongest;
  const float fy = (6 * (speed * dy / away - o[3]) + damping * mass * o[3]) / strongest;
  const bool uses = held && distance(at, door(open)) <= reach;
  if (options_.continuous) {
    action[0] = std::clamp(fx, -1.0F, 1.0F);
    action[1] = std::clamp(fy, -1.0F, 1.0F);
    action[2] = uses ? 1.0F : -1.0F;
  } else {  // the direction nearest to the force wanted
    const auto miss = [&](Point d) { return (d.x - fx) * (d.x - fx) + (d.y - fy) * (d.y - fy); };
    action[0] = uses ? use : static_cast<float>(std::ranges::min_element(directions, {}, miss) - directions.begin());
  }
  return true;
}

}  // namespace cairn::envs
