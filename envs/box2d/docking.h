#pragma once

#include <memory>

#include "envs/environment.h"
#include "envs/reward.h"

class b2Body;
class b2World;

namespace cairn::envs {

struct DockingOptions {
  Reward reward = Reward::sparse;
  bool continuous = false;
  double difficulty = 1;  ///< 1: 10 to 30 m away, gate of 0.3 m/s; 0: 3 to 5 m
                          ///< away, gate of 3 m/s
  template <class V>
  void fields(V&& v) {
    v("reward", reward, "dense|sparse",
      "sparse: 1 for docking, else 0; dense: also progress, less speed and "
      "thrust");
    v("continuous", continuous, "true|false", "thrust in three components instead of seven actions");
    v("difficulty", difficulty, "[0,1]", "1: far away, a gate of 0.3 m/s; lower: nearer, a gate of up to 3 m/s");
  }
};

/// A capsule without gravity must bring its nose to the port of a slowly
/// turning station: within 0.5 m of it, inside a cone of 60 degrees about its
/// axis, facing it to within 0.3 rad, and slower than a gate. The planar
/// relative of PufferLib's `orbital_dock` and `docking`, without an orbit's
/// tidal forces. Docking ends the episode and is its success; touching the
/// station otherwise, or leaving the space that is shown, ends it, too.
///
/// `reward=dense` follows `orbital_dock` in kind, with lengths of this world:
/// per metre of progress, for nearness as it grows, against speed near the
/// port, thrust and time; 0.5 to 1 for docking, the more the slower; -1 for a
/// crash.
///
/// A state holds place and motion of the capsule, angle and rate of the
/// station.
class Docking : public Environment {
 public:
  explicit Docking(const DockingOptions& options = {});
  ~Docking() override;

  bool pilot(std::span<const float> observation, std::span<float> action) const override;
  void draw(Canvas& canvas) const override;

 protected:
  void start(Random& random) override;
  void start_in(std::span<const float> state) override;
  void write_state(std::span<float> state) const override;
  void check_state(std::span<const float> state) const override;
  Step advance(std::span<const float> action) override;
  void observe(std::span<float> observation) const override;

 private:
  /// The nose as the port sees it.
  struct Approach {
    float ahead, beside;  ///< m, along the port's axis outwards and to its left
    float opening,
        sliding;    ///< m/s, the same of its velocity relative to the port
    float turned;   ///< rad, of the capsule from facing the port, in (-pi, pi]
    float turning;  ///< rad/s, of the capsule relative to the station
    float distance() const;
    float speed() const;
  };
  struct Thrust {
    float ahead = 0, left = 0,
          turn = 0;  ///< in units of the strongest, in the capsule's own axes
  };

  void build(float station_angle, float station_rate);
  void build_station(float angle, float rate);
  void build_capsule();
  Approach approach() const;
  float gate() const;  ///< m/s
  bool docked() const;
  bool crashed() const;

  DockingOptions options_;
  std::unique_ptr<b2World> world_;
  b2Body* station_ = nullptr;
  b2Body* capsule_ = nullptr;
  Thrust thrust_;  // the last one, for drawing
};

}  // namespace cairn::envs
