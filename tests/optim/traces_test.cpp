// Replays the recorded traces (PyTorch 1.13.1, or a plain transcription of the published formula) step by step.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "optim/catalogue.h"
#include "tests/optim/reference.h"

namespace cairn::optim {
namespace {

struct Case {
  const char* name;
  Rule rule;
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

double f32_error(const std::string& name) {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/optim/manifest.json");
  const nlohmann::json manifest = nlohmann::json::parse(file);
  for (const auto& entry : manifest.at("optimizers"))
    if (entry["name"] == name) return entry["f32_error"];
  throw std::runtime_error("no trace " + name);
}

template <class S>
void replay(const Case& c, char column, double tolerance) {
  auto trace = read_columns("traces/" + std::string(c.name) + ".csv");
  constexpr std::size_t n = 8;
  Layout layout;
  layout.add("all", n, 1, {});
  const std::size_t rows = trace["step"].size();
  const auto optimizer = c.rule.bind<S>(layout, {.updates = static_cast<std::int64_t>(rows) - 1});
  std::vector<S> p(n), g(n);
  const auto at = [&](char kind, std::size_t i, std::size_t row) {
    return trace[std::string(1, kind) + std::to_string(i)][row];
  };
  for (std::size_t i = 0; i < n; ++i) p[i] = static_cast<S>(at(column, i, 0));
  for (std::size_t row = 1; row < rows; ++row) {
    for (std::size_t i = 0; i < n; ++i) g[i] = static_cast<S>(at('g', i, row));
    optimizer->step(p, g);
    for (std::size_t i = 0; i < n; ++i) {
      const double expected = at(column, i, row);
      ASSERT_LE(std::abs(static_cast<double>(p[i]) - expected) / std::max(1.0, std::abs(expected)), tolerance)
          << c.name << " step " << row << " parameter " << i << ": " << p[i] << " instead of " << expected;
    }
  }
}

class Traces : public ::testing::TestWithParam<Case> {};

TEST_P(Traces, Float64) {
  replay<double>(
      GetParam(), 'd',
      std::string(GetParam().name) == "nadam" ? 1e-10 : 1e-12);  // PyTorch keeps NAdam's product in single precision
}
TEST_P(Traces, Float32) {
  replay<float>(GetParam(), 'f', std::max(4 * f32_error(GetParam().name), 2e-6));
}

INSTANTIATE_TEST_SUITE_P(
    Reference, Traces,
    ::testing::Values(
        Case{"sgd", sgd({.lr = 0.01})}, Case{"sgd_momentum", sgd({.lr = 0.01, .momentum = 0.9})},
        Case{"sgd_nesterov", sgd({.lr = 0.01, .momentum = 0.9, .nesterov = true})},
        Case{"sgd_dampening", sgd({.lr = 0.01, .momentum = 0.9, .dampening = 0.1})},
        Case{"sgd_nesterov_weight_decay", sgd({.lr = 0.01, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01})},
        Case{"rmsprop", rmsprop({.lr = 0.01})}, Case{"rmsprop_centered", rmsprop({.lr = 0.01, .centered = true})},
        Case{"rmsprop_momentum", rmsprop({.lr = 0.01, .momentum = 0.9})},
        Case{"rmsprop_centered_momentum_weight_decay",
             rmsprop({.lr = 0.01, .momentum = 0.9, .centered = true, .weight_decay = 0.01})},
        Case{"rmsprop_tf", rmsprop({.lr = 7e-4, .eps = 1e-5, .epsilon_inside = true, .initial_v = 1})},
        Case{"rmsprop_tf_centered", rmsprop({.lr = 7e-4,
                                             .alpha = 0.95,
                                             .eps = 1e-5,
                                             .momentum = 0.9,
                                             .centered = true,
                                             .epsilon_inside = true,
                                             .initial_v = 1})},
        Case{"rmsprop_dqn_nature",
             rmsprop({.lr = 2.5e-4, .alpha = 0.95, .eps = 0.01, .centered = true, .epsilon_inside = true})},
        Case{"adam", adam()}, Case{"adam_l2", adam({.weight_decay = 0.01})},
        Case{"adam_equal_betas", adam({.beta1 = 0.99, .beta2 = 0.99})}, Case{"amsgrad", amsgrad()},
        Case{"adam_eps_hat", adam({.eps = 1e-7, .epsilon_hat = true})}, Case{"adamw", adamw()},
        Case{"adamw_amsgrad", adamw({.amsgrad = true})}, Case{"adagrad", adagrad()},
        Case{"adagrad_decay_accumulator",
             adagrad({.lr_decay = 0.01, .initial_accumulator = 0.1, .weight_decay = 0.01})},
        Case{"adadelta", adadelta()}, Case{"adadelta_weight_decay", adadelta({.weight_decay = 0.01})},
        Case{"adamax", adamax()}, Case{"nadam", nadam()}, Case{"radam", radam()},
        Case{"radam_l2", radam({.weight_decay = 0.01})}, Case{"rprop", rprop()}, Case{"yogi", yogi()},
        Case{"yogi_bias_corrected", yogi({.bias_correction = true})},
        Case{"adabelief", adabelief({.weight_decay = 0.01})}, Case{"adan", adan({.weight_decay = 0.01})},
        Case{"ademamix", ademamix({.warmup = 40, .weight_decay = 0.01})}, Case{"adopt", adopt()},
        Case{"lion", lion({.lr = 1e-3, .weight_decay = 0.01})}, Case{"signum", signum()}, Case{"fedavg", fed_avg()},
        Case{"fedadagrad", fed_adagrad()}, Case{"fedadam", fed_adam()}, Case{"fedyogi", fed_yogi()},
        Case{"ppo_clip_adam_linear_lr",
             adam({.lr = 3e-4, .eps = 1e-5}).with_clip(global_norm({.max = 0.5})).with_schedule(linear())}),
    [](const auto& parameter) { return parameter.param.name; });

}  // namespace
}  // namespace cairn::optim
