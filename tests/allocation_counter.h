#pragma once

#include <atomic>

namespace cairn::tests {

/// Every heap allocation of this program so far: allocation_counter.cpp stands in for the C library's allocator, which
/// both `new` and Eigen call. The sanitizers bring allocators of their own; under them nothing counts.
extern std::atomic<long> allocations;

}  // namespace cairn::tests
