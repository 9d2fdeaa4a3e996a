#include "envs/box2d/lander.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "envs/box2d/world.h"
#include "envs/canvas.h"
#include "envs/shapes.h"
#include "optim/options.h"

// The constants and the order of every draw are those of Gymnasium's lunar_lander.py; checked against recorded
// episodes.

namespace cairn::envs {

namespace {

constexpr double scale = 30;                                 // pixels a metre; the published sizes are in pixels
constexpr double steps_a_second = 50;                        // 1/s
constexpr double width = 600 / scale, height = 400 / scale;  // m
constexpr int chunks = 11;                                   // terrain points
constexpr double pad_height = height / 4;                    // m
constexpr double main_power = 13, side_power = 0.6;          // N s an impulse
constexpr double first_push = 1000;                          // N, largest component
constexpr double leg_away = 20 / scale, leg_down = 18 / scale, leg_half_width = 2 / scale,
                 leg_half_height = 8 / scale;                       // m
constexpr double leg_torque = 40;                                   // N m, the spring of a leg
constexpr double main_offset = 4 / scale;                           // m, nozzle below the centre
constexpr double side_height = 14 / scale, side_away = 12 / scale;  // m
constexpr double pad_half_width = 0.2;                              // of the observation's x, at difficulty 1
constexpr std::array<Point, 6> hull_pixels{{{-14, 17}, {-17, 0}, {-17, -10}, {17, -10}, {17, 0}, {14, 17}}};
constexpr std::uint16_t ground_bit = 0x1, hull_bit = 0x10, leg_bit = 0x20;

b2Vec2 vec(double x, double y) {
  return {static_cast<float>(x), static_cast<float>(y)};
}

Spec make_spec(const LanderOptions& options) {
  Spec spec;
  spec.id = "lander";
  spec.summary = "Bring a rocket to rest between two flags (Gymnasium's LunarLander-v3).";
  spec.observation = {{"x", "10 m", -2.5F, 2.5F},
                      {"y above pad", "6.67 m", -2.5F, 2.5F},
                      {"vx", "5 m/s", -10, 10},
                      {"vy", "7.5 m/s", -10, 10},
                      {"angle", "rad", -6.2831855F, 6.2831855F},
                      {"angular velocity", "2.5 rad/s", -10, 10},
                      {"right leg touches", "", 0, 1},
                      {"left leg touches", "", 0, 1}};
  if (options.continuous)
    spec.action = {{"main engine", "throttle; off at or below 0", -1, 1},
                   {"side engines", "throttle; off within +-0.5", -1, 1}};
  else
    spec.action_names = {"nothing", "left engine", "main engine", "right engine"};
  spec.horizon = 1000;
  spec.return_threshold = options.reward == Reward::dense ? 200 : 1;
  return spec;
}

}  // namespace

struct Lander::Physics final : b2ContactListener {
  std::unique_ptr<b2World> world;
  b2Body* moon = nullptr;
  b2Body* hull = nullptr;
  std::array<b2Body*, 2> legs{};
  std::array<bool, 2> touches{};
  bool hull_touched = false;
  std::array<double, chunks> terrain{};  // m, height of each terrain point

