#include "envs/box2d/arm_reach.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "envs/box2d/world.h"
#include "envs/shapes.h"
#include "optim/options.h"

namespace cairn::envs {

namespace {

using namespace goal_task;

constexpr float pi = std::numbers::pi_v<float>;
constexpr float whole_length = 2.0F, width = 0.1F;            // m, of the arm, of its links
constexpr float density = 10.0F;                              // kg/m²
constexpr float fastest = 2.5F;                               // rad/s, of a joint
constexpr float shoulder_torque = 200.0F, torque = 100.0F;    // N m, at most, of the first joint, of the others
constexpr float bend = 2.6F;                                  // rad, either way, of every joint but the first
constexpr float nearest_reach = 0.4F, farthest_reach = 1.9F;  // m, of goals from the shoulder
constexpr float tolerance = 0.05F;                            // m
constexpr float away = 0.25F;                                 // m a link, of goals from the tip at first, at least

constexpr const char* joint_names[] = {"shoulder", "elbow", "wrist", "hand"};
constexpr const char* turn_names[][2] = {{"left", "right"}, {"up", "down"}, {"forth", "back"}, {"forth", "back"}};

/// How a joint turns in a discrete action, of which there are 3 to the power of the links: none, forth, back.
float turn_of(std::size_t action, std::size_t joint) {
  for (; joint > 0; --joint) action /= 3;
  constexpr float turns[] = {0, 1, -1};
  return turns[action % 3];
}

std::string name_of(std::size_t action, std::size_t links) {
  std::string name;
  for (std::size_t i = 0; i < links; ++i)
    if (const float turn = turn_of(action, i); turn != 0)
      name += (name.empty() ? "" : ", ") + std::string(joint_names[i]) + " " + turn_names[i][turn > 0 ? 0 : 1];
  return name.empty() ? "none" : name;
}

/// How near to the shoulder the tip comes where no joint but the elbow bends; more links fold to a point.
float folded(int links) {
  return links == 2 ? whole_length * std::cos(bend / 2) : 0;
}

float largest(std::span<const float> turns) {
  float most = 0;
  for (const float turn : turns) most = std::max(most, std::abs(turn));
  return most;
}

Spec make_spec(const ArmReachOptions& options) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  const auto links = static_cast<std::size_t>(std::clamp(options.links, 2, 4));
  Spec spec;
  spec.id = "arm_reach";
  spec.summary = "Bring the tip of an arm to a goal that is paid for only when reached.";
  spec.achieved = "Brought the tip to its goal.";
  for (std::size_t i = 0; i < links; ++i) {
    spec.observation.push_back({"cos " + std::string(joint_names[i]), "", -1, 1});
    spec.observation.push_back({"sin " + std::string(joint_names[i]), "", -1, 1});
  }
  for (std::size_t i = 0; i < links; ++i)
    spec.observation.push_back({std::string(joint_names[i]) + " speed", "rad/s", -inf, inf});
  constexpr float reach = whole_length + 1e-5F;  // rounding
  spec.observation.insert(spec.observation.end(), {{"tip x", "m", -reach, reach},
                                                   {"tip y", "m", -reach, reach},
                                                   {"goal x", "m", -reach, reach},
                                                   {"goal y", "m", -reach, reach}});
  if (options.continuous) {
    for (std::size_t i = 0; i < links; ++i) spec.action.push_back({joint_names[i], "2.5 rad/s", -1, 1});
  } else {
    const auto actions = static_cast<std::size_t>(std::lround(std::pow(3, links)));
    for (std::size_t i = 0; i < actions; ++i) spec.action_names.push_back(name_of(i, links));
  }
  describe(spec, "tip", options.reward, options.difficulty);
  for (std::size_t i = 1; i <= links; ++i) {
    spec.state.push_back({"link " + std::to_string(i) + " angle", "rad", -inf, inf});
    spec.state.push_back({"link " + std::to_string(i) + " angular velocity", "rad/s", -inf, inf});
  }
  spec.state.push_back({"goal x", "m", -reach, reach});
  spec.state.push_back({"goal y", "m", -reach, reach});
  return spec;
}

}  // namespace

ArmReach::ArmReach(const ArmReachOptions& options)
    : Environment(make_spec(options)),
      options_(optim::checked(spec().id, options)),
      rule_{tolerance, 2 * farthest_reach, options.reward},
      links_(static_cast<std::size_t>(options.links)),
      length_(whole_length / static_cast<float>(options.links)) {}

ArmReach::~ArmReach() = default;

