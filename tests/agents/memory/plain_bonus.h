#pragma once

#include <algorithm>

#include "agents/memory/bonus.h"

namespace cairn::tests {

/// Pays nothing and keeps nothing: tests say what differs.
class PlainBonus : public agents::Bonus {
 public:
  std::string_view name() const override { return "plain"; }
  float gamma() const override { return 0.99F; }
  float coefficient() const override { return 1; }
  bool of_episode() const override { return false; }
  void begin(const agents::BonusRun&) override {}
  void pay(const agents::Visits&, std::span<float> bonuses) override { std::ranges::fill(bonuses, 0.0F); }
  void learn(const agents::Visits&) override {}
  void novelty(const Eigen::Ref<const Eigen::MatrixXf>&, Eigen::Ref<Eigen::ArrayXf> bonuses) const override {
    bonuses.setZero();
  }
  double bytes(int, double) const override { return 0; }
  void save(agents::Archive&) const override {}
  void load(const agents::Archive&) override {}
};

}  // namespace cairn::tests
