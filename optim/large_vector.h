#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
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
  /// What is allocated.
  using value_type = T;
  /// The seam goes with the values.
  using propagate_on_container_copy_assignment = std::true_type;
  /// The seam goes with the values.
  using propagate_on_container_move_assignment = std::true_type;
  /// The seam goes with the values.
  using propagate_on_container_swap = std::true_type;

  SideBySide() = default;
  /// `seam`: the element that lies on the border, in place of the first.
  explicit SideBySide(std::size_t seam) : seam_(seam) {}
  /// The same seam, for values of another type.
  template <class U>
  SideBySide(const SideBySide<U>& other) : seam_(other.seam()) {}
  /// The element on the border.
  std::size_t seam() const { return seam_; }

  /// Room for `count` values. Throws std::bad_alloc.
  T* allocate(std::size_t count) {
    const std::size_t before_seam = seam_ * sizeof(T) % line;
    return reinterpret_cast<T*>(lines(count) + (line - before_seam) % line);
  }
  /// Frees what `allocate` gave for the same count.
  void deallocate(T* values, std::size_t count) {
    const std::size_t border = is_large(count) ? huge_page : line;
    const auto behind = reinterpret_cast<std::uintptr_t>(values) % border;
    ::operator delete(reinterpret_cast<std::byte*>(values) - behind, std::align_val_t(border));
  }
  /// Most values that one call may ask for.
  static constexpr std::size_t max_size() { return (PTRDIFF_MAX - 2 * huge_page) / sizeof(T); }
  /// Each gives back what any of them took.
  friend bool operator==(const SideBySide&, const SideBySide&) { return true; }

 private:
  static constexpr std::size_t line = 64, huge_page = 2 << 20;  // bytes
  static constexpr std::size_t large = 2 * huge_page;           // four such arrays are more than a core can translate
  static constexpr std::size_t distances =
      61;  // lines, of a small page's 64; prime, so that neighbours of any size differ

  static bool is_large(std::size_t count) { return count * sizeof(T) >= large; }

  /// Cache lines for `count` values and for what lies before the seam.
  static std::byte* lines(std::size_t count) {
    const std::size_t bytes = count * sizeof(T) + line;
    if (!is_large(count)) return static_cast<std::byte*>(::operator new(bytes, std::align_val_t(line)));
    const std::size_t whole_pages = (bytes + distances * line + huge_page - 1) / huge_page * huge_page;
    auto* const pages = static_cast<std::byte*>(::operator new(whole_pages, std::align_val_t(huge_page)));
#if defined(__linux__)
    madvise(pages, whole_pages, MADV_HUGEPAGE);  // as a wish: where there are none, small ones do
#endif
    return pages + reinterpret_cast<std::uintptr_t>(pages) / huge_page % distances * line;
  }

  std::size_t seam_ = 0;
};

/// How optimizers keep their state, and what parameters and gradients by the million are best kept in.
template <class T>
using LargeVector = std::vector<T, SideBySide<T>>;

}  // namespace cairn::optim
