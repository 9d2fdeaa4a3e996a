#include "render/window/live_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "agents/memory/bonus.h"
#include "agents/training/signals.h"
#include "render/drawing/ticks.h"
#include "render/sheets/optimizer_inside.h"
#include "render/window/display.h"
#include "render/window/view.h"

namespace cairn::render {

namespace {

using namespace std::chrono_literals;

constexpr auto policy_time = 100ms;       // between two copies of the policy
constexpr auto blocks_time = 250ms;       // between two looks at the network's blocks
constexpr auto exploration_time = 250ms;  // between two at what exploration knows
constexpr auto waiting_time = 5ms;        // between two looks at what the person wants
constexpr std::size_t optimizer_page = 1, map_page = 2, exploration_page = 3;
constexpr int longest_flight = 5;                    // seconds, of one that counts as a single one at cinema pace
constexpr std::int64_t longest_film = 500;           // iterations, or as many groups of them
constexpr std::int64_t most_iterations = 1'000'000;  // in such a group
constexpr double slider_reach = 100;                 // of the rate, from the first one, down and up
constexpr float part_gap = 10;                       // units, between two parts of a page
constexpr std::size_t longest_rule = 44;             // letters of a rule that the foot has room for

std::string pace_said(const Tempo& tempo) {
  return tempo.cinema() ? "Training: " + tempo.said() + "   T  unleashes it"
                        : "Training: " + tempo.said() + "   T  another pace";
}

std::string short_rule(const optim::Rule& rule) {
  const std::string text = rule.bare().description();
  return text.size() <= longest_rule ? text : text.substr(0, longest_rule - 1) + "…";
}

}  // namespace

LiveView::LiveView(LiveViewOptions options)
    : options_(std::move(options)), tempo_(options_.cinema), thread_("Training goes on without it.") {
  farewell_said_ = !thread_.possible();
}

void LiveView::on_start(const agents::RunInfo& info) {
  if (!thread_.possible()) return;
  info_ = info;
  if (info.learner != nullptr) {  // who knows nothing yet
    slot_.policy = info.learner->policy();
    slot_.policy_steps = info.first_step;
  }
  thread_.start([this](const std::stop_token& stop) { run(stop); });
}

/// Whether there still is a window; says so once when it has gone.
bool LiveView::showing() {
  if (!thread_.gone()) return true;
  if (!std::exchange(farewell_said_, true))
    say(display_lost()                      ? "The X display is gone. Training goes on without the window."
        : closed_ && options_.stop_on_close ? "The window was closed. Training stops with a checkpoint."
                                            : "The window was closed. Training goes on without it.");
  return false;
}

/// Leaves the news in the slot, where the window is not just reading it; else the next call does.
void LiveView::hand_over() {
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
    append(slot_.notes, gathered_.notes);
    if (!gathered_.blocks.empty()) slot_.blocks = std::exchange(gathered_.blocks, {});
    slot_.ended |= gathered_.ended;
  }
  const auto now = Clock::now();
  if (agent_ != nullptr && (now - policy_given_ >= policy_time) && !slot_.policy) {
    slot_.policy = agent_->policy();
    slot_.policy_steps = agent_->steps();
    slot_.critic = agent_->critic();
    slot_.reward_scale = agent_->reward_scale();
    policy_given_ = now;
  }
  if (agent_ != nullptr && now - exploration_given_ >= exploration_time) {
    exploration_given_ = now;
    look_at_exploration();
  }
}

/// Puts what the page at hand shows of it into the slot, which is locked.
void LiveView::look_at_exploration() {
  const agents::Bonus* bonus = agent_->bonus();
  if (page_ == map_page && bonus != nullptr && question_) {
    ValueMap::Question answer = std::move(*question_);
    question_.reset();
    Eigen::ArrayXf novelty(answer.observations.cols());
    bonus->novelty(answer.observations, novelty);
    answer.field.values.assign(novelty.begin(), novelty.end());
    slot_.novelty = std::move(answer);
  }
  if (page_ != exploration_page) return;
  if (const agents::CellArchive* cells = agent_->cells()) slot_.cells = cell_map(*cells, agent_->worlds().spec());
  if (info_.curriculum != nullptr) slot_.standings = info_.curriculum->standings();
}

void LiveView::on_iteration(const agents::Telemetry& telemetry, const agents::Agent& agent) {
  if (!showing()) return;
  if (!std::exchange(paced_, true)) {
    const std::int64_t left = info_.total_steps - info_.first_step;
    const std::int64_t first = std::max<std::int64_t>(1, telemetry.steps - info_.first_step);
    tempo_.set_fewest(static_cast<int>(std::clamp<std::int64_t>(left / first / longest_film, 1, most_iterations)));
  }
  gathered_.iterations.push_back({telemetry.steps, telemetry.updates, telemetry.metrics});
  if (!telemetry.blocks.empty()) gathered_.blocks = telemetry.blocks;
  agent_ = &agent;
  held_since_ = Clock::now();
  hand_over();
}

