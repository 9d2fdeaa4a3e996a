#pragma once

#include <Eigen/Core>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "agents/networks/mlp.h"
#include "agents/networks/normaliser.h"
#include "envs/environment.h"
#include "envs/random.h"

namespace cairn::agents {

class Archive;

/// What the network's outputs mean.
enum class Head {
  logits,             ///< one a discrete action, unnormalised log-probabilities
  q_values,           ///< one a discrete action, expected discounted returns
  means,              ///< one a component of a continuous action, before clamping to the bounds
  tanh_means,         ///< likewise, before tanh, whose (-1, 1) is scaled to the bounds
  squashed_gaussian,  ///< likewise, and behind them as many log standard deviations (networks/squashed_gaussian.h)
  value,  ///< one alone, what a state is worth (expected discounted return): of a critic, which chooses no actions
};
std::string_view to_string(Head head);
bool parse(std::string_view text, Head& head);
/// Whether a policy with this head gives continuous actions.
bool continuous(Head head);

/// The acting side of an agent, whatever algorithm trained it: observation normaliser (frozen), network, head; or, with
/// Head::value, its critic, to look at. This is what evaluation runs, `best.safetensors` holds, `export` writes and a
/// window shows. A plain value; copies are independent. Dueling and other linear head structures are folded into the
/// output layer before they get here.
struct Policy {
  Head head = Head::logits;    ///< what the network's outputs mean
  MlpShape shape;              ///< of the network
  Eigen::VectorXf parameters;  ///< in the order of Mlp's layout: weight, bias (gain, offset), a layer each

  std::optional<FrozenNormaliser> normaliser;  ///< of observations

  /// means, tanh_means: standard deviation of the sampled action, log, one a component; of tanh_means that of the noise
  /// in (-1, 1)
  Eigen::VectorXf log_std;
  Eigen::VectorXf low, high;  ///< continuous: bounds of the world's box
  float epsilon = 0;          ///< q_values: chance of a uniformly random action when stochastic
  /// value: of a critic of actions, whose network takes the observation and the action in (-1, 1) that this policy
  /// chooses there when deterministic; its head is squashed
  std::shared_ptr<const Policy> actor;

  /// Reused between calls; one a thread.
  struct Scratch {
    Eigen::MatrixXf inputs;           ///< normalised observations
    Mlp<float> network;               ///< laid over the parameters
    Mlp<float>::Scratch activations;  ///< of the network
    std::vector<Scratch> actor;       ///< one, where there is an actor
  };
  /// What `act` gives: components of a continuous action, or the number of discrete ones to choose from.
  int actions() const { return head == Head::squashed_gaussian ? shape.outputs / 2 : shape.outputs; }
  /// Buffers for up to so many observations.
  Scratch scratch(int columns) const;

  /// First outputs of the network (logits, Q values, means, …, or the value) for raw `observations` (features x n).
  Eigen::Ref<Eigen::MatrixXf> evaluate(const Eigen::Ref<const Eigen::MatrixXf>& observations, Scratch& scratch) const;

  /// Chooses actions (components x n; discrete: 1 x n indices). Deterministic (arg max, mean) when `random` is empty,
  /// else sampled with one Random a column. `masks` (actions x n, 1 legal) may be empty. Continuous actions are
  /// clamped. Throws std::logic_error for Head::value, Diverged where an output is not finite.
  void act(const Eigen::Ref<const Eigen::MatrixXf>& observations, const Eigen::Ref<const Eigen::MatrixXf>& masks,
           std::span<envs::Random> random, Eigen::Ref<Eigen::MatrixXf> actions, Scratch& scratch) const;

  /// Under `policy/…` in the archive, with the shape as metadata. `save` throws Diverged for a number that is not
  /// finite, which `load` would refuse: it throws std::runtime_error on anything amiss, and for a critic.
  void save(Archive& archive) const;
  /// Reads and checks a policy. Throws std::runtime_error for one that makes no sense.
  static Policy load(const Archive& archive);

  // For whoever reads a policy from a file.
  void require_pairs() const;   ///< throws std::runtime_error for a squashed Gaussian without two outputs a component
  void require_bounds() const;  ///< throws std::runtime_error for bounds that are none

 private:
  float squashed_action(const Eigen::Ref<const Eigen::VectorXf>& output, Eigen::Index k, envs::Random* random) const;
};

}  // namespace cairn::agents
