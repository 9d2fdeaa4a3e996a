// Of binary packages alone: refuses a processor without the instructions that all the rest is compiled for. This file
// is compiled for any x86-64 and runs before every constructor, those of libraries included.
#include <unistd.h>

namespace {

constexpr char refusal[] =
    "cairn: This package needs a processor of level x86-64-v3 (AVX2, FMA, BMI2), and this one is of a lesser level. "
    "Built from source, with the preset 'portable', Cairn runs on it.\n";

void refuse_lesser_processor() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v3")) return;
  const ssize_t written = ::write(STDERR_FILENO, refusal, sizeof refusal - 1);
  ::_exit(written < 0 ? 2 : 1);
}

[[gnu::section(".preinit_array"), gnu::used]] void (*before_all)() = &refuse_lesser_processor;

}  // namespace
