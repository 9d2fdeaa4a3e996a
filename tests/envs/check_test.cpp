#include "envs/check.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "envs/canvas.h"

namespace cairn::envs {
namespace {

using testing::HasSubstr;

/// A world that breaks one promise.
enum class Broken { nothing, determinism, seeds, reward, late_nan, drawing, empty_view, snapshot, throwing };
class Broke final : public Environment {
 public:
  explicit Broke(Broken broken)
      : Environment(
            {.id = "broke", .observation = {{"x", "", -1e3F, 1e3F}}, .action_names = {"left", "right"}, .horizon = 60}),
        broken_(broken) {}
  void draw(Canvas& canvas) const override {
    if (broken_ == Broken::empty_view)
      canvas.view({0, 0}, {0, 1});
    else
      canvas.view({-1, -1}, {1, 1});
    if (broken_ != Broken::drawing) canvas.disc({x_, 0}, 0.1F, palette::blue);
  }

 protected:
  void start(Random& random) override {
    x_ = random.uniform();
    if (broken_ == Broken::seeds) x_ += static_cast<float>(episodes_);
    ++episodes_;
    count_ = 0;
  }
  Step advance(std::span<const float> action) override {
    static int calls = 0;
    ++count_;
    x_ += action[0] - 0.5F;
    if (broken_ == Broken::determinism) x_ += static_cast<float>(++calls) * 1e-3F;
    if (broken_ == Broken::snapshot && episodes_ > 1) x_ += 0.25F;
    if (broken_ == Broken::throwing && count_ > 20) throw std::runtime_error("out of fuel");
    return {.reward = broken_ == Broken::reward && count_ == 30 ? NAN : 1.0F};
  }
  void observe(std::span<float> observation) const override {
    observation[0] = broken_ == Broken::late_nan && count_ == 40 ? std::numeric_limits<float>::infinity() : x_;
  }

 private:
  Broken broken_;
  float x_ = 0;
  int count_ = 0, episodes_ = 0;
};

std::string faults(Broken broken) {
  std::string text;
  for (const Check& check : check_environment([broken] { return std::make_unique<Broke>(broken); }))
    if (!check.fault.empty()) text += check.name + ": " + check.fault + '\n';
  return text;
}

TEST(Check, FindsWhichPromiseIsBroken) {
  EXPECT_EQ(faults(Broken::nothing), "");
  EXPECT_THAT(faults(Broken::determinism), HasSubstr("determinism: goes two ways from the same start"));
  EXPECT_THAT(faults(Broken::seeds), HasSubstr("seeds: begins the same start otherwise"));
  EXPECT_THAT(faults(Broken::reward), HasSubstr("reward: gives a reward of nan at step 30"));
  EXPECT_THAT(faults(Broken::snapshot), HasSubstr("snapshots: goes on otherwise from a snapshot"));
}

TEST(Check, FindsWhatIsShownLate) {
  EXPECT_THAT(faults(Broken::late_nan), HasSubstr("observations: shows 'x' as inf after step 40"));
  EXPECT_THAT(faults(Broken::throwing), HasSubstr("observations: throws: out of fuel"));
}

TEST(Check, LooksAtTheDrawing) {
  EXPECT_EQ(faults(Broken::drawing), "drawing: draws nothing\n");
  EXPECT_EQ(faults(Broken::empty_view), "drawing: fixes a view() that is empty\n");
}

TEST(Check, IsBriefWhereAPartIsAdded) {
  const auto first = [](Broken broken) { return first_fault([broken] { return std::make_unique<Broke>(broken); }); };
  EXPECT_EQ(first(Broken::nothing), "");
  EXPECT_EQ(first(Broken::late_nan), "") << "two steps show little";
  EXPECT_THAT(first_fault([]() -> std::unique_ptr<Environment> { return nullptr; }), HasSubstr("nothing at all"));
  EXPECT_THAT(first_fault([]() -> std::unique_ptr<Environment> { throw std::runtime_error("no file"); }),
              HasSubstr("throws: no file"));
}

}  // namespace
}  // namespace cairn::envs