void ArmReach::start(Random& random) {
  Links links;
  for (std::size_t i = 0; i < links_; ++i)
    links[i].angle = i == 0 ? random.uniform(-pi, pi) : links[i - 1].angle + random.uniform(-bend, bend);
  build(links);

  const Point from = tip(links);
  const float inner = std::max(nearest_reach, folded(options_.links)), ease = 1 - static_cast<float>(difficulty());
  const float least = std::lerp(away * static_cast<float>(options_.links), 0.1F, ease);
  // A tip that lies within the hole of the ring has its goals a little farther off.
  const float most = std::max(std::lerp(2 * whole_length, 0.3F, ease), inner + 0.2F - std::hypot(from.x, from.y));
  const float half = std::min(most, 2 * farthest_reach);
  float out, off;
  do {
    goal_ = somewhere(random, from, half, half);
    out = std::hypot(goal_.x, goal_.y);
    off = distance(goal_, from);
  } while (out < inner || out > farthest_reach || off < least || off > most);
}

void ArmReach::start_in(std::span<const float> state) {
  Links links;
  for (std::size_t i = 0; i < links_; ++i) links[i] = {state[2 * i], state[2 * i + 1]};
  build(links);
  goal_ = {state[2 * links_], state[2 * links_ + 1]};
}

void ArmReach::write_state(std::span<float> state) const {
  const Links now = links();
  for (std::size_t i = 0; i < links_; ++i) {
    state[2 * i] = now[i].angle;
    state[2 * i + 1] = now[i].angular_velocity;
  }
  state[2 * links_] = goal_.x;
  state[2 * links_ + 1] = goal_.y;
}

void ArmReach::check_state(std::span<const float> state) const {
  constexpr float slack = 0.2F;  // rad, beyond its end, to which a joint may be driven for a moment
  Links links;
  for (std::size_t i = 0; i < links_; ++i) {
    links[i].angle = state[2 * i];
    if (i > 0 && std::abs(links[i].angle - links[i - 1].angle) > bend + slack)
      throw std::invalid_argument("arm_reach: a joint of a state is bent too far.");
  }
  const Point at = tip(links);
  if (reached({&at.x, 2}, state.last(2)))
    throw std::invalid_argument("arm_reach: a state in which the goal is reached starts no episode.");
}

void ArmReach::build(const Links& links) {
  world_ = make_world({0, 0});
  b2BodyDef still;
  b2Body* before = world_->CreateBody(&still);
  b2Vec2 joint{0, 0}, velocity{0, 0};
  for (std::size_t i = 0; i < links_; ++i) {
    const auto [angle, omega] = links[i];
    const b2Vec2 half{0.5F * length_ * std::cos(angle), 0.5F * length_ * std::sin(angle)};
    b2BodyDef body;
    body.type = b2_dynamicBody;
    body.allowSleep = false;
    body.angle = angle;
    body.position = joint + half;
    b2Body* link = bodies_[i] = world_->CreateBody(&body);
    const float mass = density * length_ * width;
    const b2MassData plate{mass, {0, 0}, mass * (length_ * length_ + width * width) / 12};
    link->SetMassData(&plate);
    link->SetLinearVelocity(velocity + b2Cross(omega, half));
    link->SetAngularVelocity(omega);

    b2RevoluteJointDef hinge;
    hinge.bodyA = before;
    hinge.bodyB = link;
    hinge.localAnchorA = {i == 0 ? 0 : 0.5F * length_, 0};
    hinge.localAnchorB = {-0.5F * length_, 0};
    hinge.enableMotor = true;
    hinge.maxMotorTorque = i == 0 ? shoulder_torque : torque;
    hinge.enableLimit = i > 0;
    hinge.lowerAngle = -bend;
    hinge.upperAngle = bend;
    joints_[i] = static_cast<b2RevoluteJoint*>(world_->CreateJoint(&hinge));

    before = link;
    joint += 2 * half;
    velocity += b2Cross(omega, 2 * half);
  }
}

ArmReach::Links ArmReach::links() const {
  Links links;
  for (std::size_t i = 0; i < links_; ++i) links[i] = {bodies_[i]->GetAngle(), bodies_[i]->GetAngularVelocity()};
  return links;
}

Point ArmReach::tip(const Links& links) const {
  Point at{0, 0};
  for (std::size_t i = 0; i < links_; ++i) {
    at.x += length_ * std::cos(links[i].angle);
    at.y += length_ * std::sin(links[i].angle);
  }
  return at;
}

Step ArmReach::advance(std::span<const float> action) {
  for (std::size_t i = 0; i < links_; ++i)
    joints_[i]->SetMotorSpeed(fastest *
                              (options_.continuous ? action[i] : turn_of(static_cast<std::size_t>(action[0]), i)));
  for (int i = 0; i < substeps; ++i) world_->Step(dt, velocity_iterations, position_iterations);
  return rule_.step(tip(links()), goal_);
}

void ArmReach::observe(std::span<float> observation) const {
  const Links now = links();
  for (std::size_t i = 0; i < links_; ++i) {
    const Link before = i == 0 ? Link{} : now[i - 1];
    const float angle = now[i].angle - before.angle;
    observation[2 * i] = std::cos(angle);
    observation[2 * i + 1] = std::sin(angle);
    observation[2 * links_ + i] = now[i].angular_velocity - before.angular_velocity;
  }
  const Point at = tip(now);
  const std::array<float, 4> places{at.x, at.y, goal_.x, goal_.y};
  std::ranges::copy(places, observation.begin() + static_cast<std::ptrdiff_t>(3 * links_));
}

