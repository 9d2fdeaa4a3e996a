#pragma once

#include <filesystem>
#include <vector>

#include "apps/studies/study.h"

namespace cairn::apps {

/// The charts as a picture shows them. Lines and rows have their rules' colours (render::rule_colors), by their names;
/// what shared a colour still does. A line that later ones cover all along becomes wider, so that none is hidden.
std::vector<Chart> as_shown(std::vector<Chart> charts);

/// Writes the study's charts side by side under its claim and verdict, as PNG or SVG by the file's ending.
void write_study_picture(const std::filesystem::path& file, const Study& study, const Measured& measured);

}  // namespace cairn::apps
