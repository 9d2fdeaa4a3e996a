#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace cairn::optim {

/// Where arrays lie that one pass goes over side by side: on a cache line's border; large ones, on Linux, in huge
/// pages, which spare most translations of addresses, and each a different distance behind a page's start, because
/// lines at one distance compete for the same places in the cache.
template <class T>
struct SideBySide {
  using value_type = T;

  SideBySide() = default;
  template <class U>
  SideBySide(const SideBySide<U>&) {}

  T* allocate(std::size_t count) {
    const std::size_t bytes = count * sizeof(T);
    if (bytes < large) return static_cast<T*>(::operator new(bytes, std::align_val_t(line)));
    const std::size_t whole_pages = (bytes + distances * line + huge_page - 1) / huge_page * huge_page;
    auto* const pages = static_cast<std::byte*>(::operator new(whole_pages, std::align_val_t(huge_page)));
#if defined(__linux__)
    madvise(pages, whole_pages, MADV_HUGEPAGE);  // as a wish: where there are none, small ones do
#endif
    return reinterpret_cast<T*>(pages + reinterpret_cast<std::uintptr_t>(pages) / huge_page % distances * line);
  }
  void deallocate(T* values, std::size_t count) {
    if (count * sizeof(T) < large) return ::operator delete(values, std::align_val_t(line));
    const auto behind = reinterpret_cast<std::uintptr_t>(values) % huge_page;
    ::operator delete(reinterpret_cast<std::byte*>(values) - behind, std::align_val_t(huge_page));
  }
  static constexpr std::size_t max_size() {
    return (PTRDIFF_MAX - 2 * huge_page) / sizeof(T);
  }
  friend bool operator==(const SideBySide&, const SideBySide&) {
    return true;
  }

 private:
  static constexpr std::size_t line = 64, huge_page = 2 << 20;  // bytes
  static constexpr std::size_t large = 2 * huge_page;           // four such arrays are more than a core can translate
  static constexpr std::size_t distances =
      61;  // lines, of a small page's 64; prime, so that neighbours of any size differ
};

/// How optimizers keep their state, and what parameters and gradients by the million are best kept in.
template <class T>
using LargeVector = std::vector<T, SideBySide<T>>;

}  // namespace cairn::optim
