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
  double eps = 1e-8;
  template <class V>
  void fields(V&& v) {
    v("factor", factor, "(0,1)", "what the rate is multiplied by");
    v("patience", patience, "[0,inf)", "observations without improvement that are put up with");
    v("cooldown", cooldown, "[0,inf)", "observations after a change that are not counted");
    v("threshold", threshold, "[0,1)", "least improvement that counts, as a share of the best");
    v("min_factor", min_factor, "[0,1]", "lowest multiple of the first rate");
    v("eps", eps, "[0,inf)", "changes of the factor smaller than this are not made");
  }
};
/// Watches one metric.
class Plateau {
 public:
  /// Throws std::invalid_argument for options out of range.
  explicit Plateau(const PlateauOptions& options = {});
  /// One more value of what should fall.
  void observe(double metric);
  double factor() const { return factor_; }  ///< of the rate, 1 at first

 private:
  PlateauOptions options_;
  double factor_ = 1, best_ = std::numeric_limits<double>::infinity();
  std::int64_t bad_ = 0, cooling_ = 0;
};

}  // namespace cairn::optim
