#include "optim/clip.h"

#include "optim/describe.h"

namespace cairn::optim {

Clip global_norm(const GlobalNormOptions& options) {
  return {Clip::Kind::global_norm, options.max, describe("global_norm", options)};
}

Clip clip_value(const ClipValueOptions& options) {
  return {Clip::Kind::value, options.max, describe("value", options)};
}

}  // namespace cairn::optim
