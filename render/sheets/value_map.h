#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agents/networks/policy.h"
#include "render/drawing/chart_page.h"
#include "render/drawing/contour.h"
#include "render/drawing/picture.h"
#include "render/worlds/shown_worlds.h"

namespace cairn::render {

/// What a critic says, and where there is an intrinsic reward what that says, over two components of the observation,
/// the others as the chosen world shows them now, and where the shown worlds have been. Without a critic, the latter
/// alone. Colours span the values where they have been: what a critic makes up of states that never were may be far
/// beyond, and is as dark or as bright as the colours go.
class ValueMap {
 public:
  /// Without a critic yet.
  explicit ValueMap(envs::Spec spec);

  /// Its largest output is what an observation is worth, in rewards of which each is the world's times `reward_scale`,
  /// above 0. The map divides by that and says so.
  void set_critic(agents::Policy critic, double reward_scale = 1);
  /// What can stand on an axis: a component, or the angle of which two components are cosine and sine.
  struct Axis {
    std::string name, unit;  ///< as the axis says them
    int component;           ///< of the observation
    int sine = -1;           ///< of an angle; `component` is its cosine
    float low, high;         ///< bounds; infinite where there are none
    /// Where an observation lies on the axis.
    float of(std::span<const float> observation) const;
    /// Moves an observation there.
    void put(float value, std::span<float> observation) const;
  };
  /// All that there are for this world.
  const std::vector<Axis>& axes() const { return axes_; }

  /// The next axis, to the right and upwards. By default the first two, or in worlds that turn an angle and its speed.
  void turn_across();
  /// The next axis upwards.
  void turn_up();
  int across() const { return across_; }  ///< index of an axis
  /// Index of the axis upwards.
  int up() const { return up_; }
  /// Remembers where the worlds are.
  void visit(const ShownWorlds& worlds);

  /// The map's points (features x points), the other components as the chosen world shows them now, for an intrinsic
  /// reward to say how new they are.
  struct Question {
    ScalarField field;             ///< no values yet
    int across, up;                ///< indices of its axes
    Eigen::MatrixXf observations;  ///< raw
  };
  /// Asks about the map as it would be drawn now.
  Question ask(const ShownWorlds& worlds, int chosen) const;
  /// The answer, its values filled in: a second map below, until the axes turn.
  void set_novelty(Question answer);

  /// One map, or two where an intrinsic reward has answered. `page`: they are added to it, for a mouse to ask and to
  /// zoom; both show the same part. Of two, each call makes one anew, in turns, and shows the other as it was, so that
  /// no frame of a window has to make both; only the first call, and the first in another box or with other axes, does.
  void draw(Picture& picture, Box box, const ShownWorlds& worlds, int chosen, ChartPage* page = nullptr);

 private:
  struct Reach {
    float low, high;
    bool operator==(const Reach&) const = default;
  };
  const Axis& axis(int index) const { return axes_[static_cast<std::size_t>(index)]; }
  Reach reach(int index) const;
  ScalarField field(const Reach& x, const Reach& y, std::span<const float> now);
  void fill_row(const ScalarField& field, int row, std::span<const float> now,
                Eigen::Ref<Eigen::MatrixXf> observations) const;
  /// Two maps as they were drawn last.
  struct Pair {
    Box box;         // of both
    float pixel;     // units that one is wide
    int across, up;  // indices of the axes
    Picture picture;
    ChartPage values{}, novelty{};                  // where they were drawn in the picture
    std::optional<Reach> part_x = {}, part_y = {};  // that the values were drawn of
    bool values_next = false;
  };
  struct Map;
  void draw_values(Picture& picture, Box box, const ShownWorlds& worlds, int chosen, ChartPage* page);
  void draw_pair(Picture& picture, Box box, const ShownWorlds& worlds, int chosen, ChartPage* page);
  void draw_map(Picture& picture, Box box, Map map, const ShownWorlds& worlds, int chosen, ChartPage* page) const;
  std::string look_name() const;
  void dim_unvisited(Picture& picture, const Plot& plot, const Map& map, std::span<const float> now) const;

  envs::Spec spec_;
  std::vector<Axis> axes_;
  int across_ = 0, up_ = 0;
  std::optional<agents::Policy> critic_;
  double reward_scale_ = 1;  // the critic's
  std::optional<agents::Policy::Scratch> scratch_;
  std::optional<Question> novelty_;  // answered
  std::optional<Pair> pair_;
  std::deque<std::vector<float>> visited_;  // the latest observations
  std::vector<Reach> seen_;                 // on each axis, ever
  std::optional<Reach> part_x_, part_y_;    // that a person has zoomed to
};

}  // namespace cairn::render
