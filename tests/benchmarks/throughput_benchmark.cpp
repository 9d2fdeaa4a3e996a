// Throughput beside its limits, measured in the same run on one core: the arithmetic peak (fused multiply-adds in
// registers), memory traffic, and physics alone; then what the agents reach on top of them. Medians:
// throughput_benchmark --benchmark_filter='sac|td3' --benchmark_repetitions=9 --benchmark_report_aggregates_only=true
#include <benchmark/benchmark.h>

#include <Eigen/Core>
#include <chrono>
#include <vector>

#include "agents/policy_gradient/ppo.h"
#include "agents/q_learning/dqn.h"
#include "agents/q_learning/sac.h"
#include "agents/q_learning/td3.h"
#include "envs/box2d/acrobot_swing_up.h"
#include "envs/box2d/arm_reach.h"
#include "envs/box2d/ball_in_cup.h"
#include "envs/box2d/car_track.h"
#include "envs/box2d/docking.h"
#include "envs/box2d/gantry_grasp.h"
#include "envs/box2d/key_rooms.h"
#include "envs/box2d/lander.h"
#include "envs/box2d/lidar_nav.h"
#include "envs/box2d/point_maze.h"
#include "envs/box2d/push_block.h"
#include "envs/box2d/slide_puck.h"
#include "envs/box2d/swing_up.h"
#include "envs/box2d/walker.h"
#include "envs/classic/cart_pole.h"
#include "envs/classic/pendulum.h"
#include "envs/vector_environment.h"
#include "optim/adam.h"

