#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "envs/canvas.h"
#include "envs/environment.h"
#include "envs/reward.h"

class b2Body;
class b2Fixture;
class b2World;

namespace cairn::envs {

/// Where keys, doors and the goal lie: always in the same places, or drawn anew
/// each episode.
enum class RoomLayout { fixed, drawn };

std::string_view to_string(RoomLayout layout);
bool parse(std::string_view text, RoomLayout& layout);

struct KeyRoomsOptions {
  int rooms = 3;
  RoomLayout layout = RoomLayout::fixed;
  Reward reward = Reward::sparse;
  bool continuous = false;
  double difficulty = 1;  ///< 1: starts in the first room; lower: this share of
                          ///< the doors is to be passed, wider goal
  template <class V>
  void fields(V&& v) {
    v("rooms", rooms, "[2,10]", "in a row; a door between any two, episodes of 200 steps a door");
    v("layout", layout, "fixed|drawn", "keys, doors and goal in the same places always, or drawn each episode");
    v("reward", reward, "dense|sparse",
      "sparse: 1 for reaching the goal, else 0; dense: also progress along the "
      "way");
    v("continuous", continuous, "true|false", "a force in two components and use above 0, instead of ten actions");
    v("difficulty", difficulty, "[0,1]",
      "1: starts in the first room; lower: with fewer doors to pass, wider "
      "goal");
  }
};

/// A disc under force in a row of rooms: each door needs the key that lies
/// before it, and the goal waits in the last room. After the door-and-key tasks
/// of MiniGrid (Chevalier-Boisvert et al. 2023), with inertia. A key is taken
/// by touch; `use` opens the next door, and is legal only with its key in hand
/// and within reach of it: `mask` says so, and where it is illegal it does
/// nothing. The continuous world has no masks. Reaching the goal ends the
/// episode and is its success.
///
/// The observation is place, velocity, whether a key is held, how many doors
/// are open, and 16 rays, each with its length and whether it ends at a closed
/// door, a key or the goal. `reward=dense` adds what a step left behind of the
/// way (to the key, to its door, to the next key and so on), in units of 4 m a
/// room: the whole way gives about 1.
///
/// A state holds place, velocity, whether a key is held, how many doors are
/// open and, where the layout is drawn, the places of keys, doors and goal.
class KeyRooms : public Environment {
 public:
  explicit KeyRooms(const KeyRoomsOptions& options = {});
  ~KeyRooms() override;

  void mask(std::span<float> legal) const override;
  /// Knows the layout, which the observation of a drawn one does not show
  /// whole.
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
  /// Room i holds key i, which opens door i, at the room's right end.
  struct Plan {
    std::vector<Point> keys;
    std::vector<float> doors;  // height of their middles, m
    Point goal{};
  };
  struct Hit {
    float distance;
    enum class Kind { wall, door, key, goal } kind;
  };

  Plan fixed_plan() const;
  Plan drawn_plan(Random& random) const;
  void build(Point position);
  void build_walls();
  void build_disc(Point position);

  int doors() const { return options_.rooms - 1; }
  float width() const;  ///< of all rooms, m
  Point door(int i) const;
  int room_of(float x) const;
  Point position() const;
  float goal_radius() const;
  bool at_goal() const;
  bool can_use() const;
  bool key_waits() const { return open_ < doors() && !has_key_; }  ///< that of the next door
  void open_next_door();
  float way_left() const;
  Hit look(Point from, Point direction) const;

  KeyRoomsOptions options_;
  Plan plan_;
  std::unique_ptr<b2World> world_;
  b2Body* walls_ = nullptr;
  b2Body* disc_ = nullptr;
  std::vector<b2Fixture*> closed_;  // the doors' faces, null where open
  int open_ = 0;                    // doors, from the left
  bool has_key_ = false;            // of the next door
  Point push_{};                    // the last force, in units of the largest, for drawing
};

}  // namespace cairn::envs
