#include "render/window/live_view.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

#include "agents/training/signals.h"
#include "render/ticks.h"
#include "render/window/display.h"
#include "render/window/view.h"

namespace cairn::render {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t window = 100;            // finished episodes averaged, as in progress.csv
constexpr auto policy_time = 100ms;            // between two copies of the policy
constexpr auto waiting_time = 5ms;             // between two looks at what the person wants
constexpr int politeness = 10;                 // nice value of the window's thread: learning comes first
constexpr std::array<int, 3> paces{0, 10, 1};  // iterations a second

void say(const std::string& sentence) {
  fmt::print(stderr, "{}{}\n", ::isatty(STDERR_FILENO) == 1 ? "\r\x1b[K" : "", sentence);
}

}  // namespace

LiveView::LiveView() {
  const std::string trouble = display_trouble();
  if (!trouble.empty()) {
    say("No window: " + trouble + " Training goes on without it.");
    farewell_said_ = true;
    return;
  }
  survive_lost_display();
  finished_ = false;
}

LiveView::~LiveView() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  while (!finished_ && !display_lost()) std::this_thread::sleep_for(waiting_time);
  if (finished_)
    thread_.join();
  else
    thread_.detach();  // it sleeps for ever
}

void LiveView::on_start(const agents::RunInfo& info) {
  if (finished_) return;
  info_ = info;
  thread_ = std::jthread([this](const std::stop_token& stop) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), politeness);
    try {
      run(stop);
    } catch (const std::exception& error) {
      say(std::string("The window failed: ") + error.what());
    }
    finished_ = true;
  });
}

/// Whether there still is a window; says so once when it has gone.
bool LiveView::showing() {
  if (!finished_ && !display_lost()) return true;
  if (!std::exchange(farewell_said_, true))
    say(display_lost() ? "The X display is gone. Training goes on without the window."
                       : "The window was closed. Training goes on without it.");
  return false;
}

/// Leaves the news in the slot, where the window is not just reading it; else the next call does.
void LiveView::hand_over(const agents::Agent* agent) {
  const std::unique_lock lock(slot_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  if (slot_.empty()) {
    std::swap(slot_, gathered_);
  } else {
    const auto append = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
      from.clear();
    };
    append(slot_.iterations, gathered_.iterations);
    append(slot_.evaluations, gathered_.evaluations);
    slot_.ended |= gathered_.ended;
  }
  const auto now = Clock::now();
  if (agent != nullptr && (now - policy_given_ >= policy_time) && !slot_.policy) {
    slot_.policy = agent->policy();
    slot_.policy_steps = agent->steps();
    policy_given_ = now;
  }
}

void LiveView::on_iteration(const agents::Telemetry& telemetry, const agents::Agent& agent) {
  if (!showing()) return;
  for (const envs::Episode& episode : telemetry.episodes) {
    recent_.push_back(episode);
    if (recent_.size() > window) recent_.pop_front();
  }
  double returns = 0, successes = 0;
  for (const envs::Episode& episode : recent_) returns += episode.episode_return, successes += episode.success ? 1 : 0;
  const auto n = static_cast<double>(recent_.size());  // 0: NaN, which is no point of a curve
  gathered_.iterations.push_back({telemetry.steps, telemetry.updates, returns / n, successes / n, telemetry.metrics});
  hand_over(&agent);
  hold(agent);
}

/// Waits for as long as the person at the window wants training to.
void LiveView::hold(const agents::Agent& agent) {
  const auto wait = [&] {
    hand_over(&agent);
    std::this_thread::sleep_for(waiting_time);
  };
  const auto begin = Clock::now();
  while (pace_ > 0 && !paused_ && Clock::now() - begin < 1s / static_cast<double>(pace_) && showing() &&
         agents::raised_signal() == 0)
    wait();
  while (paused_ && iterations_wanted_ == 0 && showing() && agents::raised_signal() == 0) wait();
  if (iterations_wanted_ > 0) --iterations_wanted_;
}

void LiveView::on_evaluation(const agents::EvaluationResult& result) {
  if (!showing()) return;
  gathered_.evaluations.push_back(result);
  hand_over(nullptr);
}

void LiveView::on_end() {
  if (!showing()) return;
  gathered_.ended = true;
  while (!gathered_.empty() && showing()) {
    hand_over(nullptr);
    std::this_thread::sleep_for(waiting_time);
  }
}

void LiveView::linger() {
  farewell_said_ = true;  // training is over: its going on is no news
  if (finished_ || display_lost()) return;
  say("The window stays until it is closed (Q).");
  while (!finished_ && !display_lost() && agents::raised_signal() == 0) std::this_thread::sleep_for(waiting_time);
}

void LiveView::run(const std::stop_token& stop) {
  View view({.learner = info_.agent, .factory = info_.factory, .pictures = info_.folder});
  view.status.total_steps = info_.total_steps;
  view.more_keys = {{"I", "while paused: one iteration of training"},
                    {"T", "pace of training: unbounded, 10 or 1 iterations a second"}};
  std::size_t pace = 0;
  view.on_key = [&](int key) {
    if (key == 'i' && view.paused()) ++iterations_wanted_;
    if (key == 't') {
      pace = (pace + 1) % paces.size();
      pace_ = paces[pace];
      view.status.message =
          pace_ == 0 ? "Training: as fast as it goes" : fmt::format("Training: {} iterations a second", pace_.load());
    }
    return true;
  };

  auto measured_at = Clock::now();
  std::int64_t measured_steps = info_.first_step;
  while (!stop.stop_requested() && view.frame()) {
    paused_ = view.paused();
    News news;
    {
      const std::lock_guard lock(slot_mutex_);
      std::swap(news, slot_);
    }
    for (const News::Iteration& iteration : news.iterations) {
      view.curves.add(iteration.steps, iteration.mean_return, iteration.success_rate, iteration.metrics);
      view.status.steps = iteration.steps;
      view.status.updates = iteration.updates;
    }
    for (const agents::EvaluationResult& evaluation : news.evaluations) view.curves.add(evaluation);
    if (!news.iterations.empty() || !news.evaluations.empty()) view.touch_curves();
    if (news.policy) {
      view.flown_by =
          "Flown beside the training by the policy of step " + short_number(static_cast<double>(news.policy_steps));
      view.worlds.set_policy(std::move(*news.policy));
    }
    if (news.ended) view.status.state = "done";
    const double seconds = std::chrono::duration<double>(Clock::now() - measured_at).count();
    if (seconds >= 1) {
      view.status.steps_per_second = static_cast<double>(view.status.steps - measured_steps) / seconds;
      measured_at = Clock::now();
      measured_steps = view.status.steps;
    }
  }
}

}  // namespace cairn::render
