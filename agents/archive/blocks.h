#pragma once

#include <span>
#include <string>

#include "agents/archive/archive.h"
#include "optim/layout.h"

namespace cairn::agents {

/// The flat vector `values` of `layout`, a tensor a block, named `prefix` + the block's name: weights as matrices, all
/// else as vectors.
void put_blocks(Archive& archive, const std::string& prefix, const optim::Layout& layout,
                std::span<const float> values);
/// Reads them back. Throws std::runtime_error where a tensor is missing or of another size.
void get_blocks(const Archive& archive, const std::string& prefix, const optim::Layout& layout,
                std::span<float> values);

}  // namespace cairn::agents
