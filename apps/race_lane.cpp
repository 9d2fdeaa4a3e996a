#include "apps/race_lane.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "agents/learner/updater.h"

namespace cairn::apps {

namespace {

constexpr auto policy_time = std::chrono::milliseconds(100);  // between two policies for the window
constexpr int snapshots = 150;                                // policies of each racer that a video flies

}  // namespace

void Lane::on_iteration(const agents::Telemetry& telemetry, const agents::Agent& agent) {
  const double mean = telemetry.recent.episode_return;
  if (!std::isnan(mean)) {
    returns_by_steps += mean * static_cast<double>(telemetry.steps - counted_to);
    counted += telemetry.steps - counted_to;
  }
  counted_to = telemetry.steps;

  std::shared_ptr<const agents::Policy> policy;
  const auto now = std::chrono::steady_clock::now();
  const bool shot_due =
      filmed && telemetry.steps * snapshots >= plan.steps * static_cast<std::int64_t>(policies.size());
  if (shot_due || (looked_at && now - policy_given >= policy_time)) {
    policy = std::make_shared<const agents::Policy>(agent.policy());
    policy_given = now;
    if (shot_due) policies.emplace_back(telemetry.steps, policy);
  }
  board->update(number, [&](render::Racer& racer) {
    racer.steps = telemetry.steps;
    if (!std::isnan(mean)) racer.returns.add(static_cast<double>(telemetry.steps), mean);
    if (!racer.solved && run.world.spec.return_threshold && mean >= *run.world.spec.return_threshold)
      racer.solved = telemetry.steps;
    if (policy != nullptr) racer.policy = std::move(policy);
  });
  pace->pass(static_cast<int>(number), telemetry.steps);
}

void Lane::race(agents::Observer* progress) {
  std::vector<agents::Observer*> observers{this};
  if (progress != nullptr) observers.insert(observers.begin(), progress);
  pace->pass(static_cast<int>(number), 0);
  try {
    result = agents::train(*run.agent, run.world.factory, train_options(plan, folder), observers);
    const auto last = std::make_shared<const agents::Policy>(run.agent->policy());
    if (filmed) policies.emplace_back(std::min(plan.steps, result.steps), last);
    board->update(number, [&](render::Racer& racer) {
      if (reached()) racer.reached = result.steps;
      if (!result.evaluation.returns.empty()) racer.score = result.evaluation.mean_return;
      racer.policy = last;
    });
  } catch (const agents::Diverged&) {
    trouble = "diverged";
    result.steps = run.agent->steps();
    board->update(number, [&](render::Racer& racer) { racer.trouble = trouble; });
  } catch (...) {
    failure = std::current_exception();
    board->update(number, [](render::Racer& racer) { racer.trouble = "failed"; });
  }
  pace->leave(static_cast<int>(number));
}

}  // namespace cairn::apps
