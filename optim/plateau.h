#pragma once

#include <cstdint>
#include <limits>

namespace cairn::optim {

/// Lowers the rate where a metric stops falling (PyTorch's ReduceLROnPlateau, `min` and `rel`). Not a schedule, because
/// it observes: hand `factor()` to Optimizer::set_rate_factor after each observation.
struct PlateauOptions {
  double factor = 0.1;
  std::int64_t patience = 10, cooldown = 0;
  double threshold = 1e-4;
  double min_factor = 0;
  double eps = 1e-8;  ///< changes of the factor smaller than this are not made
};
class Plateau {
 public:
  explicit Plateau(const PlateauOptions& options = {}) : options_(options) {}
  /// One more value of what should fall.
  void observe(double metric);
  double factor() const { return factor_; }  ///< of the rate, 1 at first

 private:
  PlateauOptions options_;
  double factor_ = 1, best_ = std::numeric_limits<double>::infinity();
  std::int64_t bad_ = 0, cooling_ = 0;
};

}  // namespace cairn::optim
