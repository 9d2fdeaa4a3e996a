// Throughput beside its limits, measured in the same run on one core: the arithmetic peak (fused multiply-adds in
// registers), memory traffic, and physics alone; then what the agents reach on top of them.
#include <benchmark/benchmark.h>

#include <Eigen/Core>
#include <chrono>
#include <vector>

#include "agents/policy_gradient/ppo.h"
#include "agents/q_learning/dqn.h"
#include "agents/q_learning/sac.h"
#include "agents/q_learning/td3.h"
#include "envs/box2d/arm_reach.h"
#include "envs/box2d/car_track.h"
#include "envs/box2d/docking.h"
#include "envs/box2d/gantry_grasp.h"
#include "envs/box2d/key_rooms.h"
#include "envs/box2d/lander.h"
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

// Twelve independent chains of fused multiply-adds keep every port busy. Returns how many there were.
double multiply_add() {
  using Packet = Eigen::internal::packet_traits<float>::type;
  constexpr int chains = 12, lanes = Eigen::internal::packet_traits<float>::size, repeats = 1000;
  const Packet factor = Eigen::internal::pset1<Packet>(0.999F), term = Eigen::internal::pset1<Packet>(1e-3F);
  Packet sums[chains];
  for (Packet& sum : sums) sum = Eigen::internal::pset1<Packet>(1.0F);
  for (int i = 0; i < repeats; ++i)
    for (Packet& sum : sums) sum = Eigen::internal::pmadd(sum, factor, term);
  for (Packet& sum : sums) benchmark::DoNotOptimize(sum);
  return 1.0 * chains * lanes * repeats;
}

void fma_peak(benchmark::State& state) {
  double done = 0;
  for (auto _ : state) done += multiply_add();
  state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * done, benchmark::Counter::kIsRate);
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
BENCHMARK_CAPTURE(physics_alone, swing_up, world<envs::SwingUp>());
BENCHMARK_CAPTURE(physics_alone, arm_reach, world<envs::ArmReach>());
BENCHMARK_CAPTURE(physics_alone, push_block, world<envs::PushBlock>());
BENCHMARK_CAPTURE(physics_alone, slide_puck, world<envs::SlidePuck>());
BENCHMARK_CAPTURE(physics_alone, gantry_grasp, world<envs::GantryGrasp>());
BENCHMARK_CAPTURE(physics_alone, car_track, world<envs::CarTrack>());

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

// Multiply-adds of one sample through a perceptron: forward, back to the parameters, back to the inputs.
struct Products {
  double forward = 0, to_parameters = 0, to_hidden = 0, to_inputs = 0;
  Products(double inputs, const std::vector<int>& hidden, double outputs) {
    double below = inputs;
    const auto layer = [&](double width) {
      forward += below * width;
      to_inputs += below * width;
      if (below != inputs) to_hidden += below * width;
      below = width;
    };
    for (const int width : hidden) layer(width);
    layer(outputs);
    to_parameters = forward;
  }
};

// Per sample of an update with two critics over 3 observations and 1 action.
double products_of(const agents::SacOptions& options) {
  const Products actor(3, options.hidden, 2), critic(4, options.hidden, 1);
  return 2 * actor.forward + actor.to_parameters + actor.to_hidden +
         2 * (3 * critic.forward + critic.to_parameters + critic.to_hidden + critic.to_inputs);
}
double products_of(const agents::Td3Options& options) {
  const Products actor(3, options.hidden, 1), critic(4, options.hidden, 1);
  const double actors_turn = actor.forward + actor.to_parameters + actor.to_hidden + critic.forward + critic.to_inputs;
  return actor.forward + 2 * (2 * critic.forward + critic.to_parameters + critic.to_hidden) +
         actors_turn / options.actor_delay;
}

// Microseconds of an update, a step of the pendulum and its share of everything included, beside what its products
// take at the peak, which is measured between the stretches of updates.
template <class Learner, class Options>
void continuous(benchmark::State& state, Options options) {
  using Clock = std::chrono::steady_clock;
  options.learning_starts = 256;
  options.memory = 10'000;
  Learner agent(envs::Pendulum(envs::PendulumOptions{}).spec(), options, optim::adam({.lr = 1e-3}));
  envs::ThreadPool pool(1);
  agent.begin({.factory = [] { return std::make_unique<envs::Pendulum>(envs::PendulumOptions{}); },
               .environments = 1,
               .seed = 1,
               .total_steps = 100'000'000,
               .pool = &pool});
  agents::Telemetry telemetry;
  agent.iterate(telemetry);
  const auto before = telemetry.updates;
  std::chrono::duration<double> learning{}, multiplying{};
  double products = 0;
  for (auto _ : state) {
    const auto start = Clock::now();
    agent.iterate(telemetry);
    const auto middle = Clock::now();
    for (int i = 0; i < 2'000; ++i) products += multiply_add();
    learning += middle - start;
    multiplying += Clock::now() - middle;
  }
  const double update = learning.count() / static_cast<double>(telemetry.updates - before);
  const double limit = products_of(options) * options.batch * multiplying.count() / products;
  state.counters["us/update"] = 1e6 * update;
  state.counters["limit"] = 1e6 * limit;
  state.counters["of limit"] = limit / update;
}
// Nine times each, for the median.
void nine_times(benchmark::internal::Benchmark* benchmark) {
  benchmark->Iterations(4)->Repetitions(9)->ReportAggregatesOnly()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(continuous<agents::Sac>, 64x64, agents::SacOptions{.hidden = {64, 64}, .batch = 100})
    ->Apply(nine_times);
BENCHMARK_CAPTURE(continuous<agents::Td3>, 64x64, agents::Td3Options{.hidden = {64, 64}, .batch = 100})
    ->Apply(nine_times);
BENCHMARK_CAPTURE(continuous<agents::Sac>, 256x256, agents::SacOptions{.hidden = {256, 256}, .batch = 256})
    ->Apply(nine_times);
BENCHMARK_CAPTURE(continuous<agents::Td3>, 256x256, agents::Td3Options{.hidden = {256, 256}, .batch = 256})
    ->Apply(nine_times);

}  // namespace

BENCHMARK_MAIN();
