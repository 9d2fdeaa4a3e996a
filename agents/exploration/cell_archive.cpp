#include "agents/exploration/cell_archive.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "agents/archive/archive.h"

namespace cairn::agents {

namespace {

/// A component's name as options spell it.
std::string spelled(std::string name) {
  std::ranges::replace(name, ' ', '_');
  return name;
}

std::vector<int> chosen_components(const envs::Spec& spec, const std::string& names) {
  std::vector<int> chosen;
  if (names == "auto") {
    const int first = spec.goal ? spec.goal.achieved : 0, count = spec.goal ? spec.goal.size : spec.observation_size();
    for (int i = 0; i < count; ++i) chosen.push_back(first + i);
    return chosen;
  }
  std::string all;
  for (const envs::Component& component : spec.observation) all += (all.empty() ? "" : ", ") + spelled(component.name);
  for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
    end = names.find('/', begin);
    const std::string name = names.substr(begin, end - begin);
    const auto found = std::ranges::find(spec.observation, name,
                                         [](const envs::Component& component) { return spelled(component.name); });
    if (found == spec.observation.end())
      throw std::invalid_argument(std::string("'cells' names '")
                                      .append(name)
                                      .append("', which '")
                                      .append(spec.id)
                                      .append("' does not show. It shows: ")
                                      .append(all)
                                      .append("."));
    chosen.push_back(static_cast<int>(found - spec.observation.begin()));
  }
  return chosen;
}

}  // namespace

CellGrid::CellGrid(const envs::Spec& spec, const std::string& components, const std::vector<int>& bins) {
  const std::vector<int> chosen = chosen_components(spec, components);
  if (bins.size() != 1 && bins.size() != chosen.size())
    throw std::invalid_argument("'bins' lists " + std::to_string(bins.size()) + " numbers for cells over " +
                                std::to_string(chosen.size()) + " components; it takes one for each, or one for all.");
  double cells = 1;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const envs::Component& component = spec.observation[static_cast<std::size_t>(chosen[i])];
    if (!std::isfinite(component.low) || !std::isfinite(component.high))
      throw std::invalid_argument("'" + spelled(component.name) + "' of '" + spec.id +
                                  "' has no bounds to lay cells between; name others in 'cells'.");
    axes_.push_back({chosen[i], component.low, component.high, bins[bins.size() == 1 ? 0 : i]});
    cells *= axes_.back().bins;
    if (cells > 0x1p62) throw std::invalid_argument("'bins' makes more than 2^62 cells.");
    cells_ *= axes_.back().bins;
  }
}

std::int64_t CellGrid::cell_of(std::span<const float> observation) const {
  std::int64_t number = 0;
  for (const Axis& axis : axes_) {
    const float share = (observation[static_cast<std::size_t>(axis.component)] - axis.low) / (axis.high - axis.low);
    const float bin = std::floor(share * static_cast<float>(axis.bins));
    number = number * axis.bins + static_cast<std::int64_t>(std::clamp(bin, 0.0F, static_cast<float>(axis.bins - 1)));
  }
  return number;
}

std::vector<int> CellGrid::bins_of(std::int64_t cell) const {
  std::vector<int> bins(axes_.size());
  for (std::size_t i = axes_.size(); i-- > 0; cell /= axes_[i].bins) bins[i] = static_cast<int>(cell % axes_[i].bins);
  return bins;
}

CellArchive::CellArchive(CellGrid grid, int action_size, int state_size, int horizon)
    : grid_(std::move(grid)), action_size_(action_size), state_size_(state_size), horizon_(horizon) {}

CellArchive::Trip CellArchive::set_out(int from, Root fresh) const {
  Trip trip;
  trip.root = fresh;
  if (from < 0) return trip;
  const Cell& cell = this->cell(from);
  trip.from = from;
  trip.root = paths_[static_cast<std::size_t>(cell.path)].root;
  trip.parent = cell.path;
  trip.parent_actions = cell.on_path;
  trip.length = cell.length;
  trip.score = cell.score;
  return trip;
}

int CellArchive::choose(envs::Random& random) const {
  const auto weight = [](std::int64_t seen) { return 1 / std::sqrt(static_cast<double>(seen) + 1); };
  const double fresh = weight(fresh_);
  double total = fresh;
  for (const Cell& cell : cells_)
    if (!cell.discarded) total += weight(cell.seen);
  double left = random.uniform_double() * total - fresh;
  for (std::size_t i = 0; i < cells_.size() && left >= 0; ++i) {
    if (cells_[i].discarded) continue;
    left -= weight(cells_[i].seen);
    if (left < 0) return static_cast<int>(i);
  }
  return -1;
}

