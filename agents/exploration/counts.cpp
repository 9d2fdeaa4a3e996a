#include "agents/exploration/counts.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "agents/archive/archive.h"
#include "envs/random.h"
#include "optim/options.h"

namespace cairn::agents {

std::string_view to_string(Cells cells) {
  return cells == Cells::grid ? "grid" : "simhash";
}

bool parse(std::string_view text, Cells& cells) {
  if (text != "grid" && text != "simhash") return false;
  cells = text == "grid" ? Cells::grid : Cells::simhash;
  return true;
}

std::string_view to_string(CountScope scope) {
  switch (scope) {
    case CountScope::episodic:
      return "episodic";
    case CountScope::lifelong:
      return "lifelong";
    case CountScope::product:
      return "product";
  }
  return "";
}

bool parse(std::string_view text, CountScope& scope) {
  using enum CountScope;
  for (const CountScope candidate : {episodic, lifelong, product})
    if (text == to_string(candidate)) {
      scope = candidate;
      return true;
    }
  return false;
}

namespace {

constexpr std::int64_t most_cells = 1'048'576;

std::string word(std::string name) {
  std::ranges::replace(name, ' ', '_');
  return name;
}

/// Places in the observation of the components that are named.
std::vector<Eigen::Index> places(const envs::Spec& spec, const std::vector<std::string>& names) {
  std::vector<Eigen::Index> indices;
  std::string known;
  for (std::size_t i = 0; i < spec.observation.size(); ++i) {
    const std::string name = word(spec.observation[i].name);
    known += (known.empty() ? "" : ", ") + name;
    if (names == std::vector<std::string>{"all"}) indices.push_back(static_cast<Eigen::Index>(i));
  }
  if (!indices.empty()) return indices;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(spec.observation, name, [](const auto& c) { return word(c.name); });
    const Eigen::Index index = found - spec.observation.begin();
    if (found == spec.observation.end() || std::ranges::find(indices, index) != indices.end())
      throw std::invalid_argument(std::string("counts: 'components' cannot hold '")
                                      .append(name)
                                      .append(found == spec.observation.end() ? "'; '" : "' twice; '")
                                      .append(spec.id)
                                      .append("' shows: ")
                                      .append(known)
                                      .append("."));
    indices.push_back(index);
  }
  return indices;
}

float paid(std::uint32_t count) {
  return 1 / std::sqrt(static_cast<float>(std::max(count, 1U)));
}

}  // namespace

Counts::Counts(const envs::Spec& spec, const CountsOptions& options)
    : options_(optim::checked("counts", options)), horizon_(spec.horizon) {
  const std::vector<Eigen::Index> indices = places(spec, options_.components);
  if (options_.bins.size() != 1 && options_.bins.size() != indices.size())
    throw std::invalid_argument("counts: 'bins' has " + std::to_string(options_.bins.size()) + " numbers for " +
                                std::to_string(indices.size()) + " components; allowed: one for all, or one each.");
  std::int64_t cells = 1;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    const envs::Component& shown = spec.observation[static_cast<std::size_t>(indices[i])];
    components_.push_back({indices[i], shown.low, shown.high, options_.bins[options_.bins.size() == 1 ? 0 : i]});
    if (options_.cells == Cells::grid) cells = std::min(cells * components_.back().bins, most_cells + 1);
  }
  if (cells > most_cells)
    throw std::invalid_argument("counts: the grid of " + std::to_string(indices.size()) +
                                " components has more than 1048576 cells; name fewer 'components' or 'bins'.");
  cells_ = options_.cells == Cells::grid ? static_cast<std::uint32_t>(cells)
                                         : std::uint32_t{1} << static_cast<unsigned>(options_.bits);
}

void Counts::begin(const BonusRun& run) {
  lifelong_.assign(cells_, 0);
  episode_.assign(static_cast<std::size_t>(run.environments), {});
  for (std::vector<Visited>& visited : episode_) visited.reserve(static_cast<std::size_t>(horizon_));
  if (options_.cells == Cells::grid) return;
  envs::Random random(run.seed, envs::Stream::bonus, 2);
  projections_.resize(options_.bits, static_cast<Eigen::Index>(components_.size()));
  for (float& number : projections_.reshaped()) number = random.normal();
}

// Whatever is not a number counts as the lowest.
float Counts::Component::unit(float value) const {
  const bool bounded = std::isfinite(low) && std::isfinite(high);
  const float x = bounded ? (value - low) / (high - low) : 0.5F + 0.5F * value / (1 + std::abs(value));
  return x > 0 ? std::min(x, 1.0F) : 0;
}

