// What a frame of the window takes, under an X server: the column CPU is the processor time of the window's thread,
// from asking for events to showing the picture, without waiting for the next frame.
#include <benchmark/benchmark.h>

#include <cmath>

#include "envs/box2d/lander.h"
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

}  // namespace

BENCHMARK_MAIN();
