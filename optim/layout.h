#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace cairn::optim {

/// A named stretch of the flat parameter vector: one weight matrix (row-major, [outputs x inputs]) or one bias (cols
/// 1).
struct Block {
  std::string name;         ///< Path-like and unique in its layout, as in `actor/0/weight`.
  Eigen::Index offset = 0;  ///< First element in the flat vector.
  Eigen::Index rows = 0;    ///< Outputs of the layer; elements of a bias.
  Eigen::Index cols = 1;    ///< Inputs of the layer; 1 for a bias.
  std::vector<std::string>
      tags;  ///< What partitions and masks select by: `weight`, `bias`, `norm`, `encoder`, `head/value`.

  /// Its elements, rows · cols.
  Eigen::Index size() const { return rows * cols; }
  /// Whether `tag` is among its tags.
  bool has_tag(const std::string& tag) const;
};

/// How the flat parameter vector divides into named blocks. Blocks lie one behind the other without gaps.
struct Layout {
  std::vector<Block> blocks;  ///< In the order of the vector.
  Eigen::Index size = 0;      ///< Elements of the whole vector.
  /// Tags of blocks elsewhere in the network that this is a part of: a rule may speak of them and find none here.
  std::vector<std::string> tags_elsewhere;

  /// Appends a block behind the last one and returns its offset. Throws std::invalid_argument on a name already there.
  Eigen::Index add(std::string name, Eigen::Index rows, Eigen::Index cols, std::vector<std::string> tags);
  /// The block of that name; throws std::out_of_range naming it when there is none.
  const Block& find(const std::string& name) const;
  /// Adds those that are not yet known.
  void add_tags_elsewhere(const std::vector<std::string>& tags);
  /// Whether a block elsewhere has this tag.
  bool has_tag_elsewhere(const std::string& tag) const;
};

}  // namespace cairn::optim