std::uint32_t Counts::cell_of(const Eigen::Ref<const Eigen::VectorXf>& observation) const {
  const auto unit = [&](const Component& component) { return component.unit(observation[component.index]); };
  if (options_.cells == Cells::simhash)
    return simhash(projections_,
                   [&](Eigen::Index i) { return 2 * unit(components_[static_cast<std::size_t>(i)]) - 1; });
  std::uint32_t cell = 0;
  for (const Component& component : components_) {
    const auto bin = static_cast<int>(unit(component) * static_cast<float>(component.bins));
    cell = cell * static_cast<std::uint32_t>(component.bins) +
           static_cast<std::uint32_t>(std::min(bin, component.bins - 1));
  }
  return cell;
}

// The list is short and sorted; its room is for as many cells as an episode has steps.
std::uint32_t Counts::count_in_episode(std::size_t world, std::uint32_t cell) {
  std::vector<Visited>& visited = episode_[world];
  const auto place = std::ranges::lower_bound(visited, cell, {}, &Visited::cell);
  if (place != visited.end() && place->cell == cell) return ++place->count;
  visited.insert(place, {cell, 1});
  return 1;
}

void Counts::pay(const Visits& visits, std::span<float> bonuses) {
  for (Eigen::Index i = 0; i < visits.size(); ++i) {
    const auto world = static_cast<std::size_t>(i % visits.environments);
    const std::uint32_t cell = cell_of(visits.reached.col(i));
    std::uint32_t& lifelong = lifelong_[cell];
    lifelong += lifelong < std::numeric_limits<std::uint32_t>::max() ? 1 : 0;
    float& bonus = bonuses[static_cast<std::size_t>(i)];
    if (options_.scope == CountScope::lifelong) {
      bonus = paid(lifelong);
      continue;
    }
    const std::uint32_t in_episode = count_in_episode(world, cell);
    bonus = options_.scope == CountScope::episodic ? paid(in_episode) : in_episode == 1 ? paid(lifelong) : 0;
    if (visits.done(i)) episode_[world].clear();
  }
}

void Counts::novelty(const Eigen::Ref<const Eigen::MatrixXf>& observations, Eigen::Ref<Eigen::ArrayXf> bonuses) const {
  for (Eigen::Index i = 0; i < observations.cols(); ++i) bonuses[i] = paid(lifelong_[cell_of(observations.col(i))]);
}

double Counts::bytes(int environments, double) const {
  const double episodes = of_episode() ? static_cast<double>(environments) * horizon_ * sizeof(Visited) : 0;
  return cells_ * sizeof(std::uint32_t) + episodes;
}

void Counts::save(Archive& archive) const {
  archive.put("bonus/counts", lifelong_);
  if (!of_episode()) return;
  std::vector<std::int64_t> sizes;
  std::vector<std::uint32_t> cells, counts;
  for (const std::vector<Visited>& visited : episode_) {
    sizes.push_back(static_cast<std::int64_t>(visited.size()));
    for (const Visited& each : visited) {
      cells.push_back(each.cell);
      counts.push_back(each.count);
    }
  }
  archive.put("bonus/episode/sizes", sizes);
  archive.put("bonus/episode/cells", cells);
  archive.put("bonus/episode/counts", counts);
}

void Counts::load(const Archive& archive) {
  archive.get_into<std::uint32_t>("bonus/counts", lifelong_);
  if (!of_episode()) return;
  std::vector<std::int64_t> sizes(episode_.size());
  archive.get_into<std::int64_t>("bonus/episode/sizes", sizes);
  const auto cells = archive.get<std::uint32_t>("bonus/episode/cells");
  const auto counts = archive.get<std::uint32_t>("bonus/episode/counts");
  const auto refuse = [] { throw std::runtime_error("'bonus/episode' holds visits that no episode makes."); };
  if (cells.size() != counts.size()) refuse();
  std::size_t at = 0;
  for (std::size_t world = 0; world < sizes.size(); ++world) {
    if (sizes[world] < 0 || sizes[world] > horizon_ || static_cast<std::size_t>(sizes[world]) > cells.size() - at)
      refuse();
    episode_[world].clear();
    std::int64_t steps = 0;
    for (const std::size_t end = at + static_cast<std::size_t>(sizes[world]); at < end; ++at) {
      steps += counts[at];
      if (cells[at] >= cells_ || counts[at] == 0 || steps > horizon_ ||
          (!episode_[world].empty() && cells[at] <= episode_[world].back().cell))
        refuse();
      episode_[world].push_back({cells[at], counts[at]});
    }
  }
  if (at != cells.size()) refuse();
}

}  // namespace cairn::agents
