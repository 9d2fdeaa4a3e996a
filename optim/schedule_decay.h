#pragma once

#include <vector>

#include "optim/schedule.h"

namespace cairn::optim {

/// base (1 - k / total)^power, then 0 (PyTorch's PolynomialLR).
struct PolynomialOptions {
  std::int64_t total_iters = 0;
  double power = 1;
  template <class V>
  void fields(V&& v) {
    v("total_iters", total_iters, "[0,inf)", "updates until zero; 0: the whole run");
    v("power", power, "(0,inf)", "1: a straight line");
  }
};
Schedule polynomial(const PolynomialOptions& options = {});

/// max(floor, base gamma^(k / every)), the exponent whole where `every` > 1 (a staircase).
struct ExponentialOptions {
  double gamma = 0.99;
  std::int64_t every = 1;
  double floor = 0;
  template <class V>
  void fields(V&& v) {
    v("gamma", gamma, "(0,inf)", "factor");
    v("every", every, "[1,inf)", "updates between factors");
    v("floor", floor, "[0,inf)", "lowest rate");
  }
};
Schedule exponential(const ExponentialOptions& options = {});

/// base gamma^floor(k / step_size) (PyTorch's StepLR).
struct StepOptions {
  std::int64_t step_size = 1000;
  double gamma = 0.1;
  template <class V>
  void fields(V&& v) {
    v("step_size", step_size, "[1,inf)", "updates between factors");
    v("gamma", gamma, "(0,inf)", "factor");
  }
};
Schedule step(const StepOptions& options = {});

/// base gamma^(milestones passed) (PyTorch's MultiStepLR).
struct MultiStepOptions {
  std::vector<int> milestones = {1000};
  double gamma = 0.1;
  template <class V>
  void fields(V&& v) {
    v("milestones", milestones, "[0,inf)", "updates after which the factor applies once more");
    v("gamma", gamma, "(0,inf)", "factor");
  }
};
Schedule multi_step(const MultiStepOptions& options = {});

/// base min((k + 1) / warmup, √(warmup / (k + 1))) (Vaswani et al. 2017).
struct InverseSqrtOptions {
  std::int64_t warmup = 1;
  template <class V>
  void fields(V&& v) {
    v("warmup", warmup, "[1,inf)", "updates of the climb");
  }
};
Schedule inverse_sqrt(const InverseSqrtOptions& options = {});

/// A climb from zero, a plateau, a straight line down to `final` (Hu et al. 2024).
struct WarmupStableDecayOptions {
  std::int64_t warmup = 500, decay_from = 0, total = 0;
  double final = 0;
  template <class V>
  void fields(V&& v) {
    v("warmup", warmup, "[0,inf)", "updates of the climb");
    v("decay_from", decay_from, "[0,inf)", "first update of the descent; 0: after nine tenths of the total");
    v("total", total, "[0,inf)", "updates until the end; 0: the whole run");
    v("final", final, "[0,inf)", "rate at the end");
  }
};
Schedule warmup_stable_decay(const WarmupStableDecayOptions& options = {});

}  // namespace cairn::optim
