#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "agents/learner/updater.h"
#include "agents/networks/mlp.h"
#include "envs/environment.h"
#include "optim/optimizer.h"

namespace cairn::agents {

class Archive;

/// Features φ of observations that tell which action led from one to the next (Pathak et al. 2017), so that they hold
/// what an agent can act upon: a head guesses a from [φ(o); φ(o')], by softmax and cross-entropy over discrete actions,
/// by half the squared error over continuous ones, which are scaled from their bounds to [-1,1].
class InverseDynamics {
 public:
  InverseDynamics() = default;
  /// `hidden`: of the encoder; the head has one hidden layer as wide as its last. Throws std::invalid_argument where
  /// the rule does not suit the network.
  InverseDynamics(const envs::Spec& spec, const std::vector<int>& hidden, int features, optim::Rule rule);

  /// `columns`: of a batch at most; `updates`: in the whole run.
  void begin(std::uint64_t seed, int columns, std::int64_t updates);
  /// Components of φ.
  int features() const { return encoder_.shape().outputs; }

  /// φ of `observations` (whitened, at most `columns`); into a scratch that the next call writes anew.
  Eigen::Ref<const Eigen::MatrixXf> encode(const Eigen::Ref<const Eigen::MatrixXf>& observations);
  /// One update on pairs of whitened observations and the actions between them (action_size x n). Returns their mean
  /// loss. `steps`: environment steps so far, for the sentence where learning diverges.
  double update(const Eigen::Ref<const Eigen::MatrixXf>& before, const Eigen::Ref<const Eigen::MatrixXf>& after,
                const Eigen::Ref<const Eigen::MatrixXf>& actions, std::int64_t steps);

  /// Memory of a run, in bytes, about.
  double bytes(int columns) const;

  /// Under `name/…`. `load` throws std::runtime_error for another shape and for weights that are not finite.
  void save(Archive& archive, const std::string& name) const;
  void load(const Archive& archive, const std::string& name);

 private:
  double loss(const Eigen::Ref<const Eigen::MatrixXf>& guessed, const Eigen::Ref<const Eigen::MatrixXf>& actions);
  float scaled(float action, Eigen::Index component) const;

  bool discrete_ = true;
  std::vector<envs::Component> action_;
  optim::Rule rule_;
  optim::Layout layout_, small_layout_;  // small: of the same blocks, for trying a rule
  Mlp<float> encoder_, head_;
  Eigen::VectorXf parameters_, gradient_;
  Updater updater_;
  Mlp<float>::Scratch before_, after_, guess_;
  Eigen::MatrixXf pair_, d_pair_, d_guess_;  // 2 features x columns, the same, outputs x columns
};

}  // namespace cairn::agents