bool LiveView::wants_blocks() {
  if (page_ != optimizer_page || thread_.gone() || Clock::now() - blocks_wanted_ < blocks_time) return false;
  blocks_wanted_ = Clock::now();
  return true;
}

/// Whether the person at the window wants training to wait, since its latest iteration.
bool LiveView::held(Clock::time_point since) {
  if (!showing() || agents::raised_signal() != 0) return false;
  return tempo_.holds(since);
}

std::optional<agents::Intervention> LiveView::intervene() {
  while (true) {
    if (const std::unique_lock lock(wishes_mutex_, std::try_to_lock); lock.owns_lock() && !wishes_.empty()) {
      agents::Intervention wanted = std::move(wishes_.front());
      wishes_.pop_front();
      return wanted;
    }
    if (!held(held_since_)) break;
    hand_over();
    std::this_thread::sleep_for(waiting_time);
  }
  if (options_.stop_on_close && closed_ && !showing() && !std::exchange(stop_wished_, true))
    return agents::Intervention{.kind = agents::Intervention::Kind::stop};
  tempo_.went_on();
  return std::nullopt;
}

void LiveView::on_intervention(const agents::InterventionNote& note) {
  if (!showing()) return;
  gathered_.notes.push_back(note);
  hand_over();
}

void LiveView::on_evaluation(const agents::EvaluationResult& result) {
  if (!showing()) return;
  gathered_.evaluations.push_back(agents::report(result));
  hand_over();
}

void LiveView::on_end() {
  if (!showing()) return;
  agent_ = nullptr;
  gathered_.ended = true;
  while (!gathered_.empty() && showing()) {
    hand_over();
    std::this_thread::sleep_for(waiting_time);
  }
}

void LiveView::linger() {
  farewell_said_ = true;  // training is over: its going on is no news
  thread_.linger();
}

/// Tells the tempo when a flight of the chosen world is over, or has been as long as one that a film would show.
void LiveView::watch_flight(const ShownWorlds& worlds, int chosen) {
  const ShownWorlds::World& world = worlds.world(chosen);
  const int longest = longest_flight * worlds.spec().steps_a_second;
  const std::array<std::int64_t, 3> now{
      chosen, world.episode, 1 + (world.ended ? worlds.spec().horizon : world.environment->elapsed() / longest)};
  if (std::exchange(flight_, now) != now && now[2] > 1) tempo_.flown();
}

/// Leaves what the person wants where training looks for it between iterations.
void LiveView::wish(agents::Intervention intervention) {
  const std::lock_guard lock(wishes_mutex_);
  wishes_.push_back(std::move(intervention));
}

void LiveView::wish_rate(double factor) {
  asked_.push_back(factor);
  wish({.kind = agents::Intervention::Kind::rate, .factor = factor});
}

/// The latest one, with all that the person has asked for since.
double LiveView::rate_to_come() const {
  return std::accumulate(asked_.begin(), asked_.end(), rate_, std::multiplies<>());
}

/// What the sliders are about; where their handles stand, `run` says.
void LiveView::give_controls(View& view) {
  view.controls.push_back({.slider = {.name = "Learning rate  [ ]", .log = true, .known = false},
                           .say = [](double rate) { return rate > 0 ? short_number(rate) : "not known yet"; },
                           .set =
                               [this](double rate) {
                                 if (const double now = rate_to_come(); now > 0 && !ended_) wish_rate(rate / now);
                               },
                           .at_end = true});
  view.controls.push_back({.slider = {.name = "Pace  T", .high = tempo_.notches() - 1.0, .notches = tempo_.notches()},
                           .say = [this](double notch) { return tempo_.said_of(static_cast<int>(std::lround(notch))); },
                           .set = [this](double notch) { tempo_.go_to(static_cast<int>(std::lround(notch))); }});
}

void LiveView::give_keys(View& view, ValueMap& map) {
  using Kind = agents::Intervention::Kind;
  view.more_keys = {{"I", "while paused: one iteration of training"},
                    {"T", "pace of training: cinema, as fast as it goes, 10 or 1 iterations a second"},
                    {"[  ]", "halve or double the learning rate"}};
  if (!options_.rules.empty()) view.more_keys.push_back({"O  Enter", "choose another optimizer; swap it in"});
  view.more_keys.push_back({"C", "save a checkpoint that stays"});
  view.more_keys.push_back({"X  Y", "what the value map shows to the right and upwards"});
  view.on_key = [&](int key) {
    if (key == 'x') map.turn_across();
    if (key == 'y') map.turn_up();
    if (ended_) return true;
    switch (key) {
      case 'i':
        if (view.paused()) tempo_.add_one();
        break;
      case 't':
        tempo_.next_pace();
        break;
      case '[':
      case ']':
        wish_rate(key == '[' ? 0.5 : 2);
        break;
      case 'o':
        if (options_.rules.empty()) break;
        rule_ = rule_ % options_.rules.size() + 1;  // 0: none chosen yet
        view.status.message = "Enter swaps in " + short_rule(options_.rules[rule_ - 1]);
        break;
      case Event::enter:
        if (rule_ > 0) wish({.kind = Kind::rule, .rule = options_.rules[rule_ - 1]});
        break;
      case 'c':
        wish({.kind = Kind::checkpoint});
        break;
      default:
        break;
    }
    return true;
  };
}

