#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agents/memory/bonus.h"

namespace cairn::agents {

/// How observations are put into cells.
enum class Cells {
  grid,     ///< bins of some components
  simhash,  ///< signs of random projections of them (Charikar 2002)
};
std::string_view to_string(Cells cells);
bool parse(std::string_view text, Cells& cells);

/// Over what visits to a cell are counted.
enum class CountScope {
  episodic,  ///< anew in each episode of each world
  lifelong,  ///< over the whole run, of all worlds together
  product,   ///< lifelong, but only the first visit in an episode is paid
};
std::string_view to_string(CountScope scope);
bool parse(std::string_view text, CountScope& scope);

struct CountsOptions {
  Cells cells = Cells::grid;
  std::vector<std::string> components = {"all"};
  std::vector<int> bins = {10};
  int bits = 16;
  CountScope scope = CountScope::lifelong;
  float coefficient = 1, gamma = 0.99F;

  template <class V>
  void fields(V&& v) {
    v("cells", cells, "grid|simhash", "bins of components, or signs of random projections of them");
    v("components", components, "all|COMPONENT", "of the observation that tell cells apart, as x/left_leg_touches");
    v("bins", bins, "[1,1048576]", "of a grid: one number for all, or one a component, as 20/15");
    v("bits", bits, "[1,20]", "of a simhash");
    v("scope", scope, "episodic|lifelong|product",
      "of counting; product: lifelong, the first visit of an episode paid");
    v("coefficient", coefficient, "[0,inf)", "weight beside the rewards");
    v("gamma", gamma, "[0,1]", "discount of its own stream");
  }
};

/// Counts of visits to cells of the observation (Strehl and Littman 2008; simhash: Tang et al. 2017). With N the count
/// after the visit:
///
///     b = 1/√N;  product (Henaff et al. 2023): b = [first visit of the episode] / √N over the whole run
///
/// A component is scaled to [0,1] by its bounds; where it has none, by 1/2 (1 + x / (1 + |x|)). Names of components
/// have underscores for spaces.
class Counts final : public Bonus {
 public:
  /// Throws std::invalid_argument for options out of range, for a component that the world does not show, and for more
  /// than 1048576 cells.
  Counts(const envs::Spec& spec, const CountsOptions& options);

  std::string_view name() const override { return "counts"; }
  float gamma() const override { return options_.gamma; }
  float coefficient() const override { return options_.coefficient; }
  bool of_episode() const override { return options_.scope != CountScope::lifelong; }
  void begin(const BonusRun& run) override;
  void pay(const Visits& visits, std::span<float> bonuses) override;
  void learn(const Visits&) override {}
  void novelty(const Eigen::Ref<const Eigen::MatrixXf>& observations,
               Eigen::Ref<Eigen::ArrayXf> bonuses) const override;
  double bytes(int environments, double visits) const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

  /// Cells that are counted apart.
  std::uint32_t cells() const { return cells_; }
  /// Of a raw observation, in [0, cells()).
  std::uint32_t cell_of(const Eigen::Ref<const Eigen::VectorXf>& observation) const;

 private:
  struct Component {
    Eigen::Index index = 0;
    float low = 0, high = 0;
    int bins = 1;
    float unit(float value) const;  // to [0,1]
  };
  struct Visited {
    std::uint32_t cell = 0, count = 0;
  };
  std::uint32_t count_in_episode(std::size_t world, std::uint32_t cell);

  CountsOptions options_;
  int horizon_ = 0;  // steps of an episode at most
  std::vector<Component> components_;
  std::uint32_t cells_ = 1;
  Eigen::MatrixXf projections_;                // bits x components
  std::vector<std::uint32_t> lifelong_;        // of each cell
  std::vector<std::vector<Visited>> episode_;  // of each world: the cells of its episode, in ascending order
};

/// Bit k of the hash: [(A s)_k >= 0], A: bits x components; `feature(i)` is s_i.
template <class Scalar, class Feature>
std::uint32_t simhash(const Eigen::Matrix<Scalar, -1, -1>& projections, Feature&& feature) {
  std::uint32_t hash = 0;
  for (Eigen::Index bit = 0; bit < projections.rows(); ++bit) {
    Scalar sum = 0;
    for (Eigen::Index i = 0; i < projections.cols(); ++i) sum += projections(bit, i) * feature(i);
    if (sum >= 0) hash |= std::uint32_t{1} << static_cast<unsigned>(bit);
  }
  return hash;
}

}  // namespace cairn::agents
