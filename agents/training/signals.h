#pragma once

namespace cairn::agents {

/// Makes SIGINT, SIGTERM, SIGHUP (a terminal that is lost; left alone where it is ignored, as under `nohup`), SIGUSR1
/// and SIGXCPU (what schedulers send ahead of a limit) raise a flag instead of ending the process. Repeats within two
/// seconds count as one signal, since `timeout`, shells and schedulers send several; a later one ends the process at
/// once. SIGXCPU never does: the kernel repeats it every second.
void watch_signals();
/// The signal that was raised, or 0.
int raised_signal();
/// Forgets it; for tests and for programs that train more than once.
void clear_signal();

/// Ignores SIGPIPE and SIGXFSZ: writing to a pipe that nobody reads, or beyond the limit on files, then fails like any
/// other write and is handled where it happens.
void ignore_write_signals();
/// Opens /dev/null on whichever of the descriptors 0 to 2 is closed, so that no file of ours is opened there and gets
/// what is meant for a person. For the first line of main().
void open_standard_streams();

}  // namespace cairn::agents
