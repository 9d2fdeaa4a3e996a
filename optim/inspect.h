#pragma once

#include <array>
#include <string>
#include <vector>

#include "optim/optimizer.h"

namespace cairn::optim {

/// How a step moved the parameters: what takes passes of its own to find out, and so is asked for, not always told.
struct StepInspection {
  StepReport report;            ///< what the step itself said
  double update_norm = 0;       ///< ‖Δθ‖
  double update_to_weight = 0;  ///< ‖Δθ‖ / ‖θ‖, before the step; 0 where all parameters are
  /// Of the size |Δθᵢ| of each parameter's step: the smallest, the quartiles and the largest.
  std::array<double, 5> step_quantiles{};
};

/// Numbers counted by their size, in bins of a quarter decade.
struct Magnitudes {
  static constexpr int lowest = -10, highest = 2, bins_a_decade = 4;  ///< decades: from 1e-10 to 100
  static constexpr int bins = (highest - lowest) * bins_a_decade;     ///< of `counts`
  std::array<std::int64_t, bins> counts{};  ///< the first and the last also hold what lies beyond them
  std::int64_t zeros = 0;                   ///< numbers that are 0, which are in no bin
  /// Counts a number by its size, whatever its sign.
  void add(double number);
};

/// How a step moved one block of the parameters.
struct BlockInspection {
  std::string name;             ///< of the block
  double update_to_weight = 0;  ///< ‖Δθ‖ / ‖θ‖, before the step; 0 where all parameters are
  Magnitudes steps;             ///< |Δθᵢ|
  Magnitudes ratios;            ///< |Δθᵢ| / |θᵢ|, of parameters that were not 0
};

/// Takes steps and looks at them. Of use now and then: an inspected step costs some ten times a plain one.
template <class Scalar>
class Inspector {
 public:
  /// The step itself has the same bits as a plain one. Allocates at the first call.
  /// `blocks`, where given, is filled with a look at each block of the optimizer's layout, which costs some 20 ns a
  /// parameter.
  StepInspection step(Optimizer<Scalar>& optimizer, std::span<Scalar> parameters, std::span<const Scalar> gradient,
                      std::vector<BlockInspection>* blocks = nullptr);

  /// The same around steps that others take: `remember` before them, `compare` after. The report is left as it is made.
  void remember(std::span<const Scalar> parameters);
  /// What moved since `remember`.
  StepInspection compare(const Layout& layout, std::span<const Scalar> parameters,
                         std::vector<BlockInspection>* blocks = nullptr);

 private:
  std::vector<Scalar> before_, sorted_;
};

}  // namespace cairn::optim
