#pragma once

#include "envs/environment.h"

namespace cairn::envs {

struct CartPoleOptions {
  bool sutton_barto_reward = false;  ///< 0 a step and -1 for falling, as in the paper, instead of 1 a step
  template <class V>
  void fields(V&& v) {
    v("sutton_barto_reward", sutton_barto_reward, "true|false", "0 a step and -1 for falling, instead of 1 a step");
  }
};

/// A cart that keeps a pole upright: Gymnasium's CartPole-v1, after Barto, Sutton and Anderson 1983. Its difference
/// equations, in single precision; a step costs no physics engine.
class CartPole : public Environment {
 public:
  explicit CartPole(const CartPoleOptions& options = {});
  bool pilot(std::span<const float> observation, std::span<float> action) const override;
  void draw(Canvas& canvas) const override;

 protected:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override { observe(state); }
  Step advance(std::span<const float> action) override;
  void observe(std::span<float> observation) const override;

 private:
  bool fallen() const;

  CartPoleOptions options_;
  float x_ = 0, vx_ = 0;         // m, m/s
  float theta_ = 0, omega_ = 0;  // rad from upright, positive to the right; rad/s
};

}  // namespace cairn::envs
