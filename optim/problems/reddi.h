#pragma once

#include "optim/problems/problem.h"

namespace cairn::optim::problems {

/// The online problem on which Adam fails (Reddi, Kale and Kumar 2018): one large gradient points the right way, the
/// many small ones between point back, and Adam's short memory makes them count for more. On x in [-1, 1], at step t
/// counted from 1,
///
///     f_t(x) = large x where t mod period = 1, else -small x;  lowest on average at -1
///
/// The defaults are the paper's experiment; large = 3, small = 1, period = 3 its Theorem 1 with C = 3.
struct ReddiOptions {
  double large = 1010, small = 10;
  int period = 101;
  template <class V>
  void fields(V&& v) {
    v("large", large, "(0,inf)", "slope once a period");
    v("small", small, "(0,inf)", "slope against it, at all other steps");
    v("period", period, "[2,1000000]", "steps");
  }
};
/// Throws std::invalid_argument unless large > (period - 1) small.
Problem reddi(const ReddiOptions& options = {});

}  // namespace cairn::optim::problems
