#include "render/sheets/map_walls.h"

#include <cmath>
#include <vector>

namespace cairn::render {

namespace {

constexpr float border = 0.1F;  // of the bounds: so far beyond them a picture may reach

/// Hears what a world draws, and puts its walls on the map.
class Walls : public envs::Canvas {
 public:
  Walls(Picture& picture, const Plot& plot, const envs::Component& x, const envs::Component& y)
      : picture_(picture), plot_(plot), x_(x), y_(y) {}

  void view(Point low, Point high) override {
    const auto near = [](float shown, float bound, float size) { return std::abs(shown - bound) <= border * size; };
    const float across = x_.high - x_.low, up = y_.high - y_.low;
    same_area_ = near(low.x, x_.low, across) && near(high.x, x_.high, across) && near(low.y, y_.low, up) &&
                 near(high.y, y_.high, up);
  }
  void fill(std::span<const Point> polygon, Color color) override {
    if (is(color, envs::palette::ground)) picture_.fill(placed(polygon), color);
  }
  void stroke(std::span<const Point> line, float width, Color color, bool closed) override {
    if (is(color, envs::palette::ground) || is(color, envs::palette::faint))
      picture_.stroke(placed(line), width * plot_.width / static_cast<float>(plot_.x_high - plot_.x_low), color,
                      closed);
  }
  void disc(Point, float, Color) override {}
  void ring(Point, float, float, Color) override {}
  void text(Point, float, std::string_view, Color) override {}

  bool drawn() const { return drawn_; }

 private:
  bool is(Color color, Color wall) const {
    return same_area_ && color.r == wall.r && color.g == wall.g && color.b == wall.b && color.a == wall.a;
  }
  std::vector<Point> placed(std::span<const Point> points) {
    drawn_ = true;
    std::vector<Point> there;
    for (const Point p : points) there.push_back(plot_.at(static_cast<double>(p.x), static_cast<double>(p.y)));
    return there;
  }

  Picture& picture_;
  const Plot& plot_;
  const envs::Component &x_, &y_;
  bool same_area_ = false, drawn_ = false;
};

}  // namespace

bool draw_walls(Picture& picture, const Plot& plot, const envs::Environment& world, const envs::Component& x,
                const envs::Component& y) {
  if (x.unit != "m" || y.unit != "m" || !x.name.ends_with("x") || !y.name.ends_with("y")) return false;
  Walls walls(picture, plot, x, y);
  picture.clip(plot);
  world.draw(walls);
  picture.unclip();
  return walls.drawn();
}

}  // namespace cairn::render
