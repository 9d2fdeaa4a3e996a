// Every schedule against PyTorch's recorded rates, or closed forms, over 100 updates from a base rate of 0.1.
#include "optim/schedule.h"

#include <gtest/gtest.h>

#include "optim/plateau.h"
#include "optim/schedule_composition.h"
#include "optim/schedule_cycles.h"
#include "optim/schedule_decay.h"
#include "tests/optim/reference.h"

namespace cairn::optim {
namespace {

struct ScheduleCase {
  const char* column;
  Schedule schedule;
};
void PrintTo(const ScheduleCase& c, std::ostream* out) {
  *out << c.column;
}

class Schedules : public testing::TestWithParam<ScheduleCase> {};

TEST_P(Schedules, AgreeWithTheRecordedRates) {
  const std::vector<double> rates = recorded_rates(GetParam().column);
  ASSERT_EQ(rates.size(), 100U);
  for (std::size_t k = 0; k < rates.size(); ++k)
    EXPECT_NEAR(GetParam().schedule(static_cast<std::int64_t>(k), 0.1, {100}), rates[k], 1e-12) << "update " << k;
}

constexpr double third = 0.3333333333333333;

INSTANTIATE_TEST_SUITE_P(
    Recorded, Schedules,
    testing::Values(
        ScheduleCase{"constant", constant({.factor = third, .total_iters = 5})},
        ScheduleCase{"linear", linear({.start_factor = third, .end_factor = 1, .total_iters = 20})},
        ScheduleCase{"linear_to_zero", linear()},
        ScheduleCase{"swa_linear", linear({.end_factor = 0.2, .total_iters = 10})}, ScheduleCase{"cosine", cosine()},
        ScheduleCase{"cosine_past_t_max", cosine({.t_max = 40, .eta_min = 0.001})},
        ScheduleCase{"warmup_cosine_decay", warmup({.steps = 10, .then = cosine({.eta_min = 0.001})})},
        ScheduleCase{"polynomial", polynomial({.total_iters = 60, .power = 2})},
        ScheduleCase{"exponential", exponential({.gamma = 0.95})},
        ScheduleCase{"multiplicative", exponential({.gamma = 0.97})},
        ScheduleCase{"exponential_staircase", exponential({.gamma = 0.5, .every = 10, .floor = 0.001})},
        ScheduleCase{"step", step({.step_size = 30})},
        ScheduleCase{"multi_step", multi_step({.milestones = {20, 60, 80}})},
        ScheduleCase{"lambda_inverse_sqrt", inverse_sqrt()},
        ScheduleCase{"warmup_inverse_sqrt", inverse_sqrt({.warmup = 10})},
        ScheduleCase{"warmup_stable_decay", warmup_stable_decay({.warmup = 10, .decay_from = 60})},
        ScheduleCase{"cosine_warm_restarts", cosine_restarts({.t_0 = 10, .t_mult = 2})},
        ScheduleCase{"one_cycle_cos", one_cycle({.total_steps = 101})},
        ScheduleCase{"one_cycle_linear_three_phase",
                     one_cycle({.max_lr = 0.1, .total_steps = 101, .three_phase = true, .anneal = Anneal::linear})},
        ScheduleCase{"cyclic_triangular", cyclic({.base_lr = 0.01, .step_size_up = 12})},
        ScheduleCase{"cyclic_triangular2", cyclic({.base_lr = 0.01,
                                                   .max_lr = 0.1,
                                                   .step_size_up = 12,
                                                   .step_size_down = 8,
                                                   .mode = CycleMode::triangular2})},
        ScheduleCase{"cyclic_exp_range",
                     cyclic({.base_lr = 0.01, .step_size_up = 12, .mode = CycleMode::exp_range, .gamma = 0.98})},
        ScheduleCase{"sequential_warmup_cosine",
                     join({.first = linear({.start_factor = 0.01, .end_factor = 1}), .then = cosine(), .at = 10})},
        ScheduleCase{"chained_constant_exponential", product({.first = constant({.factor = 0.1, .total_iters = 10}),
                                                              .second = exponential({.gamma = 0.95})})}),
    [](const auto& each) { return each.param.column; });

TEST(Schedule, CosineStaysDownWhenAskedTo) {
  const Schedule stays = cosine({.t_max = 40, .eta_min = 0.001, .climb = false});
  EXPECT_EQ(stays(40, 0.1, {}), 0.001);
  EXPECT_EQ(stays(99, 0.1, {}), 0.001);
}

TEST(Schedule, NestingChangesNothingInside) {
  const Schedule inner = cosine({.t_max = 90});
  const Schedule nested = warmup({.steps = 5, .then = warmup({.steps = 5, .then = inner})});
  for (std::int64_t k = 10; k < 100; ++k) EXPECT_EQ(nested(k, 0.1, {100}), inner(k - 10, 0.1, {90}));
}

TEST(Plateau, LowersTheRateAsRecorded) {
  auto columns = read_columns("schedules.csv");
  Plateau plateau({.patience = 5, .min_factor = 1e-5});
  for (std::size_t k = 0; k < 100; ++k) {
    EXPECT_NEAR(0.1 * plateau.factor(), columns["reduce_on_plateau"][k], 1e-12) << k;
    plateau.observe(columns["metric"][k]);
  }
}

}  // namespace
}  // namespace cairn::optim