bool ArmReach::reached(std::span<const float> achieved, std::span<const float> desired) const {
  return rule_.reached(achieved, desired);
}

void ArmReach::compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                              const Eigen::Ref<const Eigen::MatrixXf>& desired,
                              Eigen::Ref<Eigen::VectorXf> rewards) const {
  rule_.pay(achieved, desired, rewards);
}

// An arm of n links, bent by the same angle at every joint but the first, reaches as far as a chord of a regular
// polygon: length sin(n bend/2) / sin(bend/2). So two postures have the tip at the goal; these are the turns of the
// joints to the nearer one.
std::array<float, ArmReach::most_links> ArmReach::turns_to_goal(std::span<const float> o) const {
  const Point goal{o[3 * links_ + 2], o[3 * links_ + 3]};
  const auto n = static_cast<float>(links_);
  float straight = 1e-3F, curled = std::min(2 * pi / n, bend);
  for (int i = 0; i < 20; ++i) {
    const float middle = 0.5F * (straight + curled);
    const bool far = length_ * std::sin(0.5F * n * middle) > std::sin(0.5F * middle) * std::hypot(goal.x, goal.y);
    (far ? straight : curled) = middle;
  }
  std::array<float, most_links> nearer{};
  float least = std::numeric_limits<float>::infinity();
  for (const float evenly : {straight, -straight}) {
    std::array<float, most_links> turns{};
    for (std::size_t i = 0; i < links_; ++i) {
      const float posture = i == 0 ? std::atan2(goal.y, goal.x) - 0.5F * (n - 1) * evenly : evenly;
      turns[i] = posture - std::atan2(o[2 * i + 1], o[2 * i]);
      if (i == 0) turns[i] = std::remainder(turns[i], 2 * pi);
    }
    if (const float most = largest(turns); most < least) {
      least = most;
      nearer = turns;
    }
  }
  return nearer;
}

bool ArmReach::pilot(std::span<const float> o, std::span<float> action) const {
  constexpr float step = fastest * dt * substeps;  // rad, that a joint turns in a step at most
  const std::array<float, most_links> turns = turns_to_goal(o);
  if (options_.continuous) {
    constexpr float gain = 0.25F;  // more makes a long arm swing
    for (std::size_t i = 0; i < links_; ++i) action[i] = std::clamp(gain * turns[i] / step, -1.0F, 1.0F);
    return true;
  }
  std::size_t best = 0;
  if (largest(turns) > 2 * step) {
    for (std::size_t i = links_; i-- > 0;)
      best = 3 * best + (turns[i] > 0.5F * step ? 1 : (turns[i] < -0.5F * step ? 2 : 0));
  } else {  // whole turns are too coarse for the last centimetres: whatever brings the tip nearest
    constexpr float follows = 0.6F;  // of a step's mean speed, what is asked for; the rest is the speed before
    float least = std::numeric_limits<float>::infinity();
    for (std::size_t candidate = 0; candidate < spec().action_names.size(); ++candidate) {
      Links links;
      for (std::size_t i = 0; i < links_; ++i) {
        const float speed = std::lerp(o[2 * links_ + i], fastest * turn_of(candidate, i), follows);
        links[i].angle = (i == 0 ? 0 : links[i - 1].angle) + std::atan2(o[2 * i + 1], o[2 * i]) + dt * substeps * speed;
      }
      const float miss = distance(tip(links), {o[3 * links_ + 2], o[3 * links_ + 3]});
      if (miss >= least) continue;
      least = miss;
      best = candidate;
    }
  }
  action[0] = static_cast<float>(best);
  return true;
}

void ArmReach::draw(Canvas& canvas) const {
  constexpr float edge = whole_length + 0.15F;
  backdrop(canvas, {-edge, -edge}, {edge, edge});
  canvas.disc({0, 0}, whole_length, {palette::ground.r, palette::ground.g, palette::ground.b, 60});  // within reach
  canvas.disc({0, 0}, 0.2F, palette::ground);
  if (!world_) return;

  const Point end_of_arm = tip(links());
  canvas.ring(goal_, 3 * tolerance, 0.02F, palette::green);  // or it is overlooked
  draw_goal(canvas, end_of_arm, goal_, tolerance);
  Point at{0, 0};
  for (std::size_t i = 0; i < links_; ++i) {
    const float angle = bodies_[i]->GetAngle();
    const Point end{at.x + length_ * std::cos(angle), at.y + length_ * std::sin(angle)};
    line(canvas, at, end, width, palette::orange);
    canvas.disc(at, 0.07F, palette::ink);
    at = end;
  }
  canvas.disc(end_of_arm, tolerance, palette::yellow);
}

}  // namespace cairn::envs