  void BeginContact(b2Contact* contact) override {
    if (involves(contact, hull)) hull_touched = true;
    for (std::size_t i = 0; i < 2; ++i)
      if (involves(contact, legs[i])) touches[i] = true;
  }
  void EndContact(b2Contact* contact) override {
    for (std::size_t i = 0; i < 2; ++i)
      if (involves(contact, legs[i])) touches[i] = false;
  }
  static bool involves(b2Contact* contact, const b2Body* body) {
    return contact->GetFixtureA()->GetBody() == body || contact->GetFixtureB()->GetBody() == body;
  }
};

Lander::Lander(const LanderOptions& options)
    : Environment(make_spec(options)), options_(optim::checked(spec().id, options)) {}

Lander::~Lander() = default;

void Lander::use_draws(std::function<double(double, double)> uniform) {
  draws_ = std::move(uniform);
}

double Lander::uniform(double low, double high) {
  return draws_ ? draws_(low, high) : low + (high - low) * static_cast<double>(random().uniform());
}

double Lander::gust(int index) {
  const auto i = static_cast<float>(index);
  return std::tanh(std::sin(0.02F * i) + std::sin(std::numbers::pi_v<float> * 0.01F * i));
}

void Lander::start(Random&) {
  physics_ = std::make_unique<Physics>();
  physics_->world = make_world(vec(0, options_.gravity));
  physics_->world->SetContactListener(physics_.get());
  last_shaping_.reset();
  build_terrain();
  build_lander();
  if (options_.wind) {
    wind_index_ = static_cast<int>(uniform(-9999, 9999));
    torque_index_ = static_cast<int>(uniform(-9999, 9999));
  }
  // The published reset takes one step with the engines off: the first observation is one step old.
  const std::array<float, 2> nothing{};
  advance({nothing.data(), options_.continuous ? 2U : 1U});
}

void Lander::build_terrain() {
  std::array<double, chunks + 1> raw{};
  for (double& y : raw) y = uniform(0, height / 2);
  for (int i = chunks / 2 - 2; i <= chunks / 2 + 2; ++i) raw[static_cast<std::size_t>(i)] = pad_height;
  // Smoothed with 0.33, not 1/3, so the pad lies at 0.99 of its nominal height; the first point's left neighbour is the
  // twelfth draw.
  for (std::size_t i = 0; i < chunks; ++i)
    physics_->terrain[i] = 0.33 * (raw[i == 0 ? chunks : i - 1] + raw[i] + raw[i + 1]);

  b2BodyDef still;
  physics_->moon = physics_->world->CreateBody(&still);
  const auto edge = [&](b2Vec2 from, b2Vec2 to, float friction) {
    b2EdgeShape shape;
    shape.SetTwoSided(from, to);
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.friction = friction;
    physics_->moon->CreateFixture(&fixture);
  };
  edge({0, 0}, vec(width, 0), 0.2F);
  const auto x = [](std::size_t i) { return width / (chunks - 1) * static_cast<double>(i); };
  for (std::size_t i = 0; i + 1 < chunks; ++i)
    edge(vec(x(i), physics_->terrain[i]), vec(x(i + 1), physics_->terrain[i + 1]), 0.1F);
}

void Lander::build_lander() {
  // Easier episodes start lower and are pushed less; at difficulty 1 the start is the published one.
  const double start_y = pad_height + 3 + (height - pad_height - 3) * options_.difficulty;
  {  // hull
    b2BodyDef body;
    body.type = b2_dynamicBody;
    body.position = vec(width / 2, start_y);
    physics_->hull = physics_->world->CreateBody(&body);
    std::array<b2Vec2, hull_pixels.size()> corners;
    for (std::size_t i = 0; i < corners.size(); ++i)
      corners[i] = vec(hull_pixels[i].x / scale, hull_pixels[i].y / scale);
    b2PolygonShape shape;
    shape.Set(corners.data(), static_cast<int>(corners.size()));
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = 5;
    fixture.friction = 0.1F;
    fixture.filter.categoryBits = hull_bit;
    fixture.filter.maskBits = ground_bit;
    physics_->hull->CreateFixture(&fixture);
    const double push = first_push * options_.difficulty, x = uniform(-push, push), y = uniform(-push, push);
    physics_->hull->ApplyForceToCenter(vec(x, y), true);
  }
  for (const int side : {-1, 1}) {  // legs; the first is the right one
    b2BodyDef body;
    body.type = b2_dynamicBody;
    body.position = vec(width / 2 - side * leg_away, start_y);
    body.angle = static_cast<float>(0.05 * side);
    b2Body* leg = physics_->world->CreateBody(&body);
    b2PolygonShape shape;
    shape.SetAsBox(static_cast<float>(leg_half_width), static_cast<float>(leg_half_height));
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = 1;
    fixture.filter.categoryBits = leg_bit;
    fixture.filter.maskBits = ground_bit;
    leg->CreateFixture(&fixture);

    b2RevoluteJointDef joint;
    joint.bodyA = physics_->hull;
    joint.bodyB = leg;
    joint.localAnchorB = vec(side * leg_away, leg_down);
    joint.referenceAngle = body.angle;  // what pybox2d fills in; C++ would leave 0
    joint.enableMotor = true;
    joint.enableLimit = true;
    joint.maxMotorTorque = static_cast<float>(leg_torque);
    joint.motorSpeed = static_cast<float>(0.3 * side);
    joint.lowerAngle = side < 0 ? 0.4F : -0.9F;
    joint.upperAngle = side < 0 ? 0.9F : -0.4F;
    physics_->world->CreateJoint(&joint);
    physics_->legs[side < 0 ? 0 : 1] = leg;
  }
}

void Lander::blow() {
  if (!options_.wind || physics_->touches[0] || physics_->touches[1]) return;
  physics_->hull->ApplyForceToCenter(vec(gust(wind_index_++) * options_.wind_power, 0), true);
  physics_->hull->ApplyTorque(static_cast<float>(gust(torque_index_++) * options_.turbulence_power), true);
}

Lander::Engines Lander::fire(std::span<const float> action) {
  Engines engines;
  if (options_.continuous) {
    if (action[0] > 0) engines.main = 0.5F * (1 + action[0]);
    if (std::abs(action[1]) > 0.5F) engines.side = std::abs(action[1]);
    engines.direction = action[1] < 0 ? -1.0F : 1.0F;
  } else {
    const int choice = static_cast<int>(action[0]);
    engines.main = choice == 2 ? 1.0F : 0.0F;
    engines.side = choice == 1 || choice == 3 ? 1.0F : 0.0F;
    engines.direction = choice == 1 ? -1.0F : 1.0F;
  }

  // Two draws every step, whether an engine fires or not.
  const double along = uniform(-1 / scale, 1 / scale), across = uniform(-1 / scale, 1 / scale);
  const b2Vec2 position = physics_->hull->GetPosition();
  const double angle = physics_->hull->GetAngle();
  const double tip_x = std::sin(static_cast<float>(angle)), tip_y = std::cos(static_cast<float>(angle));
  const double side_x = -tip_y, side_y = tip_x;

  if (engines.main > 0) {
    const double x = tip_x * (main_offset + 2 * along) + side_x * across;
    const double y = -tip_y * (main_offset + 2 * along) - side_y * across;
    const double impulse = main_power * engines.main;
    physics_->hull->ApplyLinearImpulse(vec(-x * impulse, -y * impulse), vec(position.x + x, position.y + y), true);
  }
  if (engines.side > 0) {
    const double reach = 3 * across + engines.direction * side_away;
    const double x = tip_x * along + side_x * reach, y = -tip_y * along - side_y * reach;
    const double impulse = side_power * engines.side;
    // 17 and 14 pixels: an asymmetry of the original, kept on purpose.
    const b2Vec2 at = vec(position.x + x - tip_x * 17 / scale, position.y + y + tip_y * side_height);
    physics_->hull->ApplyLinearImpulse(vec(-x * impulse, -y * impulse), at, true);
  }
  return engines;
}

Step Lander::advance(std::span<const float> action) {
  blow();
  engines_ = fire(action);
  physics_->world->Step(static_cast<float>(1 / steps_a_second), options_.velocity_iterations,
                        options_.position_iterations);

  const b2Vec2 position = physics_->hull->GetPosition(), velocity = physics_->hull->GetLinearVelocity();
  observation_ = {static_cast<float>((position.x - width / 2) / (width / 2)),
                  static_cast<float>((position.y - (pad_height + leg_down)) / (height / 2)),
                  static_cast<float>(velocity.x * (width / 2) / steps_a_second),
                  static_cast<float>(velocity.y * (height / 2) / steps_a_second),
                  physics_->hull->GetAngle(),
                  static_cast<float>(20 * physics_->hull->GetAngularVelocity() / steps_a_second),
                  physics_->touches[0] ? 1.0F : 0.0F,
                  physics_->touches[1] ? 1.0F : 0.0F};

  const double now = shaping();
  double reward = last_shaping_ ? now - *last_shaping_ : 0;
  last_shaping_ = now;
  reward -= 0.30 * engines_.main + 0.03 * engines_.side;

  Step step;
  if (physics_->hull_touched || std::abs(observation_[0]) >= 1) {
    step.terminated = true;
    reward = -100;
  }
  if (!physics_->hull->IsAwake()) {
    step.terminated = true;
    reward = 100;
  }
  step.success = landed();
  step.reward = options_.reward == Reward::dense ? static_cast<float>(reward) : (step.success ? 1.0F : 0.0F);
  return step;
}

double Lander::shaping() const {
  const double x = observation_[0], y = observation_[1], vx = observation_[2], vy = observation_[3];
  return -100 * std::sqrt(x * x + y * y) - 100 * std::sqrt(vx * vx + vy * vy) -
         100 * std::abs(static_cast<double>(observation_[4])) + 10 * static_cast<double>(observation_[6]) +
         10 * static_cast<double>(observation_[7]);
}

// At rest, on both legs, between the flags.
bool Lander::landed() const {
  const double half_width = pad_half_width + 0.3 * (1 - options_.difficulty);
  return !physics_->hull->IsAwake() && physics_->touches[0] && physics_->touches[1] &&
         std::abs(static_cast<double>(observation_[0])) <= half_width;
}

void Lander::observe(std::span<float> observation) const {
  std::ranges::copy(observation_, observation.begin());
}

// The well-known pilot: lean against the drift, hold a height that grows with the distance, and proportional-derivative
// control of both; once a leg touches only the fall is braked.
bool Lander::pilot(std::span<const float> o, std::span<float> action) const {
  const float lean = std::clamp(0.5F * o[0] + o[2], -0.4F, 0.4F);
  const float hover = 0.55F * std::abs(o[0]);
  float turn = 0.5F * (lean - o[4]) - o[5];
  float climb = 0.5F * (hover - o[1]) - 0.5F * o[3];
  if (o[6] > 0 || o[7] > 0) {
    turn = 0;
    climb = -0.5F * o[3];
  }
  if (options_.continuous) {
    action[0] = std::clamp(20 * climb - 1, -1.0F, 1.0F);
    action[1] = std::clamp(-20 * turn, -1.0F, 1.0F);
  } else if (climb > std::abs(turn) && climb > 0.05F) {
    action[0] = 2;
  } else {
    action[0] = turn < -0.05F ? 3.0F : (turn > 0.05F ? 1.0F : 0.0F);
  }
  return true;
}

void Lander::draw(Canvas& canvas) const {
  constexpr float top = static_cast<float>(height) + 1.2F;  // m; it starts at `height` and shall be seen whole
  backdrop(canvas, {0, 0}, {static_cast<float>(width), top});
  if (!physics_) return;
  const auto point = [](b2Vec2 v) { return Point{v.x, v.y}; };

  std::vector<Point> ground;
  for (std::size_t i = 0; i < chunks; ++i)
    ground.push_back(
        {static_cast<float>(width / (chunks - 1) * static_cast<double>(i)), static_cast<float>(physics_->terrain[i])});
  const std::vector<Point> surface = ground;
  ground.push_back({static_cast<float>(width), 0});
  ground.push_back({0, 0});
  canvas.fill(ground, palette::ground);
  canvas.stroke(surface, 0.06F, palette::ink);

  for (const std::size_t i : {std::size_t{4}, std::size_t{6}}) {  // flags at both ends of the pad
    const Point foot = surface[i];
    canvas.stroke(std::array<Point, 2>{{foot, {foot.x, foot.y + 1.6F}}}, 0.06F, palette::ink);
    canvas.fill(
        std::array<Point, 3>{{{foot.x, foot.y + 1.6F}, {foot.x, foot.y + 1.1F}, {foot.x + 0.8F, foot.y + 1.35F}}},
        palette::yellow);
  }

  const b2Body& hull = *physics_->hull;
  const auto flame = [&](b2Vec2 root, b2Vec2 direction, float length, float half) {
    const b2Vec2 across{-direction.y * half, direction.x * half};
    const b2Vec2 tip{root.x + direction.x * length, root.y + direction.y * length};
    canvas.fill(std::array<Point, 3>{{point(hull.GetWorldPoint(root + across)),
                                      point(hull.GetWorldPoint(root - across)), point(hull.GetWorldPoint(tip))}},
                palette::orange);
    const b2Vec2 half_across = 0.5F * across, heart = root + 0.5F * (tip - root);
    canvas.fill(std::array<Point, 3>{{point(hull.GetWorldPoint(root + half_across)),
                                      point(hull.GetWorldPoint(root - half_across)), point(hull.GetWorldPoint(heart))}},
                palette::yellow);
  };
  if (engines_.main > 0) flame({0, -10.0F / 30}, {0, -1}, 1.3F * engines_.main, 0.22F);
  if (engines_.side > 0)
    flame({-engines_.direction * 15 / 30, 12.0F / 30}, {-engines_.direction, 0}, 0.6F * engines_.side, 0.1F);

  const auto polygon = [&](const b2Body& body, Color color) {
    const auto& shape = static_cast<const b2PolygonShape&>(*body.GetFixtureList()->GetShape());
    std::array<Point, b2_maxPolygonVertices> corners;
    for (int i = 0; i < shape.m_count; ++i)
      corners[static_cast<std::size_t>(i)] = point(body.GetWorldPoint(shape.m_vertices[i]));
    canvas.fill({corners.data(), static_cast<std::size_t>(shape.m_count)}, color);
  };
  for (std::size_t i = 0; i < 2; ++i) {
    const float side = i == 0 ? 0.5F : -0.5F;  // the first is the right one
    const b2Vec2 knee = physics_->legs[i]->GetWorldPoint({0, static_cast<float>(0.5 * leg_half_height)});
    for (const float strut : {-0.3F, 0.1F})  // two struts hold a leg
      canvas.stroke(std::array<Point, 2>{{point(hull.GetWorldPoint({side, strut})), point(knee)}}, 0.06F,
                    palette::faint);
    polygon(*physics_->legs[i], palette::blue);
    if (physics_->touches[i])
      canvas.disc(point(physics_->legs[i]->GetWorldPoint({0, static_cast<float>(-leg_half_height)})), 0.12F,
                  palette::green);
  }
  polygon(hull, physics_->hull_touched ? palette::vermilion : palette::ink);
  canvas.disc(point(hull.GetWorldPoint({0, 0.15F})), 0.16F, palette::deep_blue);

  const Point at = point(hull.GetPosition());
  if (at.y > top) {  // out of sight, which no rule forbids: an arrow says where
    const float tip = top - 0.15F;
    canvas.fill(std::array<Point, 3>{{{at.x, tip}, {at.x - 0.4F, tip - 0.7F}, {at.x + 0.4F, tip - 0.7F}}},
                palette::ink);
  }
}

}  // namespace cairn::envs
