#include "apps/program.h"
#include "envs/canvas.h"
#include "envs/environment.h"

using namespace cairn;

struct CorridorOptions {
  int length = 10;
  template <class V>
  void fields(V&& v) {
    v("length", length, "[1,100]", "cells to walk");
  }
};

class Corridor : public envs::Environment {
 public:
  explicit Corridor(const CorridorOptions& options)
      : Environment({.id = "corridor",
                     .summary = "Walk to the right; the reward waits at the end.",
                     .achieved = "Walked to the end.",
                     .observation = {{"position", "of the way", 0, 1}},
                     .action_names = {"left", "right"},
                     .horizon = 6 * options.length}),
        length_(options.length) {}
  void draw(envs::Canvas& canvas) const override {
    canvas.view({0, -1}, {static_cast<float>(length_), 1});
    canvas.disc({static_cast<float>(position_), 0}, 0.4F, envs::palette::orange);
  }

 protected:
  void start(envs::Random&) override { position_ = 0; }
  envs::Step advance(std::span<const float> action) override {
    position_ = std::max(0, position_ + (action[0] > 0 ? 1 : -1));
    const bool there = position_ == length_;
    return {.reward = there ? 1.0F : 0.0F, .terminated = there, .success = there};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = static_cast<float>(position_) / static_cast<float>(length_);
  }

 private:
  int length_, position_ = 0;
};

int main(int count, char** words) {
  apps::Program program("corridor");
  program.add_environment<Corridor, CorridorOptions>();
  return program.run(count, words);
}
