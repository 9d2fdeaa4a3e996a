#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string_view>
#include <vector>

#include "agents/exploration/bonus_scale.h"
#include "agents/learner/updater.h"
#include "agents/memory/bonus.h"
#include "agents/networks/mlp.h"
#include "agents/networks/normaliser.h"
#include "optim/adam.h"
#include "optim/optimizer.h"

namespace cairn::agents {

struct RndOptions {
  std::vector<int> hidden = {64, 64};
  int features = 32;
  float coefficient = 0.5F, gamma = 0.99F;
  int minibatch = 256, epochs = 1;
  optim::Rule optimizer = optim::adam({.lr = 1e-4});

  template <class V>
  void fields(V&& v) {
    v("hidden", hidden, "[1,65536]", "widths of the target's hidden layers; the predictor has the last twice more");
    v("features", features, "[1,65536]", "outputs of the target that are predicted");
    v("coefficient", coefficient, "[0,inf)", "weight beside the rewards");
    v("gamma", gamma, "[0,1]", "discount of its own stream");
    v("minibatch", minibatch, "[1,1000000]", "samples an update of the predictor");
    v("epochs", epochs, "[1,1000]", "passes over what was collected");
    v("optimizer", optimizer, "optimizer", "the predictor's update rule");
  }
};

/// Random network distillation (Burda et al. 2019): the error of predicting what a fixed random network f makes of the
/// observation that was reached,
///
///     b = 1/K Σ_k (f̂_k(o) - f_k(o))²,
///
/// divided by the running deviation of its discounted sum (BonusScale). o is whitened by running moments, which begin
/// as a random agent's, and clipped at 5. The predictor f̂ has two layers more than f, and learns from a random share of
/// the samples where there are more than 32 worlds, 32 of them in the mean at a step.
class Rnd final : public Bonus {
 public:
  /// Throws std::invalid_argument for options out of range and for a rule that does not suit.
  Rnd(const envs::Spec& spec, const RndOptions& options);

  std::string_view name() const override { return "rnd"; }
  float gamma() const override { return options_.gamma; }
  float coefficient() const override { return options_.coefficient; }
  bool of_episode() const override { return false; }
  void begin(const BonusRun& run) override;
  void pay(const Visits& visits, std::span<float> bonuses) override;
  void learn(const Visits& visits) override;
  void novelty(const Eigen::Ref<const Eigen::MatrixXf>& observations,
               Eigen::Ref<Eigen::ArrayXf> bonuses) const override;
  double bytes(int environments, double visits) const override;
  void save(Archive& archive) const override;
  void load(const Archive& archive) override;

 private:
  /// A fixed part of a batch, which one thread works on.
  struct Shard {
    Eigen::MatrixXf inputs, d_predicted;
    Mlp<float>::Scratch target, predictor;
    Eigen::VectorXf gradient;
  };
  void errors(const Eigen::Ref<const Eigen::MatrixXf>& observations, Eigen::Ref<Eigen::ArrayXf> out,
              Shard& shard) const;
  void update(const Visits& visits, std::span<const int> samples);

  RndOptions options_;
  optim::Layout target_layout_, layout_;
  Mlp<float> target_, predictor_;

  BonusRun run_;
  double share_ = 1;  // of the samples that the predictor learns from
  Normaliser whitening_;
  BonusScale scale_;
  Eigen::VectorXf target_parameters_, parameters_, gradient_;
  Updater updater_;
  std::int64_t calls_ = 0;
  std::vector<int> order_;
  mutable std::vector<Shard> shards_;  // of which `novelty` borrows the first
};

}  // namespace cairn::agents
