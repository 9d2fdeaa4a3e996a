#pragma once

namespace cairn::comparison {

/// What draws the charts of a report in the reader's browser: a script of a few hundred lines that needs no other. It
/// looks for `figure > script[type="application/json"]` with what chart_data.h writes.
extern const char* const report_script;

}  // namespace cairn::comparison
