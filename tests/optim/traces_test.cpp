// Replays the recorded traces (PyTorch 1.13.1, or a plain transcription of the published formula) step by step.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "optim/catalogue.h"
#include "tests/optim/reference.h"

namespace cairn::optim {
namespace {

struct Case {
  const char* name;
  Rule rule;
  const char* blocks = "8";  // as `cairn optimizer replay --blocks` takes them; the k-th is tagged with its number
  bool evaluated = false;    // the trace is of the evaluation point
  double sign = 1;           // -1: the trace is of an ascent
};

void PrintTo(const Case& c, std::ostream* out) {
  *out << c.name;
}

nlohmann::json entry_of(const std::string& name) {
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/optim/manifest.json");
  const nlohmann::json manifest = nlohmann::json::parse(file);
  for (const auto& entry : manifest.at("optimizers"))
    if (entry["name"] == name) return entry;
  throw std::runtime_error("no trace " + name);
}

/// Kron as traced: Q moves at every step, by recorded probes.
Rule traced_kron(const std::string& name, bool probe_leaks) {
  KronOptions options{.lr = 1e-3, .weight_decay = 0.01, .probe_leaks = probe_leaks};
  options.draw = [name](std::size_t, std::int64_t step, std::span<double> probe) {
    const nlohmann::json entry = entry_of(name);
    for (std::size_t i = 0; i < probe.size(); ++i) probe[i] = entry["probes"][static_cast<std::size_t>(step - 1)][i];
    const auto balanced = entry["hyper"]["balance_steps"].get<std::vector<std::int64_t>>();
    return std::ranges::find(balanced, step) != balanced.end();
  };
  return kron(options);
}

Layout layout_of(const std::string& blocks) {
  Layout layout;
  std::istringstream list(blocks);
  for (std::string block; std::getline(list, block, ',');) {
    const std::size_t times = block.find('x');
    const std::string number = std::to_string(layout.blocks.size());
    layout.add(number, std::stoi(block), times == std::string::npos ? 1 : std::stoi(block.substr(times + 1)), {number});
  }
  return layout;
}

template <class S>
void replay(const Case& c, char column, double tolerance) {
  auto trace = read_columns("traces/" + std::string(c.name) + ".csv");
  constexpr std::size_t n = 8;
  const Layout layout = layout_of(c.blocks);
  const std::size_t rows = trace["step"].size();
  const auto optimizer = c.rule.bind<S>(layout, {.updates = static_cast<std::int64_t>(rows) - 1});
  std::vector<S> p(n), g(n), seen(n);
  const auto at = [&](char kind, std::size_t i, std::size_t row) {
    return trace[std::string(1, kind) + std::to_string(i)][row];
  };
  for (std::size_t i = 0; i < n; ++i) p[i] = static_cast<S>(at(column, i, 0));
  for (std::size_t row = 1; row < rows; ++row) {
    for (std::size_t i = 0; i < n; ++i) g[i] = static_cast<S>(c.sign * at('g', i, row));
    const StepReport report = optimizer->step(p, g);
    ASSERT_NEAR(report.learning_rate, trace["lr"][row], 1e-12 * trace["lr"][row]) << c.name << " step " << row;
    seen = p;
    if (c.evaluated) optimizer->evaluation_point(p, seen);
    for (std::size_t i = 0; i < n; ++i) {
      const double expected = at(column, i, row);
      ASSERT_LE(std::abs(static_cast<double>(seen[i]) - expected) / std::max(1.0, std::abs(expected)), tolerance)
          << c.name << " step " << row << " parameter " << i << ": " << seen[i] << " instead of " << expected;
    }
  }
}

class Traces : public ::testing::TestWithParam<Case> {};

TEST_P(Traces, Float64) {
  replay<double>(GetParam(), 'd', entry_of(GetParam().name).value("f64_allowed", 1e-12));
}
TEST_P(Traces, Float32) {
  replay<float>(GetParam(), 'f', std::max(4 * entry_of(GetParam().name)["f32_error"].get<double>(), 2e-6));
}

const std::vector<Case> cases = {
    Case{"sgd", sgd({.lr = 0.01})},
    Case{"sgd_momentum", sgd({.lr = 0.01, .momentum = 0.9})},
    Case{"sgd_nesterov", sgd({.lr = 0.01, .momentum = 0.9, .nesterov = true})},
    Case{"sgd_dampening", sgd({.lr = 0.01, .momentum = 0.9, .dampening = 0.1})},
    Case{"sgd_nesterov_weight_decay", sgd({.lr = 0.01, .momentum = 0.9, .nesterov = true, .weight_decay = 0.01})},
    Case{"rmsprop", rmsprop({.lr = 0.01})},
    Case{"rmsprop_centered", rmsprop({.lr = 0.01, .centered = true})},
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
    Case{"adam", adam()},
    Case{"adam_l2", adam({.weight_decay = 0.01})},
    Case{"adam_equal_betas", adam({.beta1 = 0.99, .beta2 = 0.99})},
    Case{"amsgrad", amsgrad()},
    Case{"adam_eps_hat", adam({.eps = 1e-7, .epsilon_hat = true})},
    Case{"adamw", adamw()},
    Case{"adamw_amsgrad", adamw({.amsgrad = true})},
    Case{"adagrad", adagrad()},
    Case{"adagrad_decay_accumulator", adagrad({.lr_decay = 0.01, .initial_accumulator = 0.1, .weight_decay = 0.01})},
    Case{"adadelta", adadelta()},
    Case{"adadelta_weight_decay", adadelta({.weight_decay = 0.01})},
    Case{"adamax", adamax()},
    Case{"nadam", nadam()},
    Case{"radam", radam()},
    Case{"radam_l2", radam({.weight_decay = 0.01})},
    Case{"rprop", rprop()},
    Case{"yogi", yogi()},
    Case{"yogi_bias_corrected", yogi({.bias_correction = true})},
    Case{"adabelief", adabelief({.weight_decay = 0.01})},
    Case{"adan", adan({.weight_decay = 0.01})},
    Case{"ademamix", ademamix({.warmup = 40, .weight_decay = 0.01})},
    Case{"adopt", adopt()},
    Case{"lion", lion({.lr = 1e-3, .weight_decay = 0.01})},
    Case{"signum", signum()},
    Case{"fedavg", fed_avg()},
    Case{"fedadagrad", fed_adagrad()},
    Case{"fedadam", fed_adam()},
    Case{"fedyogi", fed_yogi()},
    Case{"adam_maximize", adam(), "8", false, -1},
    Case{"adam_rel", restart({.rule = adam(), .on = RestartOn::update, .every = 16})},
    Case{"adam_reset", restart({.rule = adam(), .what = Restarted::state, .on = RestartOn::update, .every = 16})},
    Case{"adamw_cautious", adamw({.cautious = true})},
    Case{"adamw_agc", adamw().with_clip(agc({.ratio = 0.3, .eps = 1e-3})), "4,4"},
    Case{"adamw_two_groups",
         partition({{{"0", adamw({.lr = 3e-4, .weight_decay = 0.1})}, {"1", adamw({.lr = 0.01, .weight_decay = 0})}}}),
         "4,4"},
    Case{"adamw_warmup_cosine",
         adamw({.lr = 3e-4, .weight_decay = 0.1})
             .with_schedule(warmup({.steps = 9,
                                    .start_factor = 0.1,
                                    .then = join({.first = {}, .then = cosine({.t_max = 40}), .at = 1})}))},
    Case{"sgd_momentum_lr_drop", sgd({.lr = 3e-4, .momentum = 0.9}).with_schedule(multi_step({.milestones = {25}}))},
    Case{"lamb", lamb({.lr = 0.01}), "4,4"},
    Case{"schedule_free_adamw", schedule_free_adamw({.warmup = 10, .weight_decay = 0.01})},
    Case{"schedule_free_adamw_eval", schedule_free_adamw({.warmup = 10, .weight_decay = 0.01}), "8", true},
    Case{"schedule_free_sgd", schedule_free_sgd({.lr = 0.002, .warmup = 10})},
    Case{"prodigy", prodigy({.d0 = 1e-3})},
    Case{"mars", mars({.weight_decay = 0.01, .vectors = true})},
    Case{"muon_wide", muon(), "2x4"},
    Case{"muon_tall", muon(), "4x2"},
    Case{"normuon_wide", normuon({.weight_decay = 0.01}), "2x4"},
    Case{"normuon_tall", normuon({.weight_decay = 0.01}), "4x2"},
    Case{"d_muon_wide", d_muon(), "2x4"},
    Case{"d_muon_tall", d_muon(), "4x2"},
    Case{"kron_psgd", traced_kron("kron_psgd", true), "2x4"},
    Case{"kron_psgd_clean", traced_kron("kron_psgd_clean", false), "2x4"},
    Case{"kron_psgd_vector", traced_kron("kron_psgd_vector", true)},
    Case{"trac_sgd", trac({.rule = sgd({.lr = 1e-3})})},
    Case{"ppo_clip_adam_linear_lr",
         adam({.lr = 3e-4, .eps = 1e-5}).with_clip(global_norm({.max = 0.5})).with_schedule(linear())}};

INSTANTIATE_TEST_SUITE_P(Reference, Traces, ::testing::ValuesIn(cases),
                         [](const auto& parameter) { return parameter.param.name; });

// A trace that can be typed is also replayed by `cairn optimizer check` (tests/apps/optimizer/check_test.cpp); the
// others only here.
TEST(Reference, EveryTraceThatCannotBeTypedIsReplayed) {
  const std::set<std::string> without_a_rule = {"asgd"};  // averaged SGD: `average.h` beside any rule
  std::set<std::string> replayed;
  for (const Case& c : cases) replayed.insert(c.name);
  std::ifstream file(std::string(CAIRN_TEST_DATA) + "/optim/manifest.json");
  const auto manifest = nlohmann::json::parse(file);
  for (const auto& entry : manifest.at("optimizers"))
    if (entry.at("arguments").is_null() && !without_a_rule.contains(entry.at("name"))) {
      EXPECT_TRUE(replayed.contains(entry.at("name"))) << entry.at("name");
    }
}

}  // namespace
}  // namespace cairn::optim
