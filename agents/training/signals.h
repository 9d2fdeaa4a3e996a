#pragma once

namespace cairn::agents {

/// Makes SIGINT and SIGTERM raise a flag instead of ending the process; a second one ends it at once.
void watch_signals();
/// The signal that was raised, or 0.
int raised_signal();
/// Forgets it; for tests and for programs that train more than once.
void clear_signal();

}  // namespace cairn::agents
