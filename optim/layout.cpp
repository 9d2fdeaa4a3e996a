#include "optim/layout.h"

#include <algorithm>
#include <stdexcept>

namespace cairn::optim {

bool Block::has_tag(const std::string& tag) const {
  return std::ranges::find(tags, tag) != tags.end();
}

Eigen::Index Layout::add(std::string name, Eigen::Index rows, Eigen::Index cols, std::vector<std::string> tags) {
  if (std::ranges::any_of(blocks, [&](const Block& block) { return block.name == name; }))
    throw std::invalid_argument("There is a parameter block '" + name + "' already.");
  const Eigen::Index offset = size;
  blocks.push_back({std::move(name), offset, rows, cols, std::move(tags)});
  size += rows * cols;
  return offset;
}

const Block& Layout::find(const std::string& name) const {
  const auto block = std::ranges::find(blocks, name, &Block::name);
  if (block == blocks.end()) throw std::out_of_range("There is no parameter block '" + name + "'.");
  return *block;
}

void Layout::add_tags_elsewhere(const std::vector<std::string>& tags) {
  for (const std::string& tag : tags)
    if (!has_tag_elsewhere(tag)) tags_elsewhere.push_back(tag);
}

bool Layout::has_tag_elsewhere(const std::string& tag) const {
  return std::ranges::find(tags_elsewhere, tag) != tags_elsewhere.end();
}

}  // namespace cairn::optim