/// Shows what training has left in the slot.
void LiveView::take_news(View& view, ValueMap& map) {
  News news;
  {
    const std::lock_guard lock(slot_mutex_);
    std::swap(news, slot_);
  }
  if (news.empty()) return;
  for (const News::Iteration& iteration : news.iterations) {
    view.curves.training.add(iteration.metrics);
    view.status.steps = iteration.steps;
    view.status.updates = iteration.updates;
    for (const agents::Telemetry::Metric& metric : iteration.metrics)
      if (metric.name == "train/learning_rate") rate_ = metric.value;
  }
  if (first_rate_ == 0 && rate_ > 0) first_rate_ = rate_;
  for (const auto& evaluation : news.evaluations) view.curves.evaluations.add(evaluation);
  for (const agents::InterventionNote& note : news.notes) {
    if (note.kind == agents::Intervention::Kind::rate && !asked_.empty()) {
      if (note.changed() && note.steps >= view.status.steps) rate_ *= asked_.front();  // else it was reported with it
      asked_.pop_front();
    }
    if (note.changed()) view.curves.mark(static_cast<double>(note.steps), note.label);
    view.status.message = note.changed()
                              ? "From step " + short_number(static_cast<double>(note.steps)) + ": " + note.label
                              : note.sentence;
  }
  if (!news.blocks.empty()) blocks_ = std::move(news.blocks);
  if (news.policy) {
    view.flown_by = "Flown beside the training by the policy of step " + short_count(news.policy_steps);
    view.pilots.add(news.policy_steps, std::move(*news.policy));
  }
  if (news.critic) map.set_critic(std::move(*news.critic), news.reward_scale);
  if (news.novelty) map.set_novelty(std::move(*news.novelty));
  if (news.cells) cells_ = std::move(news.cells);
  if (news.standings) standings_ = std::move(news.standings);
  if (news.ended) {
    ended_ = true;
    view.status.state = "done";
  }
  view.touch_curves();
}

/// What cells or a curriculum have come to, as far as the run has them.
void LiveView::draw_exploration(Picture& picture, Box box, ChartPage& charts) const {
  if (cells_ && standings_) box.height = (box.height - part_gap) / 2;
  if (cells_) {
    draw_cells(picture, box, *cells_, &charts);
    box.y = box.bottom() + part_gap;
  }
  if (standings_) draw_standings(picture, box, *standings_, &charts);
}

void LiveView::run(const std::stop_token& stop) {
  View view({.learner = info_.agent, .factory = info_.factory, .pilots = true, .pictures = info_.folder});
  ValueMap map(view.worlds.spec());
  view.status.total_steps = info_.total_steps;
  view.more_pages = {
      {"Optimizer", [&](Picture& picture, Box box,
                        ChartPage& charts) { draw_optimizer_inside(picture, box, blocks_, rate_, &charts); }},
      {"Value map", [&](Picture& picture, Box box, ChartPage& charts) {
         map.draw(picture, box, view.worlds, view.look().selected, &charts);
       }}};
  const bool pays_for_novelty = info_.learner != nullptr && info_.learner->bonus() != nullptr;
  if (pays_for_novelty) view.more_pages[map_page - 1].turns = 2;
  if ((info_.learner != nullptr && info_.learner->cells() != nullptr) || info_.curriculum != nullptr)
    view.more_pages.push_back(
        {"Exploration", [&](Picture& picture, Box box, ChartPage& charts) { draw_exploration(picture, box, charts); }});
  give_keys(view, map);
  const std::size_t own = view.controls.size();
  give_controls(view);

  auto measured_at = Clock::now();
  std::int64_t measured_steps = info_.first_step;
  while (!stop.stop_requested()) {
    closed_ = !view.frame();
    if (closed_) return;
    tempo_.pause(view.paused());
    watch_flight(view.worlds, view.look().selected);
    Slider& rate = view.controls[own].slider;
    rate.known = first_rate_ > 0;
    rate.value = rate_to_come();
    rate.low = first_rate_ / slider_reach;
    rate.high = first_rate_ * slider_reach;
    view.controls[own + 1].slider.value = tempo_.notch();
    view.status.pace = ended_ ? "" : pace_said(tempo_);
    view.pilots.set_ladder(!tempo_.cinema());
    page_ = view.page();
    take_news(view, map);
    if (!view.paused()) map.visit(view.worlds);
    if (page_ == map_page) view.touch_curves();  // the worlds on it move
    if (page_ == map_page && pays_for_novelty) {
      const std::lock_guard lock(slot_mutex_);
      if (!question_) question_ = map.ask(view.worlds, view.look().selected);  // the last one has been answered
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - measured_at).count();
    if (seconds >= 1) {
      view.status.steps_per_second = static_cast<double>(view.status.steps - measured_steps) / seconds;
      measured_at = Clock::now();
      measured_steps = view.status.steps;
    }
  }
}

}  // namespace cairn::render
