#pragma once

#include <string_view>

namespace cairn::optim {

/// Which parameters weight decay shrinks: all, as PyTorch's optimizers do, or only blocks tagged `weight`, which leaves
/// out biases, gains of normalisation and a policy's standard deviations.
enum class Decay { all, weights };

constexpr std::string_view to_string(Decay decay) {
  return decay == Decay::all ? "all" : "weights";
}
constexpr bool parse(std::string_view text, Decay& decay) {
  decay = text == "weights" ? Decay::weights : Decay::all;
  return text == to_string(decay);
}

}  // namespace cairn::optim
