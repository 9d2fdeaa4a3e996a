#pragma once

#include <string_view>

#include "optim/schedule.h"

namespace cairn::optim {

/// SGDR (Loshchilov and Hutter 2017): half a cosine down over t_0 updates, then anew over t_mult times as many, …
struct CosineRestartsOptions {
  std::int64_t t_0 = 1000;
  std::int64_t t_mult = 1;
  double eta_min = 0;
  template <class V>
  void fields(V&& v) {
    v("t_0", t_0, "[1,inf)", "updates of the first descent");
    v("t_mult", t_mult, "[1,inf)", "each is so many times as long as the one before");
    v("eta_min", eta_min, "[0,inf)", "lowest rate");
  }
};
Schedule cosine_restarts(const CosineRestartsOptions& options = {});

/// The shape of climb and descent: half a cosine or a straight line.
enum class Anneal { cos, linear };
std::string_view to_string(Anneal anneal);
bool parse(std::string_view text, Anneal& anneal);

/// One climb from max_lr / div_factor to max_lr and one descent far below the start (Smith and Topin 2018), as in
/// PyTorch's OneCycleLR.
struct OneCycleOptions {
  double max_lr = 0;
  std::int64_t total_steps = 0;
  double pct_start = 0.3, div_factor = 25, final_div_factor = 1e4;
  bool three_phase = false;
  Anneal anneal = Anneal::cos;
  template <class V>
  void fields(V&& v) {
    v("max_lr", max_lr, "[0,inf)", "highest rate; 0: the rule's own");
    v("total_steps", total_steps, "[0,inf)", "updates; 0: the whole run");
    v("pct_start", pct_start, "(0,1)", "share of them spent climbing");
    v("div_factor", div_factor, "[1,inf)", "highest rate over the first");
    v("final_div_factor", final_div_factor, "[1,inf)", "first rate over the last");
    v("three_phase", three_phase, "true|false", "come down as one went up, then on to the last rate");
    v("anneal", anneal, "cos|linear", "shape of climb and descent");
  }
};
Schedule one_cycle(const OneCycleOptions& options = {});

/// How high later cycles are: as the first, half the one before, or times gamma an update.
enum class CycleMode { triangular, triangular2, exp_range };
std::string_view to_string(CycleMode mode);
bool parse(std::string_view text, CycleMode& mode);

/// Up and down between base_lr and max_lr (Smith 2017), as in PyTorch's CyclicLR.
struct CyclicOptions {
  double base_lr = 0, max_lr = 0;
  std::int64_t step_size_up = 2000, step_size_down = 0;
  CycleMode mode = CycleMode::triangular;
  double gamma = 1;
  template <class V>
  void fields(V&& v) {
    v("base_lr", base_lr, "[0,inf)", "lowest rate");
    v("max_lr", max_lr, "[0,inf)", "highest rate; 0: the rule's own");
    v("step_size_up", step_size_up, "[1,inf)", "updates of a climb");
    v("step_size_down", step_size_down, "[0,inf)", "updates of a descent; 0: as many");
    v("mode", mode, "triangular|triangular2|exp_range", "height: constant, halved each cycle, times gamma an update");
    v("gamma", gamma, "(0,1]", "of exp_range");
  }
};
Schedule cyclic(const CyclicOptions& options = {});

}  // namespace cairn::optim
