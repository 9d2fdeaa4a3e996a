#include "agents/exploration/outcomes.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "agents/archive/archive.h"

namespace cairn::agents {

void Outcomes::add(bool success, int most) {
  const std::uint64_t kept = most >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << most) - 1;
  bits = ((bits << 1) | (success ? 1U : 0U)) & kept;
  plays = std::min(plays + 1, most);
}

int Outcomes::successes() const {
  return std::popcount(bits);
}

std::optional<double> Outcomes::learnability() const {
  if (plays < 2) return std::nullopt;  // 0 / 0: neither good nor bad
  const double s = successes(), n = plays;
  return s * (n - s) / (n * (n - 1));
}

void put_outcomes(Archive& archive, const std::string& name, std::span<const Outcomes> all) {
  std::vector<std::uint64_t> bits;
  std::vector<std::int64_t> plays;
  for (const Outcomes& each : all) {
    bits.push_back(each.bits);
    plays.push_back(each.plays);
  }
  archive.put(name + "/outcomes", bits);
  archive.put(name + "/plays", plays);
}

std::vector<Outcomes> get_outcomes(const Archive& archive, const std::string& name, int least, int most) {
  const auto plays = archive.get<std::int64_t>(name + "/plays");
  std::vector<std::uint64_t> bits(plays.size());
  archive.get_into<std::uint64_t>(name + "/outcomes", bits);
  std::vector<Outcomes> all;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (plays[i] < least || plays[i] > most || static_cast<std::int64_t>(std::bit_width(bits[i])) > plays[i])
      throw std::runtime_error("'" + name + "/plays' does not fit the outcomes, or holds a number outside [" +
                               std::to_string(least) + "," + std::to_string(most) + "].");
    all.push_back({bits[i], static_cast<int>(plays[i])});
  }
  return all;
}

}  // namespace cairn::agents
