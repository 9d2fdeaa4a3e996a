#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "optim/layout.h"

namespace cairn::apps {

/// Recorded gradients: what `cairn optimizer replay` reads.
struct GradientTrace {
  std::vector<double> start;                   ///< row 0: parameters before the first step
  std::vector<std::vector<double>> gradients;  ///< one a step
};

/// Reads `step,g0,…`, a header and rows numbered from 0. Throws std::runtime_error naming the file, the line and what
/// is wrong with it: another header, a row of another length, a cell that is no finite number, a step out of order.
GradientTrace read_gradient_trace(const std::filesystem::path& path);

/// The blocks that `--blocks` names, as in `2x4` or `4,4`: rows, or rows x columns, one behind the other, called
/// block0, block1, … Each has its name as a tag, and `weight` where it is a matrix, else `bias`. Throws UsageError
/// where they do not add up to `size`.
optim::Layout parse_blocks(std::string_view text, std::size_t size);

}  // namespace cairn::apps
