#pragma once

#include <span>
#include <string>
#include <vector>

namespace cairn::render {

/// For each rule of a picture, by its name or SPEC (`adam`, `Adam, clipped`, `sgd:momentum=0.9`), the number of its
/// colour, for series_color: the same in every picture as long as no other rule of the picture has it; then the next
/// free one. Numbers from 8 on repeat the colours and are to be dashed.
std::vector<int> rule_colors(std::span<const std::string> names);

}  // namespace cairn::render
