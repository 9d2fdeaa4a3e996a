#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "envs/environment.h"

namespace cairn::envs {

/// An environment around another one. Everything passes through that a derived class does not change: starts with their
/// difficulty and state, goals, masks, the pilot, the drawing. Its snapshots are its own start and actions, so that
/// what a derived class keeps of an episode is replayed with them, if it comes from begun() and the actions alone.
class Wrapper : public Environment {
 public:
  void compute_reward(const Eigen::Ref<const Eigen::MatrixXf>& achieved,
                      const Eigen::Ref<const Eigen::MatrixXf>& desired,
                      Eigen::Ref<Eigen::VectorXf> rewards) const override;
  bool reached(std::span<const float> achieved, std::span<const float> desired) const override;
  void mask(std::span<float> legal) const override;
  bool pilot(std::span<const float> observation, std::span<float> action) const override;
  void draw(Canvas& canvas) const override;

 protected:
  /// `spec`: as the inner one's, but for what is changed.
  Wrapper(std::unique_ptr<Environment>&& inner, Spec spec);

  /// An episode has begun, and seen() is its first observation.
  virtual void begun() {}
  Step advance(std::span<const float> action) override { return step_inner(action); }
  void observe(std::span<float> observation) const override;

  /// The environment around which this one is.
  const Environment& inner() const { return *inner_; }
  /// Lets the inner one make a step; `seen` is then what it shows.
  Step step_inner(std::span<const float> action) { return inner_->step(action, seen_); }
  std::span<const float> seen() const { return seen_; }  ///< what the inner one shows
  /// Random numbers of this episode that the inner one, which has the same start, never comes to, nor another wrapper.
  Random random_beside() const;

 private:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override;
  void check_state(std::span<const float> state) const override;

  std::unique_ptr<Environment> inner_;
  std::vector<float> seen_;
  std::uint64_t depth_ = 0;  // wrappers in this one
};

}  // namespace cairn::envs