bool CellArchive::accepts(std::int64_t number, double score, int length) const {
  if (length >= horizon_) return false;  // nothing could follow
  const auto found = index_.find(number);
  if (found == index_.end()) return true;
  const Cell& cell = this->cell(found->second);
  return cell.discarded || score > cell.score || (score == cell.score && length < cell.length);
}

std::vector<float> CellArchive::actions_before(const Trip& trip) const {
  std::vector<std::span<const float>> pieces;  // the last one first
  std::int32_t path = trip.parent, taken = trip.parent_actions;
  while (path >= 0) {
    const Path& piece = paths_[static_cast<std::size_t>(path)];
    pieces.push_back(
        std::span(piece.actions).first(static_cast<std::size_t>(taken) * static_cast<std::size_t>(action_size_)));
    path = piece.parent;
    taken = piece.parent_actions;
  }
  std::vector<float> actions;
  std::ranges::reverse(pieces);
  for (const std::span<const float> piece : pieces) actions.insert(actions.end(), piece.begin(), piece.end());
  return actions;
}

void CellArchive::add(const Trip& trip) {
  if (trip.from < 0) ++fresh_;
  std::int32_t path = -1;  // this trip's, once a cell needs it
  int last = 0;            // steps of the trip up to the last such cell
  for (const Trip::Visit& visit : trip.visits) {
    const int length = trip.length + visit.steps;
    const bool has_state = visit.state.size() == static_cast<std::size_t>(state_size_);
    const bool accepted = has_state && accepts(visit.number, visit.score, length);
    const auto found = index_.find(visit.number);
    if (found == index_.end() && !accepted) continue;
    const int index = found == index_.end() ? static_cast<int>(cells_.size()) : found->second;
    if (found == index_.end()) {
      index_.emplace(visit.number, index);
      cells_.emplace_back();
    }
    Cell& cell = cells_[static_cast<std::size_t>(index)];
    if (accepted) {
      if (path < 0) {
        path = static_cast<std::int32_t>(paths_.size());
        paths_.push_back({trip.root, trip.parent, trip.parent_actions, {}});
      }
      cell = {.number = visit.number,
              .score = visit.score,
              .length = length,
              .state = visit.state,
              .path = path,
              .on_path = visit.steps};
      last = visit.steps;
    }
    ++cell.seen;
  }
  if (path >= 0)
    paths_.back().actions.assign(trip.actions.begin(),
                                 trip.actions.begin() + static_cast<std::ptrdiff_t>(last) * action_size_);
}

void CellArchive::discard(const Trip& trip) {
  if (trip.from < 0) return;
  Cell& cell = cells_[static_cast<std::size_t>(trip.from)];
  if (cell.path == trip.parent && cell.on_path == trip.parent_actions) cell.discarded = true;
}

void CellArchive::save(Archive& archive, const std::string& name) const {
  std::vector<std::int64_t> numbers, seen;
  std::vector<double> scores;
  std::vector<float> states, actions;
  std::vector<std::int32_t> cells, paths;
  std::vector<std::uint32_t> roots;
  for (const Cell& cell : cells_) {
    numbers.push_back(cell.number);
    seen.push_back(cell.seen);
    scores.push_back(cell.score);
    states.insert(states.end(), cell.state.begin(), cell.state.end());
    cells.insert(cells.end(), {cell.length, cell.path, cell.on_path, cell.discarded ? 1 : 0});
  }
  for (const Path& path : paths_) {
    roots.insert(roots.end(), {path.root.column, path.root.episode});
    paths.insert(paths.end(),
                 {path.parent, path.parent_actions, static_cast<std::int32_t>(path.actions.size()) / action_size_});
    actions.insert(actions.end(), path.actions.begin(), path.actions.end());
  }
  archive.put(name + "/numbers", numbers);
  archive.put(name + "/seen", seen);
  archive.put(name + "/scores", scores);
  archive.put(name + "/states", states);
  archive.put(name + "/cells", std::span<const std::int32_t>(cells), {static_cast<std::int64_t>(cells_.size()), 4});
  archive.put(name + "/roots", std::span<const std::uint32_t>(roots), {static_cast<std::int64_t>(paths_.size()), 2});
  archive.put(name + "/paths", std::span<const std::int32_t>(paths), {static_cast<std::int64_t>(paths_.size()), 3});
  archive.put(name + "/actions", actions);
  archive.put_value(name + "/fresh", fresh_);
}

