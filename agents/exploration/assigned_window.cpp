#include "agents/exploration/assigned_window.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "agents/exploration/curriculum.h"
#include "agents/learner/state.h"

namespace cairn::agents {

int AssignedWindow::share(std::size_t column) const {
  const int columns = static_cast<int>(judged_.size());
  return size_ / columns + (static_cast<int>(column) < size_ % columns ? 1 : 0);
}

std::int64_t AssignedWindow::judged() const {
  return std::accumulate(judged_.begin(), judged_.end(), std::int64_t{0});
}

void AssignedWindow::count(int column, std::int64_t began, bool success) {
  const auto i = static_cast<std::size_t>(column);
  if (began != number_ || judged_[i] >= share(i)) return;
  ++judged_[i];
  successes_ += success ? 1 : 0;
}

double AssignedWindow::most() const {
  return static_cast<double>(successes_ + size_ - judged()) / size_;
}

void AssignedWindow::open_next() {
  last_rate_ = static_cast<double>(successes_) / static_cast<double>(std::max<std::int64_t>(judged(), 1));
  ++number_;
  std::ranges::fill(judged_, 0);
  successes_ = 0;
}

void AssignedWindow::save(Archive& archive, const std::string& name) const {
  archive.put_value(name + "/number", number_);
  archive.put(name + "/judged", judged_);
  archive.put_value(name + "/successes", successes_);
  archive.put_value(name + "/last_rate", std::isnan(last_rate_) ? -1 : last_rate_);  // no rate is negative
}

void AssignedWindow::load(const Archive& archive, const std::string& name) {
  number_ = read_range<std::int64_t>(archive, name + "/number", 1, 0, longest_run).front();
  judged_ = read_range<std::int64_t>(archive, name + "/judged", judged_.size(), 0, size_);
  for (std::size_t i = 0; i < judged_.size(); ++i)
    if (judged_[i] > share(i))
      throw std::runtime_error("'" + name + "/judged' holds more episodes than the " + std::to_string(size_) +
                               " that the curriculum judges together.");
  successes_ = read_range<std::int64_t>(archive, name + "/successes", 1, 0, judged()).front();
  last_rate_ = read_range<double>(archive, name + "/last_rate", 1, -1, 1).front();
  if (last_rate_ < 0) last_rate_ = std::numeric_limits<double>::quiet_NaN();
}

}  // namespace cairn::agents
