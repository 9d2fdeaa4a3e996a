#pragma once

#include <array>
#include <memory>

#include "envs/box2d/walker_terrain.h"
#include "envs/environment.h"
#include "envs/reward.h"

namespace cairn::envs {

struct WalkerOptions {
  Reward reward = Reward::dense;
  bool hardcore = false;  ///< stumps, pits and stairs; 2,000 steps instead of 1,600
  double difficulty = 1;  ///< 1: the published task; lower: nearer end, flatter ground, fewer obstacles
  int milestones = 10;    ///< equal parts of the track that `reward=sparse` pays for, 1/milestones each
  template <class V>
  void fields(V&& v) {
    v("reward", reward, "dense|sparse", "dense: Gymnasium's; sparse: 1 for the whole track, in equal parts");
    v("hardcore", hardcore, "true|false", "stumps, pits and stairs on the way; 2,000 steps instead of 1,600");
    v("difficulty", difficulty, "[0,1]", "1: the published task; lower: nearer end, flatter ground, fewer obstacles");
    v("milestones", milestones, "[1,100]", "parts of the track that reward=sparse pays for; 1: its end alone");
  }
};

/// A body on two legs with four motors that must walk to the end of a rough track without falling: Gymnasium's
/// BipedalWalker-v3 and, with `hardcore=true`, BipedalWalkerHardcore-v3, with its constants, observation, reward and
/// quirks. It succeeds in the step in which the hull passes the end, 84 m from the start, having touched nothing.
///
/// `reward=sparse` divides the way from start to end into `milestones` equal parts and pays 1/milestones for the first
/// passing of each; falling costs nothing but the rest. `difficulty` shortens the way, down to a tenth of it, flattens
/// hills in proportion, and leaves each obstacle out with probability 1 - difficulty.
///
/// The pilot is Gymnasium's: three phases of a gait. Which phase it is in depends on the whole episode, so that the
/// world keeps it, step by step: `pilot` takes the latest observation of the running episode and no other. An episode
/// that begins in a state begins with the gait's first phase.
///
/// A state holds place and motion of the hull and of upper and lower left and right leg, which lower legs touch, how
/// many milestones are passed, where the end is, the heights of the ground's 200 points and, with `hardcore=true`, what
/// stands at each (`WalkerTerrain::obstacle`).
class Walker : public Environment {
 public:
  explicit Walker(const WalkerOptions& options = {});
  ~Walker() override;

  bool pilot(std::span<const float> observation, std::span<float> action) const override;
  void draw(Canvas& canvas) const override;

  /// Takes every draw from `uniform(low, high)` instead of the episode's random stream, in the order of Gymnasium's
  /// terrain (whole numbers as draws from [low, high), rounded down), then the first push. Gymnasium's clouds, which
  /// stand between the two, are not drawn. For replaying recorded episodes.
  void use_draws(WalkerTerrain::Uniform uniform);

  const WalkerTerrain& terrain() const { return terrain_; }  ///< of this episode

 protected:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override;
  void check_state(std::span<const float> state) const override;
  Step advance(std::span<const float> action) override;
  void observe(std::span<float> observation) const override;

 private:
  static constexpr std::size_t observation_size = 24;
  struct Physics;
  /// Where the pilot's gait stands, and what it wants of the joints.
  struct Gait {
    enum class Phase : std::uint8_t { stay_on_one_leg, put_other_down, push_off };
    Phase phase = Phase::stay_on_one_leg;
    std::size_t moving = 0;              // leg; the other one bears the weight
    float support_knee = 0.1F;           // as the observation shows knees
    std::array<float, 2> hip{}, knee{};  // targets of each leg; 0: none
    void see(std::span<const float> observation);
  };

  void build();
  void build_ground();
  void build_hull();
  void build_leg(std::size_t leg);
  void look();
  double shaping() const;
  float pay_milestones(bool arrived);

  WalkerOptions options_;
  WalkerTerrain::Uniform draws_;
  WalkerTerrain terrain_;
  std::unique_ptr<Physics> physics_;
  std::array<float, observation_size> observation_{};
  double last_shaping_ = 0;
  float end_ = 0;   // of the track, m
  int passed_ = 0;  // milestones
  Gait gait_;
};

}  // namespace cairn::envs