namespace {

using namespace cairn;

// Twelve independent chains of fused multiply-adds keep every port busy.
constexpr int chains = 12, lanes = Eigen::internal::packet_traits<float>::size, fma_rounds = 1000;

void multiply_and_add() {
  using Packet = Eigen::internal::packet_traits<float>::type;
  const Packet factor = Eigen::internal::pset1<Packet>(0.999F), term = Eigen::internal::pset1<Packet>(1e-3F);
  Packet sums[chains];
  for (Packet& sum : sums) sum = Eigen::internal::pset1<Packet>(1.0F);
  for (int i = 0; i < fma_rounds; ++i)
    for (Packet& sum : sums) sum = Eigen::internal::pmadd(sum, factor, term);
  for (Packet& sum : sums) benchmark::DoNotOptimize(sum);
}

void fma_peak(benchmark::State& state) {
  for (auto _ : state) multiply_and_add();
  state.counters["GFLOP/s"] = benchmark::Counter(
      2.0e-9 * chains * lanes * fma_rounds * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(fma_peak);

void memory_traffic(benchmark::State& state) {
  Eigen::VectorXf from = Eigen::VectorXf::Ones(20'000'000), to = from;
  for (auto _ : state) {
    to = from;
    benchmark::DoNotOptimize(to.data());
  }
  state.counters["GB/s"] = benchmark::Counter(
      8.0e-9 * static_cast<double>(from.size()) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(memory_traffic)->Unit(benchmark::kMillisecond);

envs::EnvironmentFactory lander() {
  return [] { return std::make_unique<envs::Lander>(envs::LanderOptions{}); };
}
envs::EnvironmentFactory cart_pole() {
  return [] { return std::make_unique<envs::CartPole>(envs::CartPoleOptions{}); };
}
template <class World>
envs::EnvironmentFactory world() {
  return [] { return std::make_unique<World>(); };
}

// Random actions through the vectorised stepping that agents use, resets included.
void physics_alone(benchmark::State& state, const envs::EnvironmentFactory& factory) {
  envs::VectorEnvironment worlds(factory, 16, 1);
  envs::Random random(1, envs::Stream::exploration);
  Eigen::MatrixXf actions(worlds.spec().action_size(), worlds.size());
  std::vector<envs::Episode> finished;
  for (auto _ : state) {
    for (int i = 0; i < worlds.size(); ++i)
      if (worlds.spec().discrete())
        actions(0, i) = static_cast<float>(random.below(static_cast<std::uint32_t>(worlds.spec().actions())));
      else
        for (int k = 0; k < worlds.spec().action_size(); ++k) {
          const envs::Component& range = worlds.spec().action[static_cast<std::size_t>(k)];
          actions(k, i) = random.uniform(range.low, range.high);
        }
    worlds.step(0, actions);
    finished.clear();
    worlds.take_finished(finished);
  }
  state.counters["steps/s"] = benchmark::Counter(
      static_cast<double>(worlds.size()) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(physics_alone, lander, lander());
BENCHMARK_CAPTURE(physics_alone, cart_pole, cart_pole());
BENCHMARK_CAPTURE(physics_alone, walker, world<envs::Walker>());
BENCHMARK_CAPTURE(physics_alone, point_maze, world<envs::PointMaze>());
BENCHMARK_CAPTURE(physics_alone, docking, world<envs::Docking>());
BENCHMARK_CAPTURE(physics_alone, key_rooms, world<envs::KeyRooms>());
BENCHMARK_CAPTURE(physics_alone, lidar_nav, world<envs::LidarNav>());
BENCHMARK_CAPTURE(physics_alone, swing_up, world<envs::SwingUp>());
BENCHMARK_CAPTURE(physics_alone, arm_reach, world<envs::ArmReach>());
BENCHMARK_CAPTURE(physics_alone, push_block, world<envs::PushBlock>());
BENCHMARK_CAPTURE(physics_alone, slide_puck, world<envs::SlidePuck>());
BENCHMARK_CAPTURE(physics_alone, gantry_grasp, world<envs::GantryGrasp>());
BENCHMARK_CAPTURE(physics_alone, car_track, world<envs::CarTrack>());
BENCHMARK_CAPTURE(physics_alone, swing_up_two_links, world<envs::AcrobotSwingUp>());
BENCHMARK_CAPTURE(physics_alone, ball_in_cup, world<envs::BallInCup>());

// Everything counted: physics, inference, eight epochs of learning.
void ppo(benchmark::State& state, const envs::EnvironmentFactory& factory, int minibatch) {
  agents::Ppo agent(factory()->spec(), {.rollout = 128, .minibatch = minibatch, .epochs = 8},
                    optim::adam({.lr = 1e-3}));
  envs::ThreadPool pool(1);
  agent.begin({.factory = factory, .environments = 16, .seed = 1, .total_steps = 100'000'000, .pool = &pool});
  agents::Telemetry telemetry;
  for (auto _ : state) agent.iterate(telemetry);
  state.counters["steps/s"] = benchmark::Counter(static_cast<double>(agent.steps()), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(ppo, lander, lander(), 128)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ppo, cart_pole, cart_pole(), 256)->Unit(benchmark::kMillisecond);

// One update a step, so that steps/s bounds updates/s from below: 4-64-64-2, batch 64.
void dqn(benchmark::State& state) {
  agents::Dqn agent(cart_pole()()->spec(), {.hidden = {64, 64}, .batch = 64}, optim::adam({.lr = 1e-3}));
  envs::ThreadPool pool(1);
  agent.begin({.factory = cart_pole(), .environments = 4, .seed = 1, .total_steps = 100'000'000, .pool = &pool});
  agents::Telemetry telemetry;
  agent.iterate(telemetry);
  const auto before = telemetry.updates;
  for (auto _ : state) agent.iterate(telemetry);
  state.counters["updates/s"] =
      benchmark::Counter(static_cast<double>(telemetry.updates - before), benchmark::Counter::kIsRate);
}
BENCHMARK(dqn)->Unit(benchmark::kMillisecond);

// Seconds that one fused multiply-add takes at the peak, over a tenth of a second.
double seconds_of_fma() {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  double rounds = 0, seconds = 0;
  for (; seconds < 0.1; seconds = std::chrono::duration<double>(Clock::now() - begin).count(), ++rounds)
    multiply_and_add();
  return seconds / (rounds * chains * lanes * fma_rounds);
}

// Weights of the actor and of a critic of the pendulum (3 features, 1 action), both layers `width` wide, and of their
// first layers.
struct Weights {
  double actor, critic, actor_first, critic_first;
};
Weights weights_of(double width, double outputs) {
  return {3 * width + width * width + width * outputs, 4 * width + width * width + width, 3 * width, 4 * width};
}

// Multiply-adds of an update's matrix products, a sample. A network with W weights, F of them in its first layer, takes
// W forwards, W for the gradient of its weights, and W - F for what goes down to its first hidden layer; the actor's
// update goes through the critics down to the action.
double multiply_adds(const agents::SacOptions& options) {
  const Weights w = weights_of(options.hidden.front(), 2);
  const double targets = w.actor + 2 * w.critic, critics = 2 * (3 * w.critic - w.critic_first);
  const double actor = 3 * w.actor - w.actor_first + 2 * (2 * w.critic - w.critic_first);
  return targets + critics + actor;
}
double multiply_adds(const agents::Td3Options& options) {
  const Weights w = weights_of(options.hidden.front(), 1);
  const double targets = w.actor + 2 * w.critic, critics = 2 * (3 * w.critic - w.critic_first);
  const double actor = 3 * w.actor - w.actor_first + 2 * w.critic - w.critic_first;
  return targets + critics + actor / options.actor_delay;
}

// One update for each step of one pendulum, batch 100, acting and physics counted.
template <class Agent, class Options>
void off_policy(benchmark::State& state) {
  const int width = static_cast<int>(state.range(0));
  const Options options{.hidden = {width, width}, .memory = 10'000, .batch = 100, .learning_starts = 100};
  const envs::EnvironmentFactory factory = world<envs::Pendulum>();
  Agent agent(factory()->spec(), options, optim::adam({.lr = 1e-3}));
  envs::ThreadPool pool(1);
  agent.begin({.factory = factory, .environments = 1, .seed = 1, .total_steps = 100'000'000, .pool = &pool});
  agents::Telemetry telemetry;
  agent.iterate(telemetry);
  const double limit = seconds_of_fma() * multiply_adds(options) * options.batch;
  const auto before = agent.steps();
  const auto begin = std::chrono::steady_clock::now();
  for (auto _ : state) agent.iterate(telemetry);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const double update = seconds / static_cast<double>(agent.steps() - before);
  state.counters["us/update"] = 1e6 * update;
  state.counters["us at the FMA limit"] = 1e6 * limit;
  state.counters["share of it"] = limit / update;
}
BENCHMARK(off_policy<agents::Sac, agents::SacOptions>)->Name("sac")->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond);
BENCHMARK(off_policy<agents::Td3, agents::Td3Options>)->Name("td3")->Arg(64)->Arg(256)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
