// What a frame of the window takes, under an X server: the column CPU is the processor time of the window's thread,
// from asking for events to showing the picture, without waiting for the next frame. And of it, what a value map takes.
#include <benchmark/benchmark.h>

#include <cmath>

#include "envs/box2d/lander.h"
#include "render/sheets/value_map.h"
#include "render/window/display.h"
#include "render/window/view.h"
#include "tests/render/policies.h"

namespace {

using namespace cairn;

void BM_Frame(benchmark::State& state) {
  if (const std::string trouble = render::display_trouble(); !trouble.empty())
    return state.SkipWithError(trouble.c_str());
  const envs::EnvironmentFactory lander = [] { return std::make_unique<envs::Lander>(); };
  render::View view({.learner = "ppo",
                     .factory = lander,
                     .pilots = true,
                     .width = static_cast<int>(state.range(0)),
                     .height = static_cast<int>(state.range(1)),
                     .pictures = {}});
  for (int i = 1; i <= 500; ++i)
    view.curves.training.add(std::vector<agents::Telemetry::Metric>{{"steps", 2000.0 * i},
                                                                    {"updates", 1.0 * i},
                                                                    {"return_mean", std::sin(0.01 * i)},
                                                                    {"success_rate", 0.5},
                                                                    {"train/value_loss", std::exp(-0.01 * i)}});
  for (int i = 0; i < 60; ++i) view.pilots.add(20'000 * i, render::steady_policy(view.worlds.spec()));
  for (int i = 0; i < 30; ++i) view.frame();
  for (auto _ : state) view.frame();
}
BENCHMARK(BM_Frame)
    ->Args({1280, 720})
    ->Args({1920, 1080})
    ->Args({3840, 2160})
    ->Iterations(120)
    ->Unit(benchmark::kMillisecond);

// The value map beside the worlds, of a window of 1280x720: 3,000 states visited, a critic with two layers of 64;
// alone, or with a map of an intrinsic reward below.
void BM_ValueMap(benchmark::State& state) {
  const envs::EnvironmentFactory lander = [] { return std::make_unique<envs::Lander>(); };
  render::ShownWorlds worlds(lander, 6, 1);
  render::ValueMap map(worlds.spec());
  agents::Policy critic;
  critic.head = agents::Head::value;
  critic.shape = {.inputs = worlds.spec().observation_size(), .hidden = {64, 64}, .outputs = 1};
  critic.parameters = 0.3F * Eigen::VectorXf::Random((8 + 1) * 64 + (64 + 1) * 64 + 64 + 1);
  map.set_critic(critic);
  worlds.set_policy(render::steady_policy(worlds.spec()));
  for (int i = 0; i < 500; ++i) {
    worlds.step();
    map.visit(worlds);
  }
  if (state.range(0) == 1) {
    render::ValueMap::Question novelty = map.ask(worlds, 0);
    for (Eigen::Index i = 0; i < novelty.observations.cols(); ++i)
      novelty.field.values.push_back(static_cast<double>(novelty.observations.col(i).squaredNorm()));
    map.set_novelty(std::move(novelty));
  }
  render::Picture picture(530, 560);
  for (auto _ : state) map.draw(picture, {0, 0, 530, 560}, worlds, 0);
}
BENCHMARK(BM_ValueMap)->ArgName("novelty")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
