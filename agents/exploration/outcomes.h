#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cairn::agents {

class Archive;

/// How the latest plays of a level, or from a start, ended.
struct Outcomes {
  std::uint64_t bits = 0;  ///< 1: success; the lowest is the latest
  int plays = 0;           ///< of which there are bits

  /// Forgets all but the latest `most`, of at most 64.
  void add(bool success, int most);
  /// Of the plays that are remembered.
  int successes() const;
  double rate() const { return static_cast<double>(successes()) / plays; }  ///< NaN without a play
  /// An unbiased estimate of p (1 - p) from n plays with s successes, s (n - s) / (n (n - 1)); none for fewer than two.
  std::optional<double> learnability() const;
};

/// Writes several under `name/…`.
void put_outcomes(Archive& archive, const std::string& name, std::span<const Outcomes> all);
/// Throws std::runtime_error where one holds other than `least` to `most` plays.
std::vector<Outcomes> get_outcomes(const Archive& archive, const std::string& name, int least, int most);

}  // namespace cairn::agents