void CellArchive::load(const Archive& archive, const std::string& name) {
  constexpr std::int64_t most = 1'000'000'000'000;  // trips of the longest run
  const auto require = [&](bool sound, const char* what) {
    if (!sound) throw std::runtime_error("'" + name + "/" + what + "' holds what no archive of cells does.");
  };
  const auto numbers = archive.get<std::int64_t>(name + "/numbers");
  const std::size_t count = numbers.size();
  std::vector<std::int64_t> seen(count);
  std::vector<double> scores(count);
  std::vector<std::int32_t> cells(4 * count);
  std::vector<float> states(count * static_cast<std::size_t>(state_size_));
  archive.get_into<std::int64_t>(name + "/seen", seen);
  archive.get_into<double>(name + "/scores", scores);
  archive.get_into<std::int32_t>(name + "/cells", cells);
  archive.get_into<float>(name + "/states", states);
  const auto paths = archive.get<std::int32_t>(name + "/paths");
  require(paths.size() % 3 == 0, "paths");
  std::vector<std::uint32_t> roots(paths.size() / 3 * 2);
  archive.get_into<std::uint32_t>(name + "/roots", roots);
  const auto actions = archive.get<float>(name + "/actions");
  fresh_ = archive.get_value<std::int64_t>(name + "/fresh");
  require(fresh_ >= 0 && fresh_ <= most, "fresh");
  require(std::ranges::all_of(actions, [](float action) { return std::isfinite(action); }), "actions");

  paths_.clear();
  std::vector<std::int64_t> steps_before;  // of each path, from its episode's beginning
  auto next = actions.begin();
  for (std::size_t p = 0; 3 * p < paths.size(); ++p) {
    const std::int32_t parent = paths[3 * p], parent_actions = paths[3 * p + 1], length = paths[3 * p + 2];
    require(parent >= -1 && parent < static_cast<std::int32_t>(p) && parent_actions >= 0 && length >= 0 &&
                (parent < 0 ? parent_actions == 0
                            : std::int64_t{parent_actions} * action_size_ <=
                                  static_cast<std::int64_t>(paths_[static_cast<std::size_t>(parent)].actions.size())),
            "paths");
    steps_before.push_back(parent < 0 ? 0 : steps_before[static_cast<std::size_t>(parent)] + parent_actions);
    const std::int64_t numbers_of_path = std::int64_t{length} * action_size_;
    require(numbers_of_path <= actions.end() - next && steps_before.back() + length <= horizon_, "paths");
    paths_.push_back({{roots[2 * p], roots[2 * p + 1]}, parent, parent_actions, {next, next + numbers_of_path}});
    next += numbers_of_path;
  }
  require(next == actions.end(), "actions");

  cells_.clear();
  index_.clear();
  const auto state_size = static_cast<std::ptrdiff_t>(state_size_);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int32_t length = cells[4 * i], path = cells[4 * i + 1], on_path = cells[4 * i + 2];
    require(numbers[i] >= 0 && numbers[i] < grid_.cells() && index_.try_emplace(numbers[i], static_cast<int>(i)).second,
            "numbers");
    require(seen[i] >= 0 && seen[i] <= most, "seen");
    require(std::isfinite(scores[i]), "scores");
    require(path >= 0 && path < static_cast<std::int32_t>(paths_.size()) && on_path >= 0 &&
                std::int64_t{on_path} * action_size_ <=
                    static_cast<std::int64_t>(paths_[static_cast<std::size_t>(path)].actions.size()) &&
                length == steps_before[static_cast<std::size_t>(path)] + on_path && length < horizon_ &&
                (cells[4 * i + 3] == 0 || cells[4 * i + 3] == 1),
            "cells");
    const auto state = states.begin() + static_cast<std::ptrdiff_t>(i) * state_size;
    cells_.push_back({.number = numbers[i],
                      .score = scores[i],
                      .length = length,
                      .state = {state, state + state_size},
                      .path = path,
                      .on_path = on_path,
                      .seen = seen[i],
                      .discarded = cells[4 * i + 3] == 1});
  }
}

}  // namespace cairn::agents
