#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "agents/exploration/bonus_scale.h"
#include "agents/exploration/inverse_dynamics.h"
#include "agents/memory/bonus.h"
#include "agents/networks/normaliser.h"
#include "optim/adam.h"
#include "optim/optimizer.h"

namespace cairn::agents {

/// What an ellipse is of.
enum class EllipticalFeatures {
  inverse,   ///< features that tell which action was taken (InverseDynamics)
  whitened,  ///< the observation itself, whitened
};
std::string_view to_string(EllipticalFeatures features);
bool parse(std::string_view text, EllipticalFeatures& features);

struct EllipticalOptions {
  EllipticalFeatures features = EllipticalFeatures::inverse;
  float ridge = 0.1F, coefficient = 0.1F, gamma = 0.99F;
  std::vector<int> hidden = {64, 64};
  int size = 16, minibatch = 256, epochs = 1;
  optim::Rule optimizer = optim::adam({.lr = 1e-4});

  template <class V>
  void fields(V&& v) {
    v("features", features, "inverse|whitened", "what is new: features by which actions are guessed, or observations");
    v("ridge", ridge, "(0,1e6]", "what the ellipse is before anything is seen; larger: smaller bonuses at first");
    v("coefficient", coefficient, "[0,inf)", "weight beside the rewards");
    v("gamma", gamma, "[0,1]", "discount of its own stream");
    v("hidden", hidden, "[1,65536]", "widths of the encoder's hidden layers");
    v("size", size, "[1,1024]", "number of the encoder's features");
    v("minibatch", minibatch, "[1,1000000]", "pairs an update of the encoder");
    v("epochs", epochs, "[1,1000]", "passes over what was collected");
    v("optimizer", optimizer, "optimizer", "the encoder's update rule");
  }
};

/// E3B (Henaff et al. 2022), a count over an episode for features that are no cells: in each world
///
///     b = φ'Cφ,  C ← C - uu' / (1 + b),  u = Cφ,  C = I / ridge where an episode begins
///
/// divided by the running deviation of all b. An episode's first step pays nothing: its b says nothing of the episode.
class Elliptical final : public Bonus {
 public:
  /// Throws std::invalid_argument for options out of range and for a rule that does not suit.
  Elliptical(const envs::Spec& spec, const EllipticalOptions& options);

  std::string_view name() const override { return "elliptical"; }
  float gamma() const override { return options_.gamma; }
  float coefficient() const override { return options_.coefficient; }
  bool of_episode() const override { return true; }
  void begin(const BonusRun& run) override;
  void pay(const Visits& visits, std::span<float> bonuses) override;
  void learn(const Visits& visits) override;
  /// The mean over the worlds of what their present episodes would pay.
  void novelty(const Eigen::Ref<const Eigen::MatrixXf>& observations,
               Eigen::Ref<Eigen::ArrayXf> bonuses) const override;
  double bytes(int environments, double visits) const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  /// Writes φ of raw observations, at most `columns`, into the left of features_.
  void encode(const Eigen::Ref<const Eigen::MatrixXf>& observations) const;
  void update(const Visits& visits, std::span<const int> samples);

  EllipticalOptions options_;
  int inputs_ = 0, size_ = 0, action_size_ = 1;
  BonusRun run_;
  Normaliser whitening_;
  BonusScale scale_;
  mutable InverseDynamics dynamics_;  // its scratch, that is
  std::int64_t calls_ = 0;

  std::vector<Eigen::MatrixXd> inverse_;  // C of each world
  std::vector<std::uint8_t> running_;     // whether the world's episode has made a step before these visits
  Eigen::MatrixXf previous_;              // features x worlds, raw: what that step led to
  std::vector<int> order_;
  mutable Eigen::MatrixXf inputs_whitened_, features_;
  Eigen::MatrixXf before_, after_, actions_;  // of a minibatch
  mutable Eigen::VectorXd feature_, image_;   // φ and u
};

/// b = φ'Cφ with C as it was; C ← C - uu' / (1 + b). `image` (as long as φ) is written: u.
template <class Scalar>
Scalar elliptical_step(Eigen::Ref<Eigen::Matrix<Scalar, -1, -1>> inverse,
                       const Eigen::Ref<const Eigen::Matrix<Scalar, -1, 1>>& feature,
                       Eigen::Ref<Eigen::Matrix<Scalar, -1, 1>> image) {
  image.noalias() = inverse * feature;
  const Scalar bonus = std::max(Scalar(0), feature.dot(image));  // rounding may leave a little below
  inverse.noalias() -= image * (image.transpose() / (1 + bonus));
  return bonus;
}

}  // namespace cairn::agents
