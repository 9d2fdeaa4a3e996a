#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cairn::optim {

/// What a schedule may need to know when it is bound to a run.
struct Horizon {
  std::int64_t updates = 0;  ///< optimizer updates in the whole run; what a schedule with an omitted horizon uses
};

/// A count, as a formula reads it.
inline double real(std::int64_t count) {
  return static_cast<double>(count);
}

/// A learning-rate schedule: a pure function of the count of updates (0 before the first). Composing schedules is
/// composing functions, so resuming restores one integer and nesting cannot change what the inner one says.
class Schedule {
 public:
  /// (count, base rate, horizon) -> rate.
  using Function = std::function<double(std::int64_t, double, Horizon)>;

  /// Constant.
  Schedule();
  /// `description`: the schedule with all its options, as a checkpoint stores it.
  Schedule(std::string description, Function function);

  /// The rate of update number `count`, counted from 0. `base_rate`: the rule's own.
  double operator()(std::int64_t count, double base_rate, Horizon horizon) const {
    return function_(count, base_rate, horizon);
  }
  /// In the command line's grammar, as in `cosine:t_max=9500`.
  const std::string& description() const { return description_; }
  bool is_constant() const;  ///< leaves the base rate alone

 private:
  std::string description_;
  Function function_;
};

/// The base rate times `factor` for the first `total_iters` updates, then the base rate (PyTorch's ConstantLR). The
/// defaults leave the rate alone.
struct ConstantOptions {
  double factor = 1;
  std::int64_t total_iters = 0;
  template <class V>
  void fields(V&& v) {
    v("factor", factor, "[0,inf)", "multiple of the base rate held at first");
    v("total_iters", total_iters, "[0,inf)", "updates it is held for");
  }
};
Schedule constant(const ConstantOptions& options = {});

/// Straight line from start_factor to end_factor times the base rate (PyTorch's LinearLR).
struct LinearOptions {
  double start_factor = 1, end_factor = 0;
  std::int64_t total_iters = 0;
  template <class V>
  void fields(V&& v) {
    v("start_factor", start_factor, "[0,inf)", "multiple of the base rate at the first update");
    v("end_factor", end_factor, "[0,inf)", "multiple of the base rate at the end");
    v("total_iters", total_iters, "[0,inf)", "updates until the end; 0: the whole run");
  }
};
Schedule linear(const LinearOptions& options = {});

/// Half a cosine from the base rate down to eta_min (Loshchilov and Hutter 2017). Past t_max the rate rises again, as
/// in PyTorch's CosineAnnealingLR; without `climb` it stays at eta_min, as in Optax.
struct CosineOptions {
  std::int64_t t_max = 0;
  double eta_min = 0;
  bool climb = true;
  template <class V>
  void fields(V&& v) {
    v("t_max", t_max, "[0,inf)", "updates until the minimum; 0: the whole run");
    v("eta_min", eta_min, "[0,inf)", "lowest rate");
    v("climb", climb, "true|false", "rise again past t_max; false: stay down");
  }
};
Schedule cosine(const CosineOptions& options = {});

/// A straight climb from start_factor times the rate to `then`, which counts from the end of the climb and, where its
/// own horizon is omitted, takes what is left of the run.
struct WarmupOptions {
  std::int64_t steps = 500;
  double start_factor = 0;
  Schedule then;
  template <class V>
  void fields(V&& v) {
    v("steps", steps, "[1,inf)", "updates of the climb");
    v("start_factor", start_factor, "[0,1]", "multiple of the rate at the first update");
    v("then", then, "schedule", "what follows the climb");
  }
};
Schedule warmup(const WarmupOptions& options = {});

}  // namespace cairn::optim
