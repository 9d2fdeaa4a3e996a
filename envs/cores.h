#pragma once

#include <filesystem>
#include <string>
#include <system_error>

namespace cairn::envs {

/// Cores that this process may keep busy, at least 1: those of its CPU affinity (as `taskset` and Slurm set it), and no
/// more than the quotas of its control group and of those around it (`cpu.max`, as containers set it), rounded up.
/// `root`: the folder that holds `proc` and `sys`, for tests.
int available_cores(const std::filesystem::path& root = "/");

/// Bytes of memory that this process can still have: what the system calls available (`MemAvailable`), and no more than
/// the limits of its control group and of those around it leave; pages of files that can be dropped count as free.
/// Infinite where nothing says.
double available_memory(const std::filesystem::path& root = "/");

/// One sentence for a thread that the system refused to start. `which`: as in `Thread 3 of 8`. It names the limits that
/// are set: on this user's processes and threads, on the control group's, on address space.
std::string thread_refusal(const std::string& which, const std::error_code& why,
                           const std::filesystem::path& root = "/");

}  // namespace cairn::envs
