#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "optim/adam.h"
#include "optim/optimizer.h"

namespace cairn::optim {

/// Parts of the parameters with rules of their own, each with its own count, clock, state and schedule. A block belongs
/// to the first part whose tag it has; `rest` takes what no other part does.
///
///     partition({{{"critic", adam({.lr = 1e-3})}, {"rest", adam({.lr = 3e-4})}}})
///     partition:critic=(adam:lr=1e-3),rest=(adam:lr=3e-4)
///
/// A clip of the whole sees the whole gradient; a schedule of the whole goes to the parts that have none.
struct PartitionOptions {
  /// A tag and the rule of the blocks that have it.
  struct Part {
    std::string tag;  ///< or `rest`
    Rule rule;        ///< not empty, once bound
  };
  std::vector<Part> parts;  ///< the first that fits a block takes it

  template <class V>
  void fields(V&& v) {
    for (Part& part : parts) v(part.tag.c_str(), part.rule, "optimizer", "rule of the blocks with this tag");
  }
  /// Keys are tags, so any will do: makes room for one.
  void open(std::string_view key) { parts.push_back({std::string(key), Rule()}); }
};
/// Throws std::invalid_argument without parts. Binding throws it for a part whose tag no block has, and for a block
/// without a part.
Rule partition(const PartitionOptions& options);

}  // namespace cairn::optim
