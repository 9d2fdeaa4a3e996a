#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace cairn::agents {

class Archive;

/// Judges a fixed number of episodes together. Which ones is settled before they begin: in each column the first few
/// that began after the window opened. The first few to finish would be the short ones, and in most worlds those are
/// the failures. `least` and `most` bound what the whole window will come to, so a verdict need not wait for episodes
/// that cannot change it.
class AssignedWindow {
 public:
  AssignedWindow() = default;
  /// `columns`: training worlds; `size`: episodes that are judged together.
  AssignedWindow(int columns, int size) : size_(size), judged_(static_cast<std::size_t>(columns), 0) {}

  std::int64_t number() const { return number_; }  ///< windows before this one
  /// A finished episode that began in window `began`; others than this window's, and those beyond a column's share of
  /// it, change nothing.
  void count(int column, std::int64_t began, bool success);
  double least() const { return static_cast<double>(successes_) / size_; }  ///< success rate if all others fail
  double most() const;                                                      ///< if all others succeed
  /// Ends this window and begins the next, which remembers its rate.
  void open_next();
  double last_rate() const { return last_rate_; }  ///< among the episodes judged by the window before; NaN before

  void save(Archive& archive, const std::string& name) const;
  /// Throws std::runtime_error where the archive's window is not of this size.
  void load(const Archive& archive, const std::string& name);

 private:
  int share(std::size_t column) const;  // episodes of a column that it judges
  std::int64_t judged() const;

  int size_ = 1;
  std::int64_t number_ = 0;
  std::vector<std::int64_t> judged_;  // of each column
  std::int64_t successes_ = 0;
  double last_rate_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace cairn::agents
