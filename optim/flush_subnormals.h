#pragma once

// Private to optim's .cpp files.

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace cairn::optim {

/// While one lives, its thread computes zero where a result, or an operand, would be subnormal. Moments of parameters
/// whose gradients stay zero (behind a dead unit) decay into that range and never leave it, since the least subnormal
/// number times 0.9 rounds to itself; arithmetic on them takes many times as long, and they move no parameter.
class FlushSubnormals {
 public:
#if defined(__SSE2__)
  FlushSubnormals() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ | flush_to_zero | subnormals_are_zero);
  }
  ~FlushSubnormals() {
    _mm_setcsr(before_);
  }
#else
  FlushSubnormals() {}
#endif
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

#if defined(__SSE2__)
 private:
  static constexpr unsigned flush_to_zero = 0x8000, subnormals_are_zero = 0x0040;
  unsigned before_;
#endif
};

}  // namespace cairn::optim
