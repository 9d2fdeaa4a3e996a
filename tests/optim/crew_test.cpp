#include "optim/crew.h"

#include <gtest/gtest.h>

#include <thread>

#include "optim/adam.h"
#include "optim/sgd.h"
#include "tests/optim/every_rule.h"

namespace cairn::optim {
namespace {

constexpr Eigen::Index cut = 5'000, size = 12'000;  // the runs that a gradient's length is summed in end elsewhere

Layout two_networks() {
  Layout layout;
  layout.add("actor/weight", cut, 1, {"weight"});
  layout.add("critic/weight", size - cut, 1, {"weight"});
  return layout;
}

struct Threads {
  int* calls;
  void operator()(int count, const std::function<void(int)>& task) const {
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&task, i] { task(i); });
    *calls += count;
  }
};

TEST(Crew, HandsOutStretchesThatAreTheWholeVector) {
  int calls = 0;
  const Crew crew({cut}, size, Threads{&calls});
  EXPECT_FALSE(crew.alone());
  std::vector<int> seen(size);
  crew.for_each_stretch([&](std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) ++seen[i];
  });
  EXPECT_EQ(seen, std::vector<int>(size, 1));
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(Crew().alone());
}

TEST(Crew, SharesTheGradientsLengthAndTheStepToTheBit) {
  const Rule rule = adam({.lr = 1e-2}).with_clip(global_norm({.max = 0.5}));
  const auto alone = rule.bind<float>(two_networks()), shared = rule.bind<float>(two_networks());
  int calls = 0;
  shared->share_work({cut}, Threads{&calls});
  auto p = numbers<float>(size, 1), q = p;
  for (unsigned i = 0; i < 5; ++i) {
    const auto gradient = numbers<float>(size, 10 + i);
    const StepReport one = alone->step(p, gradient), two = shared->step(q, gradient);
    ASSERT_EQ(one.gradient_norm, two.gradient_norm);
    ASSERT_EQ(p, q) << "step " << i;
  }
  EXPECT_EQ(calls, 5 * 2 * 2);  // the length and the step, in two stretches each
}

// As threads do that each keep a stretch: measured by whoever made it, finished by whoever comes first.
TEST(Crew, ThreadsThatMeetOnceAStepGiveTheSameBits) {
  const Rule rule = adam({.lr = 1e-2}).with_clip(global_norm({.max = 0.5}));
  const auto alone = rule.bind<float>(two_networks()), shared = rule.bind<float>(two_networks());
  int calls = 0;
  shared->share_work({cut}, Threads{&calls});
  const auto both = [](const auto& task) {
    int ignored = 0;
    Threads{&ignored}(2, [&](int i) { task(static_cast<std::size_t>(i)); });
  };
  auto p = numbers<float>(size, 1), q = p;
  for (unsigned i = 0; i < 20; ++i) {
    auto gradient = numbers<float>(size, 10 + i);
    if (i == 7) gradient[4'500] = std::numeric_limits<float>::infinity();
    both([&](std::size_t stretch) { shared->measure(stretch, gradient); });
    const auto before = q;
    const StepReport one = alone->step(p, gradient), two = shared->begin_step(q, gradient);
    EXPECT_EQ(q, before);
    both([&](std::size_t stretch) { shared->finish_step(stretch); });
    ASSERT_EQ(one.applied, two.applied);
    ASSERT_EQ(one.applied, i != 7);
    if (one.applied) {
      ASSERT_EQ(one.gradient_norm, two.gradient_norm);
    }
    ASSERT_EQ(p, q) << "step " << i;
  }
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(alone->counters(), shared->counters());
}

TEST(Crew, MeasuresHoldForTheirGradientAndOnce) {
  const auto alone = sgd({.lr = 1}).bind<float>(two_networks()), shared = sgd({.lr = 1}).bind<float>(two_networks());
  int calls = 0;
  shared->share_work({cut}, Threads{&calls});
  auto p = numbers<float>(size, 1), q = p;
  auto gradient = numbers<float>(size, 2), other = numbers<float>(size, 3);
  const auto measure = [&] {
    for (const std::size_t stretch : {0, 1}) shared->measure(stretch, gradient);
  };
  measure();
  EXPECT_EQ(alone->step(p, other).gradient_norm, shared->step(q, other).gradient_norm);
  measure();
  EXPECT_EQ(alone->step(p, gradient).gradient_norm, shared->step(q, gradient).gradient_norm);
  gradient[0] += 10;  // not measured again
  EXPECT_EQ(alone->step(p, gradient).gradient_norm, shared->step(q, gradient).gradient_norm);
  EXPECT_EQ(p, q);
}

TEST(Crew, SeesWhatIsNotFiniteInAnyStretch) {
  for (const std::size_t bad : {std::size_t{3}, std::size_t{4'500}, std::size_t{size - 1}}) {
    const auto shared = adam().bind<float>(two_networks());
    int calls = 0;
    shared->share_work({cut}, Threads{&calls});
    auto p = numbers<float>(size, 1), gradient = numbers<float>(size, 2);
    gradient[bad] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(shared->step(p, gradient).applied) << bad;
    EXPECT_EQ(p, numbers<float>(size, 1));
  }
}

}  // namespace
}  // namespace cairn::optim
