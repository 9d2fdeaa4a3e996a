#include "agents/exploration/curriculum.h"

#include <algorithm>

#include "agents/archive/archive.h"

namespace cairn::agents {

template <class T>
std::vector<T> read_range(const Archive& archive, const std::string& name, std::size_t count, T low, T high) {
  std::vector<T> values(count);
  archive.get_into<T>(name, values);
  if (!std::ranges::all_of(values, [&](T value) { return value >= low && value <= high; }))
    throw std::runtime_error("'" + name + "' holds a number outside [" + std::to_string(low) + "," +
                             std::to_string(high) + "].");
  return values;
}

template std::vector<double> read_range(const Archive&, const std::string&, std::size_t, double, double);
template std::vector<std::int64_t> read_range(const Archive&, const std::string&, std::size_t, std::int64_t,
                                              std::int64_t);
template std::vector<std::uint64_t> read_range(const Archive&, const std::string&, std::size_t, std::uint64_t,
                                               std::uint64_t);

}  // namespace cairn::agents
