#pragma once

#include <filesystem>
#include <string>

#include "apps/comparison/document.h"
#include "apps/comparison/findings.h"

namespace cairn::comparison {

/// Writes report.html, report.md, report.json, summary.csv, runs.csv, curves.csv, times.csv and charts/*.svg into
/// `folder`. What depends on the clock stands in the last section alone, and in times.csv and report.json's `times`.
void write_report(const Findings& findings, const std::filesystem::path& folder);

/// The report as plain data. Writes its charts, SVG files, into `charts`; the document holds their names.
Document make_document(const Findings& findings, const std::filesystem::path& charts);

/// The short table for a terminal.
std::string to_text(const Findings& findings);

}  // namespace cairn::comparison
