#include "agents/archive/blocks.h"

#include <cstdint>
#include <vector>

namespace cairn::agents {

namespace {

template <class Values>
auto part(const Values& values, const optim::Block& block) {
  return values.subspan(static_cast<std::size_t>(block.offset), static_cast<std::size_t>(block.size()));
}

}  // namespace

void put_blocks(Archive& archive, const std::string& prefix, const optim::Layout& layout,
                std::span<const float> values) {
  for (const optim::Block& block : layout.blocks)
    archive.put(prefix + block.name, part(values, block),
                block.has_tag("weight") ? std::vector<std::int64_t>{block.rows, block.cols}
                                        : std::vector<std::int64_t>{block.rows});
}

void get_blocks(const Archive& archive, const std::string& prefix, const optim::Layout& layout,
                std::span<float> values) {
  for (const optim::Block& block : layout.blocks) archive.get_into<float>(prefix + block.name, part(values, block));
}

}  // namespace cairn::agents
